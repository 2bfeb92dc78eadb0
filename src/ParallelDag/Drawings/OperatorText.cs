using System.Text.RegularExpressions;
using ParallelDag.Graphs;

namespace ParallelDag.Drawings;

/// <summary>What a drawing can tell apart of a deployment: operators that people call by one word are one part.</summary>
[Flags]
internal enum DrawnParts
{
    /// <summary>None that is known.</summary>
    None = 0,

    /// <summary>Token embedding.</summary>
    Embedding = 1 << 0,

    /// <summary>LayerNorm, RMSNorm.</summary>
    Norm = 1 << 1,

    /// <summary>QKV projection, or Q, K and V each.</summary>
    Projection = 1 << 2,

    /// <summary>Attention itself: scores, softmax, weighted values.</summary>
    Core = 1 << 3,

    /// <summary>The projection behind attention.</summary>
    OutputProjection = 1 << 4,

    /// <summary>Residual add.</summary>
    Residual = 1 << 5,

    /// <summary>The first half of a dense FFN.</summary>
    FfnUp = 1 << 6,

    /// <summary>The second half of a dense FFN.</summary>
    FfnDown = 1 << 7,

    /// <summary>Router logits.</summary>
    Gate = 1 << 8,

    /// <summary>Top-k selection.</summary>
    Selection = 1 << 9,

    /// <summary>Routed experts.</summary>
    Experts = 1 << 10,

    /// <summary>Shared experts.</summary>
    SharedExperts = 1 << 11,

    /// <summary>The weighted sum over experts.</summary>
    Aggregation = 1 << 12,

    /// <summary>Splits of batch or sequence.</summary>
    Split = 1 << 13,

    /// <summary>LM head.</summary>
    LmHead = 1 << 14,

    /// <summary>Sampling.</summary>
    Sampling = 1 << 15,

    /// <summary>All-Gather.</summary>
    AllGather = 1 << 16,

    /// <summary>All-Reduce.</summary>
    AllReduce = 1 << 17,

    /// <summary>Reduce-Scatter.</summary>
    ReduceScatter = 1 << 18,

    /// <summary>All-to-All: dispatch and combine.</summary>
    AllToAll = 1 << 19,

    /// <summary>Pipeline send and receive.</summary>
    Send = 1 << 20,

    /// <summary>KV cache from prefill to decode.</summary>
    CacheTransfer = 1 << 21,
}

/// <summary>Tells which parts of a deployment an operator of the vocabulary is, and which a node of a drawing stands for.</summary>
internal static partial class OperatorText
{
    /// <summary>
    /// The part that an operator is; None for those that drawings do not tell apart (norms inside a mixer, latent projections).
    /// </summary>
    public static DrawnParts PartOf(Operator op) => op.Role switch
    {
        OperatorRole.Norm => DrawnParts.Norm,
        OperatorRole.Projection => DrawnParts.Projection,
        OperatorRole.Core => DrawnParts.Core,
        OperatorRole.OutputProjection => DrawnParts.OutputProjection,
        OperatorRole.Residual => DrawnParts.Residual,
        OperatorRole.Gate => DrawnParts.Gate,
        OperatorRole.Selection => DrawnParts.Selection,
        OperatorRole.Experts => DrawnParts.Experts,
        OperatorRole.SharedExperts => DrawnParts.SharedExperts,
        OperatorRole.Aggregation => DrawnParts.Aggregation,
        OperatorRole.Split => DrawnParts.Split,
        OperatorRole.Send => DrawnParts.Send,
        OperatorRole.CacheTransfer => DrawnParts.CacheTransfer,
        OperatorRole.LastGather => DrawnParts.AllGather,
        _ => op.Collective != CollectiveKind.None ? PartOf(op.Collective) : op.Name switch
        {
            Ops.Embedding => DrawnParts.Embedding,
            Ops.FfnUp => DrawnParts.FfnUp,
            Ops.FfnDown => DrawnParts.FfnDown,
            Ops.LmHead => DrawnParts.LmHead,
            Ops.Sampling => DrawnParts.Sampling,
            _ => DrawnParts.None,
        },
    };

    /// <summary>The parts that a node of a drawing stands for: by its operator where its name is one, else by its words.</summary>
    public static DrawnParts Read(NodeFacts facts)
    {
        if (Ops.Find(facts.Op) is Operator known)
            return PartOf(known);
        if (facts.Kind is NodeKind.Input or NodeKind.Output)
            return DrawnParts.None;
        string words = KindText.Parted(facts.Name);
        DrawnParts parts = PartOf(facts.Collective);
        if (facts.Kind is NodeKind.Communication or NodeKind.Aggregation or NodeKind.Routing)
            parts |= ReadMoves(words);
        if (parts == DrawnParts.None || facts.Kind is NodeKind.Aggregation or NodeKind.Routing)
            parts |= facts.Experts is null ? ReadJoined(facts, words) : ReadComputation(facts, words);
        return parts;
    }

    /// <summary>
    /// True for what adds the stream around a block to its output, by its name: <c>Residual Add</c>, <c>Add &amp; Norm</c>.
    /// </summary>
    public static bool IsResidualAdd(NodeFacts facts) =>
        facts.Kind is NodeKind.Computation or NodeKind.Aggregation or NodeKind.Routing
            && facts.Collective == CollectiveKind.None && ResidualAdds().IsMatch(KindText.Parted(facts.Name));

    private static DrawnParts ReadMoves(string words)
    {
        DrawnParts parts = DrawnParts.None;
        if (Exchange().IsMatch(words))
            parts |= DrawnParts.AllToAll;
        if (Gathers().IsMatch(words))
            parts |= DrawnParts.AllGather;
        if (Sends().IsMatch(words))
            parts |= Cache().IsMatch(words) ? DrawnParts.CacheTransfer : DrawnParts.Send;
        if (Splits().IsMatch(words))
            parts |= DrawnParts.Split;
        return parts;
    }

    /// <summary>A name that joins several, such as <c>Attention + Expert</c>, is each of them.</summary>
    private static DrawnParts ReadJoined(NodeFacts facts, string words)
    {
        string[] names = Joint().Split(words);
        if (names.Length == 1)
            return ReadComputation(facts, words);
        DrawnParts parts = DrawnParts.None;
        foreach (string name in names)
            parts |= ReadComputation(facts with { Name = name }, name);
        return parts == DrawnParts.None ? ReadComputation(facts, words) : parts;
    }

    private static DrawnParts ReadComputation(NodeFacts facts, string words)
    {
        DrawnParts parts = DrawnParts.None;
        if (words.Contains("norm", StringComparison.OrdinalIgnoreCase))
            parts |= DrawnParts.Norm;
        if (Residuals().IsMatch(words))
            parts |= DrawnParts.Residual;
        if (parts != DrawnParts.None)
            return parts;
        if (Shared().IsMatch(words))
            return DrawnParts.SharedExperts;
        if (Aggregates().IsMatch(words))
            return DrawnParts.Aggregation;
        if (facts.Experts is not null || Expert().IsMatch(words))
            return KindText.Chooses(facts.Name) && facts.Experts is null ? Choice(words) : DrawnParts.Experts;
        if (KindText.Chooses(facts.Name))
            return Choice(words);
        if (Projects().IsMatch(words))
            return DrawnParts.Projection;
        if (ProjectsOut().IsMatch(words))
            return DrawnParts.OutputProjection;
        if (Attends().IsMatch(words))
            return DrawnParts.Core;
        if (Embeds().IsMatch(words))
            return DrawnParts.Embedding;
        if (Heads().IsMatch(words))
            return DrawnParts.LmHead;
        if (Samples().IsMatch(words))
            return DrawnParts.Sampling;
        bool up = Ups().IsMatch(words), down = Downs().IsMatch(words);
        if (up || down)
            return (up ? DrawnParts.FfnUp : 0) | (down ? DrawnParts.FfnDown : 0);
        return Ffn().IsMatch(words) ? DrawnParts.FfnUp | DrawnParts.FfnDown : DrawnParts.None;
    }

    private static DrawnParts Choice(string words) =>
        (Gate().IsMatch(words) ? DrawnParts.Gate : 0) | (Selects().IsMatch(words) ? DrawnParts.Selection : 0);

    private static DrawnParts PartOf(CollectiveKind collective) => collective switch
    {
        CollectiveKind.AllGather => DrawnParts.AllGather,
        CollectiveKind.AllReduce => DrawnParts.AllReduce,
        CollectiveKind.ReduceScatter => DrawnParts.ReduceScatter,
        CollectiveKind.AllToAll => DrawnParts.AllToAll,
        _ => DrawnParts.None,
    };

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(@"\b(?:dispatch\w*|combin\w*|rout(?:e|es|ing|er)|scatter\w*|distribution)\b", Options)]
    private static partial Regex Exchange();

    [GeneratedRegex(@"\b(?:gather\w*|concat\w*)\b", Options)]
    private static partial Regex Gathers();

    [GeneratedRegex(@"\b(?:send\w*|recv|receive\w*|transfer\w*|pipeline|pp|communication|comm)\b", Options)]
    private static partial Regex Sends();

    [GeneratedRegex(@"\b(?:kv|cache)\b", Options)]
    private static partial Regex Cache();

    [GeneratedRegex(@"\b(?:split\w*|chunk\w*|partition\w*)\b", Options)]
    private static partial Regex Splits();

    [GeneratedRegex(@"\b(?:residual|add|sum)\b", Options)]
    private static partial Regex Residuals();

    [GeneratedRegex(
        @"\bresidual\d*\b.*\badd(?:ition)?\d*\b|\badd\b.*\bresidual\d*\b"
        + @"|\badd\W*(?:and\W*)?(?:layer|rms)?[ -]*norm(?:alization)?\d*\b",
        Options)]
    private static partial Regex ResidualAdds();

    [GeneratedRegex(@"[ \t]*(?:[+&]|\band\b)[ \t]*", Options)]
    private static partial Regex Joint();

    [GeneratedRegex(@"\bshared\b.*\bexperts?\b", Options)]
    private static partial Regex Shared();

    [GeneratedRegex(@"\b(?:aggregat\w*|merge\w*|combin\w*)\b", Options)]
    private static partial Regex Aggregates();

    [GeneratedRegex(@"\b(?:experts?|moe)\d*\b", Options)]
    private static partial Regex Expert();

    [GeneratedRegex(@"\bgat(?:e|es|ing)\d*\b|\brouter\b", Options)]
    private static partial Regex Gate();

    [GeneratedRegex(@"\btop[- ]?(?:k|\d+)\b|\b(?:selection|rout(?:er|ing|e))\b", Options)]
    private static partial Regex Selects();

    [GeneratedRegex(@"\bqkv\b|\b(?:q|k|v|query|key|value|kv)\b.*\b(?:proj\w*|linear)\b|\bq/k/v\b|\bq k v\b", Options)]
    private static partial Regex Projects();

    [GeneratedRegex(@"\b(?:out|output|o|attention|attn|mha)\b.*\b(?:proj\w*|linear)\b|\b(?:attention|attn|mha) (?:out|output)\b", Options)]
    private static partial Regex ProjectsOut();

    [GeneratedRegex(@"\b(?:\w*attention|attn|mha|mla|scores?|softmax)\b", Options)]
    private static partial Regex Attends();

    [GeneratedRegex(@"\bembed\w*\b", Options)]
    private static partial Regex Embeds();

    [GeneratedRegex(@"\b(?:lm|output|language model)[ -]?head\b|\blogits\b|\bunembed\w*\b|\bvocab\w*\b", Options)]
    private static partial Regex Heads();

    [GeneratedRegex(@"\b(?:sampl\w*|argmax)\b", Options)]
    private static partial Regex Samples();

    [GeneratedRegex(@"\b(?:up|fc1|w1|first|linear ?1|linear1)\b", Options)]
    private static partial Regex Ups();

    [GeneratedRegex(@"\b(?:down|fc2|w2|second|linear ?2|linear2)\b", Options)]
    private static partial Regex Downs();

    [GeneratedRegex(@"\b(?:ffn|mlp|feed[- ]?forward)\d*\b", Options)]
    private static partial Regex Ffn();
}
