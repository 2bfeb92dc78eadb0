using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>
/// The part of a drawing that runs: without remarks (<see cref="NodeDrawing.IsRemark"/>), without what is drawn invisible to hold others in
/// place, and without the edges at them. Rules look at this part alone; results speak of the whole drawing.
/// </summary>
internal sealed class OperatorPart
{
    private readonly int[]? _nodes;
    private readonly int[]? _edges;

    private OperatorPart(Dag whole, Dag dag, int[]? nodes, int[]? edges)
    {
        Whole = whole;
        Dag = dag;
        _nodes = nodes;
        _edges = edges;
    }

    /// <summary>The whole drawing.</summary>
    public Dag Whole { get; }

    /// <summary>The part that runs; the whole where nothing is a remark.</summary>
    public Dag Dag { get; }

    /// <summary>The part of <paramref name="dag"/> that runs. O(V + E) where it has remarks, else O(facts).</summary>
    public static OperatorPart Of(Dag dag)
    {
        bool remarks = false, drawn = false;
        foreach (NodeFacts facts in dag.FactsTable)
        {
            remarks |= IsRemark(facts);
            drawn |= facts.Drawing is { KindSource: not KindSource.Stated };
        }

        foreach (DagEdge edge in drawn && !remarks ? dag.Edges : [])
            remarks |= IsInvisible(edge.GetStyle());
        if (!remarks)
            return new OperatorPart(dag, dag, null, null);
        var builder = new DagBuilder();
        var nodes = new List<int>();
        var edges = new List<int>();
        int[] row = new int[dag.NodeCount];
        for (int node = 0; node < dag.NodeCount; node++)
        {
            row[node] = -1;
            if (IsRemark(dag.FactsOf(node)))
                continue;
            row[node] = builder.AddNode(dag.IdOf(node), dag.FactsOf(node), dag.ScopeOf(node), dag.GpusOf(node));
            nodes.Add(node);
        }

        foreach (DagEdge edge in dag.Edges)
        {
            if (row[edge.GetSource().Index] < 0 || row[edge.GetTarget().Index] < 0 || IsInvisible(edge.GetStyle()))
                continue;
            builder.AddEdge(
                row[edge.GetSource().Index], row[edge.GetTarget().Index], edge.Kind, dag.EdgeFactsOf(edge.GetSource().Index, edge.Index));
            edges.Add(edge.Index);
        }

        SourceMap? source = dag.Source is SourceMap map
            ? map with { Nodes = [.. nodes.Select(node => map.Nodes[node])], Edges = [.. edges.Select(edge => map.Edges[edge])] } : null;
        return new OperatorPart(dag, builder.Build(dag.Header, source: source), [.. nodes], [.. edges]);
    }

    private static bool IsRemark(NodeFacts facts) =>
        facts.Drawing is NodeDrawing drawing && (drawing.IsRemark || IsInvisible(drawing.Style));

    private static bool IsInvisible(string? style) => style?.Contains("invis", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The rows in <see cref="Whole"/> of rows in <see cref="Dag"/>.</summary>
    public IReadOnlyList<int> NodesOfWhole(IReadOnlyList<int> nodes) => _nodes is null ? nodes : [.. nodes.Select(node => _nodes[node])];

    /// <summary>The positions in <see cref="Whole"/> of edges of <see cref="Dag"/>.</summary>
    public IReadOnlyList<int> EdgesOfWhole(IReadOnlyList<int> edges) => _edges is null ? edges : [.. edges.Select(edge => _edges[edge])];
}
