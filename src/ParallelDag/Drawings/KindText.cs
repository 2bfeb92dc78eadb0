using System.Text;
using System.Text.RegularExpressions;
using ParallelDag.Graphs;

namespace ParallelDag.Drawings;

/// <summary>The shapes of the reference document, as a set.</summary>
[Flags]
internal enum DrawnShapes
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>Communication.</summary>
    Ellipse = 1,

    /// <summary>Computation.</summary>
    Box = 2,

    /// <summary>Routing, aggregation, split, gather.</summary>
    Parallelogram = 4,

    /// <summary>Any of them, or any other.</summary>
    Any = Ellipse | Box | Parallelogram,
}

/// <summary>
/// Reads what a node does from its name. Verbs go before nouns: an Expert Dispatch moves tokens, though experts compute. Some names leave a
/// choice, which the shape settles:
/// <code>
/// 1  ends: Input, Model Output                                any shape
/// 2  collectives and transfers: All-Reduce, Send, Broadcast   ellipse
/// 3  gates: Gate, Expert Gate, Gating Network                 box or parallelogram
/// 4  what brings tokens somewhere: Route, Dispatch, Combine,
///    Gather, Scatter, Aggregate from, Collect                 ellipse or parallelogram
/// 5  choices and splits: Top-2 Selection, SP SPLIT            parallelogram
/// 6  Aggregation, Concat, Merge                               parallelogram
/// 7  sums: Residual Add                                       box, or parallelogram for what joins two streams
/// 8  everything that computes: Attention, Expert, LayerNorm   box
/// </code>
/// </summary>
internal static partial class KindText
{
    private static readonly string[] Transfers = [.. WordsOf(NodeKind.Communication), "communication", "broadcast", "allsum", "exchange"];
    private static readonly string[] Joins = [.. WordsOf(NodeKind.Aggregation).Where(word => word != "gather")];
    private static readonly string[] Computations =
    [
        .. WordsOf(NodeKind.Computation).Where(word => word is not ("add" or "residual" or "gate")), "linear", "matmul", "gemm",
            "activation", "compute", "proj",
        "gelu", "silu", "relu", "swiglu", "elementwise", "mha", "attn", "rotary", "positional",
    ];

    // Words are compared without spaces and hyphens: All-Gather, all gather, AllGather.
    private static readonly (string Word, CollectiveKind Collective)[] Collectives =
    [
        ("allgather", CollectiveKind.AllGather), ("allreduce", CollectiveKind.AllReduce), ("reducescatter", CollectiveKind.ReduceScatter),
        ("alltoall", CollectiveKind.AllToAll), ("all2all", CollectiveKind.AllToAll),
        ("sendrecv", CollectiveKind.SendRecv), ("sendreceive", CollectiveKind.SendRecv), ("p2p", CollectiveKind.SendRecv),
            ("pointtopoint", CollectiveKind.SendRecv),
    ];

    /// <summary>The kind that a name tells and the shapes that suit it; null when it tells none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="shape">The shape of the node, for names that leave a choice.</param>
    public static (NodeKind Kind, DrawnShapes Shapes)? Read(string name, DrawnShapes shape = DrawnShapes.None)
    {
        if (EndOf(name) is NodeKind end)
            return (end, DrawnShapes.Any);

        // What stands in brackets tells how: "QKV Projection (TP split)".
        string main = Aside().Replace(name, " ");
        return ReadWords(main, shape) ?? (main.Length == name.Length ? null : ReadWords(name, shape));
    }

    private static (NodeKind Kind, DrawnShapes Shapes)? ReadWords(string name, DrawnShapes shape)
    {
        string bare = Bare(name), words = Parted(name);
        if (CollectiveIn(name) != CollectiveKind.None || HasAny(bare, Transfers) || Comm().IsMatch(words))
            return (NodeKind.Communication, DrawnShapes.Ellipse);
        if (Handling().IsMatch(words))
            return null;
        if (Gate().IsMatch(words))
        {
            NodeKind kind = shape == DrawnShapes.Parallelogram ? NodeKind.Routing : NodeKind.Computation;
            return (kind, DrawnShapes.Box | DrawnShapes.Parallelogram);
        }

        if (HasAny(bare, Joins) && !Collect().IsMatch(words))
            return (NodeKind.Aggregation, Both().IsMatch(words) ? DrawnShapes.Parallelogram | DrawnShapes.Box : DrawnShapes.Parallelogram);
        if (Choice().IsMatch(words))
            return (NodeKind.Routing, DrawnShapes.Parallelogram);
        if (Move().IsMatch(words) || Collect().IsMatch(words))
            return (KindOfMove(bare, shape), DrawnShapes.Ellipse | DrawnShapes.Parallelogram);
        if (Assign().IsMatch(words))
            return (NodeKind.Routing, DrawnShapes.Box | DrawnShapes.Parallelogram);
        if (Sum().IsMatch(words) || HasAny(bare, "residual"))
            return (NodeKind.Computation, DrawnShapes.Box | DrawnShapes.Parallelogram);
        return HasAny(bare, Computations) ? (NodeKind.Computation, DrawnShapes.Box) : null;
    }

    /// <summary>Input or output, where a name says no more than that.</summary>
    public static NodeKind? EndOf(string name) => KindOfEnd(End().Match(name.Trim()));

    /// <summary>
    /// Input or output of a part (<c>Layer 1 Input</c>, <c>MLP Layer 1 Output</c>): an end of the graph where nothing comes before or after
    /// it.
    /// </summary>
    public static NodeKind? EndOfPart(string name) => KindOfEnd(PartEnd().Match(name.Trim()));

    /// <summary>True for a gate, a router or a Top-k: what chooses experts.</summary>
    public static bool Chooses(string name)
    {
        string words = Parted(name);
        return Gate().IsMatch(words) || Router().IsMatch(words);
    }

    /// <summary>The collective that a name speaks of.</summary>
    public static CollectiveKind CollectiveIn(string name)
    {
        string bare = Bare(name);
        foreach ((string word, CollectiveKind collective) in Collectives)
        {
            if (HasAny(bare, word))
                return collective;
        }

        return AllToAllBrief().IsMatch(Parted(name)) ? CollectiveKind.AllToAll : CollectiveKind.None;
    }

    /// <summary>True for a line that begins with the name of a collective: <c>All-reduce within GPUs 0-3</c>.</summary>
    public static bool BeginsWithCollective(string line) => CollectiveFirst().IsMatch(line);

    /// <summary>The operator whose name in the vocabulary is the node's name, punctuation and case aside.</summary>
    public static string? OperatorIn(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
                text.Append(char.ToLowerInvariant(c));
            else if (text.Length > 0 && text[^1] != '_')
                text.Append('_');
        }

        return Ops.Find(text.ToString().TrimEnd('_'))?.Name;
    }

    /// <summary>What a shape alone says of a node's kind, by the reference document's conventions.</summary>
    public static NodeKind? KindOf(DrawnShapes shape, string name) => shape switch
    {
        DrawnShapes.Ellipse => NodeKind.Communication,
        DrawnShapes.Box => NodeKind.Computation,
        DrawnShapes.Parallelogram when HasAny(Bare(name), "combine") => NodeKind.Aggregation,
        DrawnShapes.Parallelogram => NodeKind.Routing,
        _ => null,
    };

    /// <summary>Graphviz's names for the three shapes.</summary>
    public static DrawnShapes ShapeCalled(string? shape) => shape?.ToLowerInvariant() switch
    {
        "ellipse" or "oval" or "circle" => DrawnShapes.Ellipse,
        "box" or "rect" or "rectangle" or "square" or "record" or "mrecord" => DrawnShapes.Box,
        "parallelogram" => DrawnShapes.Parallelogram,
        _ => DrawnShapes.None,
    };

    private static NodeKind? KindOfEnd(Match end) =>
        !end.Success ? null
        : end.Groups[1].ValueSpan.StartsWith("i", StringComparison.OrdinalIgnoreCase) ? NodeKind.Input : NodeKind.Output;

    private static NodeKind KindOfMove(string bare, DrawnShapes shape)
    {
        bool joins = HasAny(bare, "gather", "combine", "reduc", "aggregate", "collect");
        return shape switch
        {
            DrawnShapes.Ellipse => NodeKind.Communication,
            DrawnShapes.Parallelogram => joins ? NodeKind.Aggregation : NodeKind.Routing,
            _ => HasAny(bare, "gather", "aggregate", "collect") ? NodeKind.Aggregation
                : HasAny(bare, "rout") ? NodeKind.Routing : NodeKind.Communication,
        };
    }

    private static IEnumerable<string> WordsOf(NodeKind kind) =>
        Ops.Table.Where(row => row.Kind == kind).SelectMany(row => row.Words).Distinct();

    private static string Bare(string name)
    {
        var bare = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            if (c is not (' ' or '-' or '_' or '/' or '‑' or '–'))
                bare.Append(char.ToLowerInvariant(c));
        }

        return bare.ToString();
    }

    /// <summary>A name as words: <c>MoEGate</c> and <c>moe_gate</c> are <c>Mo E Gate</c> and <c>moe gate</c>.</summary>
    public static string Parted(string name)
    {
        var words = new StringBuilder(name.Length + 8);
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            bool begins = i > 0 && char.IsUpper(c)
                && (char.IsLower(name[i - 1]) || (char.IsUpper(name[i - 1]) && i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (begins)
                words.Append(' ');
            words.Append(c is '_' or '/' ? ' ' : c);
        }

        return words.ToString();
    }

    private static bool HasAny(string bare, params ReadOnlySpan<string> words)
    {
        foreach (string word in words)
        {
            if (bare.Contains(word, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    // Verbs, not participles: "Routed Experts" compute.
    [GeneratedRegex(@"\bcomm\d*\b", Options)]
    private static partial Regex Comm();

    [GeneratedRegex(@"\b(?:load|loads|loading|store|fetch|prefetch|stream|streaming|offload)\b", Options)]
    private static partial Regex Handling();

    [GeneratedRegex(@"\bgat(?:e|es|ing)\d*\b", Options)]
    private static partial Regex Gate();

    [GeneratedRegex(@"\btop[- ]?(?:k|\d+)\b|\b(?:selection|split|splits|splitting|splitter|chunk|chunks|chunking)\d*\b", Options)]
    private static partial Regex Choice();

    [GeneratedRegex(
        @"\b(?:rout(?:e|es|er|ing)|dispatch(?:er|ing)?|combin(?:e|er|ing)|scatter(?:ing)?|gather(?:ing)?|distribution"
        + @"|reduc(?:e|tion))\d*\b",
        Options)]
    private static partial Regex Move();

    // "Aggregate from Expert 3" fetches; "Expert Aggregation" adds up.
    [GeneratedRegex(@"\b(?:aggregate\b.*\bfrom\b|collect(?:s|ing)?\b)", Options)]
    private static partial Regex Collect();

    [GeneratedRegex(@"\bassign(?:s|ment|ments|ing)?\b", Options)]
    private static partial Regex Assign();

    [GeneratedRegex(@"\brout(?:e|es|er|ing)\d*\b|\btop[- ]?(?:k|\d+)\b|\bselection\b", Options)]
    private static partial Regex Router();

    // "Concat & Linear" joins and computes.
    [GeneratedRegex(
        @"(?:&|\+|\band\b).*\b(?:linear|proj|projection|norm|matmul)|\b(?:linear|proj|projection|norm|matmul)\b.*(?:&|\+|\band\b)",
            Options)]
    private static partial Regex Both();

    [GeneratedRegex(@"\b(?:add|sum)\b", Options)]
    private static partial Regex Sum();

    [GeneratedRegex(@"\ba2a\b", Options)]
    private static partial Regex AllToAllBrief();

    [GeneratedRegex(@"^(?:(?:tp|ep|sp|dp|tensor|expert|data|sequence)[- ]+(?:parallel[- ]+)?)?"
        + @"(?:all[- _]?(?:reduce|gather|to[- _]?all)|reduce[- _]?scatter|all[- ]?2[- ]?all)\b", Options)]
    private static partial Regex CollectiveFirst();

    [GeneratedRegex(@"\([^()]*\)", Options)]
    private static partial Regex Aside();

    [GeneratedRegex(
        @"^(?:(?:model|final|total|overall|global|network|prefill|decode|graph|tokens?|llm|user|raw|initial)[ _]+)*"
        + @"(input|output)s?(?:[ _]+(?:tokens?|node|layer|data|sequences?|ids?))?$",
        Options)]
    private static partial Regex End();

    [GeneratedRegex(
        @"^(?:(?:(?:mlp|moe|ffn|attention|mha|transformer|decoder|encoder)[ _]+)?(?:layer|stage|gpu|block|batch|phase)[ _]*\d*[ _]+)*"
        + @"(input|output)s?(?:[ _]*(?:layer|stage|gpu|block)?[ _]*\d*)?$",
        Options)]
    private static partial Regex PartEnd();

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
}
