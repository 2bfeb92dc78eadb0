using ParallelDag.Graphs;
using ParallelDag.Precisions;
using ParallelDag.Durations.Devices;

namespace ParallelDag.Durations;

/// <summary>
/// How long operators and collectives take on a cluster: a roofline with four numbers a class of kernels (<see cref="KernelEfficiency"/>;
/// Williams et al., CACM 52, 2009), and for collectives the smallest of a few alpha-beta lines (<see cref="CollectiveTimes"/>).
/// Immutable, safe to share between threads; no allocation in a call.
/// </summary>
public sealed class TimeModel
{
    /// <summary>
    /// What an eager launch adds to a kernel: vLLM's own All-Reduce takes 4.3 us in a graph and 21 to 24 us launched alone.
    /// </summary>
    public const double EagerSeconds = 15e-6;

    private static readonly int RateCount = Enum.GetValues<PeakRate>().Length;

    private readonly KernelRates[] _rows;

    /// <summary>The model of a cluster, with what a plan says of it.</summary>
    public TimeModel(ClusterSpec cluster, TimingSpec? timing = null)
    {
        Cluster = cluster;
        Overrides = timing ?? TimingSpec.Default;
        DeviceTiming device = DeviceTimings.Of(cluster.Gpu, cluster.IntraNode.Bandwidth);
        Device = TimingOverrides.Apply(device, Overrides);
        LaunchSeconds = Overrides.Launch == LaunchMode.Eager ? EagerSeconds : 0;
        Collectives = new CollectiveTimes(cluster, Overrides, Device.Lines);
        KernelClass[] classes = Enum.GetValues<KernelClass>();
        _rows = new KernelRates[classes.Length * RateCount];
        foreach (KernelClass kernel in classes)
        {
            foreach (PeakRate rate in kernel == KernelClass.None ? [] : Enum.GetValues<PeakRate>())
                _rows[((int)kernel * RateCount) + (int)rate] = RowOf(Device.Kernel(kernel, EffectiveRate(rate)), rate);
        }
    }

    /// <summary>The cluster.</summary>
    public ClusterSpec Cluster { get; }

    /// <summary>What the plan says.</summary>
    public TimingSpec Overrides { get; }

    /// <summary>The numbers in use: the device's, where the plan says nothing else.</summary>
    public DeviceTiming Device { get; }

    /// <summary>How long collectives take.</summary>
    public CollectiveTimes Collectives { get; }

    /// <summary>What the launch of a kernel adds.</summary>
    public double LaunchSeconds { get; }

    /// <summary>The time of a kernel on one GPU.</summary>
    /// <param name="kernel">Its class.</param>
    /// <param name="rate">The rate of its format.</param>
    /// <param name="flops">F, its operations.</param>
    /// <param name="hbmBytes">M, the bytes that it moves through memory.</param>
    /// <param name="extent">x, the size that its efficiency grows with; 0 where none is known.</param>
    public NodeTime Kernel(KernelClass kernel, PeakRate rate, double flops, double hbmBytes, double extent)
    {
        if (kernel == KernelClass.None)
            return NodeTime.None;
        ref readonly KernelRates rates = ref _rows[((int)kernel * RateCount) + (int)rate];
        double compute = rates.ComputeSeconds(flops, extent), memory = rates.MemorySeconds(hbmBytes), work = Math.Max(compute, memory);
        TimeBound bound = rates.Latency > work ? TimeBound.Latency : compute > memory ? TimeBound.Compute : TimeBound.Memory;
        return new NodeTime(work + rates.Latency, bound);
    }

    /// <summary>What a class of kernels costs; all zero for none.</summary>
    internal KernelRates RatesOf(KernelClass kernel, PeakRate rate) => _rows[((int)kernel * RateCount) + (int)rate];

    /// <summary>The time of a collective of one group.</summary>
    /// <param name="collective">Which.</param>
    /// <param name="span">The group's members and domains.</param>
    /// <param name="size">S in bytes, as nccl-tests counts it; of a Send/Recv what one sends.</param>
    public NodeTime Collective(CollectiveKind collective, GroupSpan span, double size)
    {
        NodeTime time = Collectives.Of(collective, span, size);
        return time.Seconds > 0 && LaunchSeconds > 0 ? time with { Seconds = time.Seconds + LaunchSeconds } : time;
    }

    /// <summary>The time of a node, given what its group spans (of no use for a node that only computes).</summary>
    public NodeTime Of(NodeFacts facts, GroupSpan span)
    {
        if (facts.Time is NodeTime given)
            return given;
        if (facts.Collective == CollectiveKind.None)
        {
            double gpus = Math.Max(1, facts.Members);
            return Kernel(facts.Kernel, facts.Rate ?? PeakRate.Bits16, (double)facts.Flops / gpus, facts.HbmBytes, facts.Extent);
        }

        (double size, bool launches) = MessageOf(facts);
        return launches ? Collective(facts.Collective, span, size) : Collectives.Of(facts.Collective, span, size);
    }

    /// <summary>What is timed as S of a collective, and whether a kernel is launched for it.</summary>
    internal static (double Size, bool Launches) MessageOf(NodeFacts facts) => facts.Op switch
    {
        // What one GPU receives is what a NIC moves, without a kernel.
        Ops.KvTransfer => (facts.HbmBytes, false),
        Ops.RingKv => ((double)(facts.Bytes ?? 0) / Math.Max(1, facts.GroupSize), true),
        _ => (facts.Bytes ?? 0, true),
    };

    /// <summary>The rate that a device really computes at.</summary>
    internal PeakRate EffectiveRate(PeakRate rate) => rate switch
    {
        PeakRate.Bits4 when Cluster.Gpu.Flops4 > 0 => PeakRate.Bits4,
        PeakRate.Bits4 or PeakRate.Bits8 => Cluster.Gpu.Flops8 > 0 ? PeakRate.Bits8 : PeakRate.Bits16,
        _ => rate,
    };

    private KernelRates RowOf(KernelEfficiency efficiency, PeakRate rate)
    {
        bool computes = efficiency.Kernel != KernelClass.Elementwise;
        return new KernelRates(
            computes ? 1 / (Cluster.Gpu.PeakFlops(rate) * efficiency.Compute) : 0,
            1 / (Cluster.Gpu.MemoryBandwidth * efficiency.Memory),
            efficiency.Latency + LaunchSeconds,
            efficiency.Half);
    }
}
