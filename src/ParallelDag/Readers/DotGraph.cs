using ParallelDag.Graphs;

namespace ParallelDag.Readers;

/// <summary>The value of an attribute.</summary>
/// <param name="Text">The text after the lexer: escapes for labels are still in it.</param>
/// <param name="IsHtml">True for an HTML string.</param>
internal readonly record struct DotValue(string Text, bool IsHtml);

/// <summary>The attributes that mean something to this project; a file may hold any others, which are passed over.</summary>
internal enum DotAttribute : byte
{
    Label, Shape, Style, Title, Op, Kind, Phase, Stage, Layer, Layers, Microbatch, Gpus, Experts, Input, Output,
    InputPlacement, OutputPlacement, Collective, GroupSize, Groups, Bytes, WireBytes, Flops, Rate, HbmBytes, WeightBlocks, Members, Seconds,
    Bound,
    Key, Schema, Detail, Pool, ClusterSpec, Limits, TokenSeconds, OutputRate, TotalRate, Phases, Memory,
    PrefillOrder, PrefillAxes, PrefillStages, PrefillRanks,
    DecodeOrder, DecodeAxes, DecodeStages, DecodeRanks,
}

/// <summary>The names of <see cref="DotAttribute"/> in files.</summary>
internal static class DotAttributeNames
{
    private static readonly string[] Names = [.. Enum.GetNames<DotAttribute>().Select(name =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}")))];

    private static readonly Dictionary<string, DotAttribute> ByName =
        Enum.GetValues<DotAttribute>().ToDictionary(attribute => Names[(int)attribute]);

    /// <summary>The name that files use: <c>group_size</c>.</summary>
    public static string ToName(this DotAttribute attribute) => Names[(int)attribute];

    /// <summary>The attribute called so, or null when it means nothing here.</summary>
    public static DotAttribute? Find(string name) => ByName.TryGetValue(name, out DotAttribute attribute) ? attribute : null;
}

/// <summary>An immutable list of attributes, each at most once.</summary>
internal sealed class DotAttributes
{
    private readonly DotAttribute[] _names;
    private readonly DotValue[] _values;

    private DotAttributes(DotAttribute[] names, DotValue[] values)
    {
        _names = names;
        _values = values;
    }

    /// <summary>No attributes.</summary>
    public static DotAttributes None { get; } = new([], []);

    /// <summary>True when there are none.</summary>
    public bool IsEmpty => _names.Length == 0;

    /// <summary>The value of an attribute, or null.</summary>
    public DotValue? this[DotAttribute name]
    {
        get
        {
            int index = Array.IndexOf(_names, name);
            return index < 0 ? null : _values[index];
        }
    }

    /// <summary>These attributes, overridden and extended by <paramref name="others"/>, of which the last of a name counts.</summary>
    public DotAttributes With(List<(DotAttribute Name, DotValue Value)> others)
    {
        if (others.Count == 0)
            return this;
        var names = new List<DotAttribute>(_names);
        var values = new List<DotValue>(_values);
        foreach ((DotAttribute name, DotValue value) in others)
        {
            int index = names.IndexOf(name);
            if (index < 0)
            {
                names.Add(name);
                values.Add(value);
            }
            else
                values[index] = value;
        }

        return new DotAttributes([.. names], [.. values]);
    }

    /// <summary>These attributes, overridden and extended by <paramref name="others"/>.</summary>
    public DotAttributes With(DotAttributes others)
    {
        if (others.IsEmpty || IsEmpty)
            return IsEmpty ? others : this;
        return With([.. others._names.Zip(others._values)]);
    }
}

/// <summary>A node of a DOT file.</summary>
/// <param name="id">Its name.</param>
/// <param name="position">Its first mention.</param>
/// <param name="defaults">The <c>node [...]</c> defaults in force at its first mention.</param>
internal sealed class DotNode(string id, TextPosition position, DotAttributes defaults)
{
    public string Id { get; } = id;

    /// <summary>The first statement about the node, or else its first mention in an edge.</summary>
    public TextPosition Position { get; set; } = position;

    /// <summary>True when a statement describes the node, so that its name is not just the end of an edge.</summary>
    public bool IsDeclared { get; set; }

    /// <summary>The defaults and the node's own attributes.</summary>
    public DotAttributes Attributes { get; set; } = defaults;

    /// <summary>The first subgraph that mentions the node; 0 for none but the graph itself.</summary>
    public int Subgraph { get; set; }
}

/// <summary>An edge of a DOT file.</summary>
/// <param name="Tail">The node that it leaves.</param>
/// <param name="Head">The node that it enters.</param>
/// <param name="Position">Where the tail stands in the statement.</param>
/// <param name="Attributes">The defaults in force and the edge's own attributes.</param>
internal readonly record struct DotEdge(int Tail, int Head, TextPosition Position, DotAttributes Attributes);

/// <summary>A subgraph: its parent and its own attributes (the label, for a cluster).</summary>
internal sealed class DotSubgraph(int parent)
{
    public int Parent { get; } = parent;

    public DotAttributes Attributes { get; set; } = DotAttributes.None;
}

/// <summary>What a DOT file says, as far as syntax goes.</summary>
internal sealed class DotGraph
{
    public string? Name { get; set; }

    public bool IsDirected { get; set; }

    public bool IsStrict { get; set; }

    /// <summary>Where <c>graph</c> or <c>digraph</c> stands.</summary>
    public TextPosition Position { get; set; }

    public List<DotNode> Nodes { get; } = [];

    public List<DotEdge> Edges { get; } = [];

    /// <summary>The graph itself, then its subgraphs, parents before children.</summary>
    public List<DotSubgraph> Subgraphs { get; } = [new DotSubgraph(-1)];
}
