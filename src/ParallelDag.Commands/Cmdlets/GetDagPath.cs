using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Commands;

/// <summary>Finds the shortest or longest paths between nodes.</summary>
[Cmdlet(VerbsCommon.Get, "DagPath", DefaultParameterSetName = ByInput)]
[OutputType(typeof(DagPath))]
public sealed class GetDagPathCommand : DagChoiceCommand
{
    private readonly NodeCollection _starts = new();

    /// <summary>Where paths begin: ids or patterns; else the nodes of the pipeline, or all without predecessors.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public string[]? From { get; set; }

    /// <summary>Where paths end: ids or patterns; else all nodes without successors.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public string[]? To { get; set; }

    /// <summary>The longest paths in place of the shortest.</summary>
    [Parameter]
    [Alias("Longest")]
    public SwitchParameter Critical { get; set; }

    /// <summary>What the length of a path is the sum of.</summary>
    [Parameter]
    public PathWeight Weight { get; set; } = PathWeight.Nodes;

    /// <summary>How many paths, best first.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int Count { get; set; } = 1;

    private protected override string[]? FirstArgument
    {
        get => From;
        set => From = value;
    }

    private protected override void Process(DagSource source)
    {
        if (source.Node is DagNode node)
        {
            _starts.Add(node);
            return;
        }

        Dag dag = OpenDag(source);
        int[] starts = From is null
            ? [.. Enumerable.Range(0, dag.NodeCount).Where(index => dag.Topology.InDegree(index) == 0)]
            : Named(dag, From);
        Write(dag, starts);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach ((Dag dag, int[] nodes) in _starts.ByDag)
            TryDo(dag.Name, ErrorRecords.PlanFault, () => Write(dag, nodes));
    }

    private void Write(Dag dag, int[] starts)
    {
        int[] ends = To is null
            ? [.. Enumerable.Range(0, dag.NodeCount).Where(index => dag.Topology.OutDegree(index) == 0)]
            : Named(dag, To);
        IReadOnlyList<(int[] Nodes, double Length)> paths = Await($"Searching {dag.Name}", token => Find(dag, starts, ends, token));
        for (int i = 0; i < paths.Count; i++)
            WriteObject(new DagPath(dag, i + 1, paths[i].Nodes, paths[i].Length));
    }

    private IReadOnlyList<(int[] Nodes, double Length)> Find(Dag dag, int[] starts, int[] ends, CancellationToken cancellation)
    {
        if (TopologicalOrder.Exists(dag.Topology, cancellation))
            return BestPaths.Compute(dag.Topology, starts, ends, WeightOf(dag), Count, Critical, cancellation);

        // In a graph with cycles the fewest nodes are well defined, the longest way is not.
        if (Critical || Weight != PathWeight.Nodes || Count > 1)
            throw new ReportedException(ErrorRecords.GraphHasCycle(dag));
        int[] path = ShortestPath.Find(dag.Topology, starts, ends, cancellation);
        return path.Length == 0 ? [] : [(path, path.Length)];
    }

    private Func<int, double> WeightOf(Dag dag) => Weight switch
    {
        PathWeight.Flops => node => (double)dag.FactsOf(node).Flops,
        PathWeight.WireBytes => node => dag.FactsOf(node).WireBytes,
        _ => _ => 1,
    };

    private static int[] Named(Dag dag, string[] ids)
    {
        if (!Array.Exists(ids, WildcardPattern.ContainsWildcardCharacters))
            return [.. ids.Select(id => NodeOf(dag, id).Index)];
        var patterns = new NamePatterns("node", ids, ids);
        return [.. dag.Nodes.Where(node => patterns.Match(node.Id)).Select(node => node.Index)];
    }
}

/// <summary>What the length of a path is the sum of, over its nodes.</summary>
public enum PathWeight
{
    /// <summary>One for each node.</summary>
    Nodes,

    /// <summary>Floating-point operations.</summary>
    Flops,

    /// <summary>Bytes on the wire.</summary>
    WireBytes,
}
