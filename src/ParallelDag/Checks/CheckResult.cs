using ParallelDag.Collections;
using ParallelDag.Graphs;

namespace ParallelDag;

/// <summary>
/// What one rule found in one DAG: a status, one line of evidence with numbers counted from this very graph,
/// and, where it failed, the nodes and edges at fault (the first <see cref="MaxWitnesses"/> of each).
/// </summary>
public sealed class CheckResult
{
    /// <summary>How many nodes and how many edges a result names at most; the evidence carries the full count.</summary>
    public const int MaxWitnesses = 1000;

    private readonly int[] _nodeIndices;
    private readonly int[] _edgeIndices;
    private readonly TextPosition[] _nodePositions = [];
    private readonly TextPosition[] _edgePositions = [];

    internal CheckResult(CheckRule rule, Dag dag, CheckStatus status, string evidence, IReadOnlyList<int> nodes, IReadOnlyList<int> edges)
    {
        Rule = rule;
        Status = status;
        Evidence = evidence;
        _nodeIndices = nodes.ToArray();
        _edgeIndices = edges.ToArray();
        Nodes = nodes.Select(dag.IdOf).ToValueList();
        Edges = edges.Select(edge => dag.Edge(edge).ToString()).ToValueList();
        if (dag.Source is SourceMap source)
        {
            File = source.File;
            _nodePositions = nodes.Select(node => source.Nodes[node]).ToArray();
            _edgePositions = edges.Select(edge => source.Edges[edge]).ToArray();
        }
    }

    /// <summary>What a rule found in something else than a DAG, whose nodes are named by <paramref name="nodes"/>.</summary>
    internal CheckResult(CheckRule rule, CheckStatus status, string evidence, IReadOnlyList<string> nodes)
    {
        Rule = rule;
        Status = status;
        Evidence = evidence;
        _nodeIndices = _edgeIndices = [];
        Nodes = nodes.ToValueList();
        Edges = Array.Empty<string>().ToValueList();
    }

    /// <summary>The rule that was checked.</summary>
    internal CheckRule Rule { get; }

    /// <summary>The rule's identifier: <c>PD001</c>.</summary>
    public string Id => Rule.Id;

    /// <summary>What the rule demands, in a few words.</summary>
    public string Title => Rule.Title;

    /// <summary>How the rule came out.</summary>
    public CheckStatus Status { get; }

    /// <summary>One line: what was looked at and counted, what is wrong, or what is missing.</summary>
    public string Evidence { get; }

    /// <summary>The ids of the nodes at fault; for a cycle in order, the first repeated at the end.</summary>
    public IReadOnlyList<string> Nodes { get; }

    /// <summary>The edges at fault as <c>source -> target</c>.</summary>
    public IReadOnlyList<string> Edges { get; }


    /// <summary>The file that the DAG was read from, or null for a generated DAG.</summary>
    public string? File { get; }

    /// <summary>
    /// The rows of <see cref="Nodes"/> in the DAG, for drawing marks. (Methods, and properties in <see cref="CheckResultExtensions"/>, so
    /// that tables and serializers show the ids alone.)
    /// </summary>
    public IReadOnlyList<int> GetNodeIndices() => _nodeIndices;

    /// <summary>The positions of <see cref="Edges"/> in the DAG, for drawing marks.</summary>
    public IReadOnlyList<int> GetEdgeIndices() => _edgeIndices;

    /// <summary>Where each of <see cref="Nodes"/> stands in <see cref="File"/>; empty for a generated DAG.</summary>
    public IReadOnlyList<TextPosition> GetNodePositions() => _nodePositions;

    /// <summary>Where each of <see cref="Edges"/> stands in <see cref="File"/>; empty for a generated DAG.</summary>
    public IReadOnlyList<TextPosition> GetEdgePositions() => _edgePositions;

    /// <summary><c>PD001 pass: ...</c>.</summary>
    public override string ToString() => $"{Id} {Status.ToName()}: {Evidence}";
}

/// <summary>The machine-readable names of check results, as files carry them.</summary>
public static class CheckStatusText
{
    /// <summary><c>pass</c>, <c>fail</c> or <c>skipped</c>.</summary>
    public static string ToName(this CheckStatus status) => status switch
    {
        CheckStatus.Pass => "pass",
        CheckStatus.Fail => "fail",
        _ => "skipped",
    };
}
