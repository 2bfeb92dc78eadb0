using ParallelDag.Collections;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>Part of a phase that works without the rest of it: an instance, or a data-parallel rank that shares nothing.</summary>
/// <param name="Phase">The phase, or null where the graph tells none.</param>
/// <param name="Gpus">Its GPUs.</param>
/// <param name="Stops">True where it loses a GPU and stops.</param>
public sealed record ServingUnit(PhaseId? Phase, GpuSet Gpus, bool Stops);

/// <summary>An operator that runs on lost GPUs.</summary>
/// <param name="Phase">The phase, or null.</param>
/// <param name="Operator">What people call it.</param>
/// <param name="Nodes">Nodes that stop.</param>
/// <param name="Layers">Their layers as ranges, or null.</param>
public sealed record ImpactedOperator(PhaseId? Phase, string Operator, int Nodes, string? Layers);

/// <summary>A process group that loses a member.</summary>
/// <param name="Phase">The phase, or null.</param>
/// <param name="Axes">The axes of the group (<c>tp</c>); empty where they are not known.</param>
/// <param name="Gpus">Its members.</param>
public sealed record ImpactedGroup(PhaseId? Phase, string Axes, GpuSet Gpus);

/// <summary>Routed experts on lost GPUs.</summary>
/// <param name="Phase">The phase, or null.</param>
/// <param name="Experts">Which, as ranges.</param>
/// <param name="Layers">In which layers.</param>
/// <param name="Copies">GPUs that hold whole copies of them and are not lost; empty for none.</param>
public sealed record ImpactedExperts(PhaseId? Phase, string Experts, string Layers, GpuSet Copies);

/// <summary>What happens when GPUs fail: what stops, what still serves, and what must be loaded again.</summary>
public sealed class DagImpact
{
    internal DagImpact(string name, GpuSet lost, IReadOnlyList<ServingUnit> units)
    {
        (Name, Lost) = (name, lost);
        Units = units.ToValueList();
    }

    /// <summary>The name of plan or graph.</summary>
    public string Name { get; }

    /// <summary>The GPUs that fail.</summary>
    public GpuSet Lost { get; }

    /// <summary>The parts that work without each other, and whether they stop.</summary>
    public IReadOnlyList<ServingUnit> Units { get; }

    /// <summary>True while prefill and decode each have a part that works, in whichever set of instances.</summary>
    public bool StillServes => Units.GroupBy(unit => unit.Phase?.Kind).All(phase => phase.Any(unit => !unit.Stops));

    /// <summary>GPUs that are whole and have nothing to do any more, in no phase.</summary>
    public GpuSet Idle => GpuSet.UnionAll(Units.Where(unit => unit.Stops).Select(unit => unit.Gpus)).Except(Lost)
        .Except(GpuSet.UnionAll(Units.Where(unit => !unit.Stops).Select(unit => unit.Gpus)));

    /// <summary>Operators that stop, in the order in which a token meets them.</summary>
    public IReadOnlyList<ImpactedOperator> Operators { get; internal init; } = [];

    /// <summary>Process groups that lose a member.</summary>
    public IReadOnlyList<ImpactedGroup> Groups { get; internal init; } = [];

    /// <summary>Experts that lose a copy.</summary>
    public IReadOnlyList<ImpactedExperts> Experts { get; internal init; } = [];

    /// <summary>Cache of decode on the lost GPUs at the end of its sequences, in bytes; null for a graph without its plan.</summary>
    public long? CacheBytes { get; internal init; }

    /// <summary>Of it, what other GPUs hold too.</summary>
    public long? CacheBytesElsewhere { get; internal init; }

    /// <summary>Sequences of which a part of the cache is gone.</summary>
    public long? SequencesLost { get; internal init; }

    /// <summary>Weights that new GPUs must load, in bytes; null for a graph without its plan.</summary>
    public long? WeightBytes { get; internal init; }

    /// <summary>Of them, what GPUs that are left hold too, so that it need not come from storage.</summary>
    public long? WeightBytesElsewhere { get; internal init; }

    /// <summary>The fewest GPUs whose loss leaves no request served: those that stop every part of one phase.</summary>
    public GpuSet SmallestOutage { get; internal init; } = GpuSet.Empty;

    /// <summary>The fewest GPUs whose loss stops everything: every part of every phase.</summary>
    public GpuSet SmallestStop { get; internal init; } = GpuSet.Empty;

    /// <summary><c>llm_parallel without GPU 5: 2 of 2 parts stop, nothing is served</c>.</summary>
    public override string ToString() => $"{Name} without {Lost.Named}: "
        + Words.Invariant($"{Units.Count(unit => unit.Stops)} of {Words.Count(Units.Count, "part")} stop, ")
        + (StillServes ? "requests are still served" : "nothing is served");
}
