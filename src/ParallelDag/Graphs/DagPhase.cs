using ParallelDag.Collections;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>A pipeline stage: consecutive layers on one set of GPUs.</summary>
/// <param name="Index">The stage, from 1.</param>
/// <param name="FirstLayer">Its first layer, from 1.</param>
/// <param name="LastLayer">Its last layer, inclusive.</param>
/// <param name="Gpus">The GPUs that run it.</param>
public sealed record DagStage(int Index, int FirstLayer, int LastLayer, GpuSet Gpus)
{
    /// <summary><c>stage 1: layers 1-4 on GPUs 0-15</c>.</summary>
    public override string ToString() => $"stage {Index}: layers {FirstLayer}-{LastLayer} on GPUs {Gpus}";
}

/// <summary>A phase as the graph knows it: its mesh and its stages.</summary>
/// <param name="Phase">Prefill or decode.</param>
/// <param name="Order">Mesh axes from inner to outer.</param>
/// <param name="Axes">The degree of each axis.</param>
/// <param name="Stages">The stages in pipeline order.</param>
public sealed record DagPhase(PhaseId Phase,
    IReadOnlyList<string> Order, IReadOnlyDictionary<string, int> Axes, IReadOnlyList<DagStage> Stages)
{
    /// <summary>Mesh axes from inner to outer.</summary>
    public IReadOnlyList<string> Order { get; init; } = Order.ToValueList();

    /// <summary>The stages in pipeline order.</summary>
    public IReadOnlyList<DagStage> Stages { get; init; } = Stages.ToValueList();

    /// <summary>The degrees that are more than one, as people write them: <c>pp4 ep4 tp2 sp2</c>.</summary>
    public string Mesh => ParallelDag.Meshes.Axes.Describe(Axes);

    /// <summary>All GPUs of the phase.</summary>
    public GpuSet Gpus => GpuSet.UnionAll(Stages.Select(stage => stage.Gpus));

    /// <summary>
    /// The GPU of each rank, for process groups; null when ranks follow the GPUs of <see cref="Gpus"/> in ascending order.
    /// </summary>
    public IReadOnlyList<int>? RankGpus { get; init => field = value?.ToValueList(); }

    /// <summary>The phase's name.</summary>
    public override string ToString() => Phase.ToName();
}

/// <summary>What a plan says of the memory of one GPU of a stage: the fullest one. All in bytes.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Stage">The stage, from 1.</param>
/// <param name="WeightBytes">Weights of the stage's shard.</param>
/// <param name="KvCacheBytes">KV cache of its sequences.</param>
/// <param name="ActivationBytes">Peak live activations.</param>
/// <param name="UnionBytes">The same GPU over all phases: shared weights counted once, the larger activations.</param>
/// <param name="CapacityBytes">The GPU's memory less the reserve.</param>
public sealed record DagMemory(PhaseId Phase, int Stage, long WeightBytes, long KvCacheBytes, long ActivationBytes, long UnionBytes,
    long CapacityBytes)
{
    private const double GiB = 1L << 30;

    /// <summary>The phase's own bytes.</summary>
    public long TotalBytes => WeightBytes + KvCacheBytes + ActivationBytes;

    /// <summary>True when the union fits the capacity.</summary>
    public bool Fits => UnionBytes <= CapacityBytes;

    /// <summary><c>prefill stage 1: 0.17 of 72.00 GiB</c>.</summary>
    public override string ToString() => Words.Invariant(
        $"{Phase.ToName()} stage {Stage}: {UnionBytes / GiB:0.00} of {CapacityBytes / GiB:0.00} GiB");
}
