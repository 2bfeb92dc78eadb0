namespace ParallelDag;

/// <summary>Where the phases of a plan run.</summary>
public enum PoolKind
{
    /// <summary>Decode runs on the prefill GPUs.</summary>
    Unified,

    /// <summary>Decode runs on GPUs of its own, after those of prefill.</summary>
    Disaggregated,
}

/// <summary>The GPUs of a plan and how they are joined.</summary>
public sealed record ClusterSpec
{
    /// <summary>GPUs of the cluster, numbered from 0.</summary>
    public required int Gpus { get; init; }

    /// <summary>GPUs that share the intra-node link.</summary>
    public int GpusPerNode { get; init; } = 8;

    /// <summary>The kind of GPU.</summary>
    public required DeviceProfile Gpu { get; init; }

    /// <summary>The link within a node (NVLink, Infinity Fabric), per GPU and direction.</summary>
    public LinkSpec IntraNode { get; init; } = new(450e9, 2e-6);

    /// <summary>The link between nodes, per GPU and direction.</summary>
    public LinkSpec InterNode { get; init; } = new(50e9, 5e-6);

    /// <summary>Where the phases run.</summary>
    public PoolKind Pool { get; init; } = PoolKind.Unified;

    /// <summary>The fraction of a GPU's memory that is kept back for the runtime and fragmentation.</summary>
    public double MemoryReserve { get; init; } = 0.1;

    /// <summary>Bytes of one GPU that a plan may use: its memory less the reserve.</summary>
    public long CapacityBytes => (long)Math.Floor((decimal)Gpu.MemoryBytes * (1 - (decimal)MemoryReserve));
}

/// <summary>A link, per GPU and direction, for the alpha-beta model.</summary>
/// <param name="Bandwidth">Bytes a second.</param>
/// <param name="Latency">Seconds for one message.</param>
public sealed record LinkSpec(double Bandwidth, double Latency);
