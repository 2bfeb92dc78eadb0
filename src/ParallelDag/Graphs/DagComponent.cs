namespace ParallelDag;

/// <summary>A part of a graph that hangs together: by paths both ways (strongly), or by edges followed either way (weakly).</summary>
public sealed class DagComponent
{
    /// <summary>A component of <paramref name="dag"/>.</summary>
    /// <param name="dag">The graph.</param>
    /// <param name="index">Its number, from 1.</param>
    /// <param name="nodes">The indices of its nodes, ascending; at least one.</param>
    /// <param name="hasCycle">True when a path leads from one of its nodes back to it.</param>
    public DagComponent(Dag dag, int index, IReadOnlyList<int> nodes, bool hasCycle)
    {
        Index = index;
        HasCycle = hasCycle;
        Nodes = Array.AsReadOnly([.. nodes.Select(dag.Node)]);
    }

    /// <summary>Its number, from 1.</summary>
    public int Index { get; }

    /// <summary>How many nodes it has.</summary>
    public int NodeCount => Nodes.Count;

    /// <summary>True when a path leads from one of its nodes back to it.</summary>
    public bool HasCycle { get; }

    /// <summary>Its nodes, in index order.</summary>
    public IReadOnlyList<DagNode> Nodes { get; }

    /// <summary>The ids of its nodes.</summary>
    public override string ToString() => string.Join(", ", Nodes.Select(node => node.Id));
}
