using ParallelDag.Graphs;

namespace ParallelDag.Readers;

/// <summary>A subgraph while its nodes are still being collected.</summary>
internal sealed class OpenSubgraph(int index)
{
    public int Index { get; } = index;

    /// <summary>The stretches of the log of mentions between its braces, one for each time it was opened.</summary>
    public List<(int First, int End)> Spans { get; } = [];

    /// <summary>Its nodes, once they were asked for.</summary>
    public DotMentions.DistinctNodes? Distinct;
}

/// <summary>An open brace.</summary>
internal sealed class OpenBrace(OpenSubgraph subgraph, TextPosition start, DotAttributes nodeDefaults, DotAttributes edgeDefaults)
{
    public OpenSubgraph Subgraph { get; } = subgraph;

    public TextPosition Start { get; } = start;

    public int FirstMention { get; init; }

    public DotAttributes NodeDefaults { get; set; } = nodeDefaults;

    public DotAttributes EdgeDefaults { get; set; } = edgeDefaults;

    /// <summary>The ends of the edge statement that is being read.</summary>
    public List<EdgeEnds> Chain { get; } = [];
}

/// <summary>One end of an edge statement: nodes, or a subgraph.</summary>
internal sealed class EdgeEnds(OpenSubgraph? subgraph, TextPosition position)
{
    public OpenSubgraph? Subgraph { get; } = subgraph;

    public TextPosition Position { get; } = position;

    public List<int> Nodes { get; } = [];

    public bool IsEmpty => Subgraph is null ? Nodes.Count == 0 : Subgraph.Spans.Count == 0;
}
