namespace ParallelDag;

/// <summary>A path through a DAG: nodes, each joined to the next by an edge.</summary>
public sealed class DagPath
{
    /// <summary>A path of <paramref name="dag"/>.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="rank">Its place among the paths that were asked for, from 1.</param>
    /// <param name="nodes">The indices of its nodes, in order; at least one.</param>
    /// <param name="length">The sum of its nodes' weights.</param>
    public DagPath(Dag dag, int rank, IReadOnlyList<int> nodes, double length)
    {
        Rank = rank;
        Length = length;
        Nodes = Array.AsReadOnly([.. nodes.Select(dag.Node)]);
    }

    /// <summary>Its place among the paths that were asked for, from 1.</summary>
    public int Rank { get; }

    /// <summary>The sum of its nodes' weights: the number of nodes, FLOPs, or bytes on the wire, as was asked for.</summary>
    public double Length { get; }

    /// <summary>The id of its first node.</summary>
    public string From => Nodes[0].Id;

    /// <summary>The id of its last node.</summary>
    public string To => Nodes[^1].Id;

    /// <summary>Its nodes, in order.</summary>
    public IReadOnlyList<DagNode> Nodes { get; }

    /// <summary><c>a -> b -> c</c>.</summary>
    public override string ToString() => string.Join(" -> ", Nodes.Select(node => node.Id));
}
