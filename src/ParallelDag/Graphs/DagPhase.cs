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
public sealed record DagPhase(PhaseKind Phase, IReadOnlyList<string> Order, IReadOnlyDictionary<string, int> Axes, IReadOnlyList<DagStage> Stages)
{
    /// <summary>All GPUs of the phase.</summary>
    public GpuSet Gpus { get; } = GpuSet.UnionAll(Stages.Select(stage => stage.Gpus));

    /// <summary>The phase's name.</summary>
    public override string ToString() => Phase.ToName();
}
