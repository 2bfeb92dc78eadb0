using ParallelDag.Collections;

namespace ParallelDag;

/// <summary>Why a node is as it is: each of its numbers term by term, its process groups, and the rules that cover it.</summary>
public sealed class DagExplanation
{
    private readonly DagNode _node;

    internal DagExplanation(
        DagNode node, IReadOnlyList<ExplainedQuantity> quantities, IReadOnlyList<string> groups, IReadOnlyList<CheckRule> rules)
    {
        _node = node;
        Quantities = quantities.ToValueList();
        Groups = groups.ToValueList();
        Checks = rules.Select(rule => rule.ToString()).ToValueList();
    }

    /// <summary>The node's id.</summary>
    public string Id => _node.Id;

    /// <summary>What a person reads first.</summary>
    public string Name => _node.Name;

    /// <summary>The operator, or null.</summary>
    public string? Op => _node.Op;

    /// <summary>The phase, or null.</summary>
    public PhaseKind? Phase => _node.Phase;

    /// <summary>The set of instances of the phase, from 1; 0 where all are alike.</summary>
    public int Set => _node.PhaseId?.Set ?? 0;

    /// <summary>The phase with its set.</summary>
    internal PhaseId? PhaseId => _node.PhaseId;

    /// <summary>The layer, or null.</summary>
    public int? Layer => _node.Layer;

    /// <summary>The GPUs, or null.</summary>
    public GpuSet? Gpus => _node.Gpus;

    /// <summary>Its numbers.</summary>
    public IReadOnlyList<ExplainedQuantity> Quantities { get; }

    /// <summary>Its process groups, with their GPUs.</summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>The rules that hold it to its plan.</summary>
    public IReadOnlyList<string> Checks { get; }

    /// <summary>The node.</summary>
    public DagNode GetNode() => _node;

    /// <summary>The quantity of that name, or null.</summary>
    public ExplainedQuantity? Find(string name) => Quantities.FirstOrDefault(quantity => quantity.Name == name);

    /// <summary>The id and the quantities.</summary>
    public override string ToString() => $"{Id}: {string.Join("; ", Quantities.Where(quantity => quantity.Unit.Length > 0))}";
}
