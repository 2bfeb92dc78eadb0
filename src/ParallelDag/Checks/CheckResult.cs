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

    internal CheckResult(CheckRule rule, Dag dag, CheckStatus status, string evidence, IReadOnlyList<int> nodes, IReadOnlyList<int> edges)
    {
        Rule = rule;
        Status = status;
        Evidence = evidence;
        NodeIndices = nodes.ToArray();
        EdgeIndices = edges.ToArray();
        Nodes = nodes.Select(dag.IdOf).ToArray();
        Edges = edges.Select(edge => dag.Edge(edge).ToString()).ToArray();
        if (dag.Source is SourceMap source)
        {
            File = source.File;
            NodePositions = nodes.Select(node => source.Nodes[node]).ToArray();
            EdgePositions = edges.Select(edge => source.Edges[edge]).ToArray();
        }
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

    /// <summary>The rows of <see cref="Nodes"/> in the DAG, for drawing marks.</summary>
    public IReadOnlyList<int> NodeIndices { get; }

    /// <summary>The positions of <see cref="Edges"/> in the DAG, for drawing marks.</summary>
    public IReadOnlyList<int> EdgeIndices { get; }

    /// <summary>The file that the DAG was read from, or null for a generated DAG.</summary>
    public string? File { get; }

    /// <summary>Where each of <see cref="Nodes"/> stands in <see cref="File"/>; empty for a generated DAG.</summary>
    public IReadOnlyList<TextPosition> NodePositions { get; } = [];

    /// <summary>Where each of <see cref="Edges"/> stands in <see cref="File"/>; empty for a generated DAG.</summary>
    public IReadOnlyList<TextPosition> EdgePositions { get; } = [];

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
