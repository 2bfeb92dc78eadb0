namespace ParallelDag.Commands.Inputs;

/// <summary>Nodes that came one by one through the pipeline, by their DAG, in the order in which the DAGs came; each node once.</summary>
internal sealed class NodeCollection
{
    private readonly List<(Dag Dag, SortedSet<int> Nodes)> _nodes = [];

    /// <summary>The DAGs with their nodes, ascending.</summary>
    public IEnumerable<(Dag Dag, int[] Nodes)> ByDag => _nodes.Select(entry => (entry.Dag, entry.Nodes.ToArray()));

    /// <summary>Adds a node that has not come before.</summary>
    public void Add(DagNode node)
    {
        Dag dag = node.GetDag();
        int at = _nodes.FindIndex(entry => ReferenceEquals(entry.Dag, dag));
        if (at < 0)
        {
            at = _nodes.Count;
            _nodes.Add((dag, []));
        }

        _nodes[at].Nodes.Add(node.Index);
    }
}
