using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ParallelDag.Graphs;

namespace ParallelDag.Readers;

/// <summary>
/// Facts that a drawing made by somebody else tells people: in its labels (<c>GPU 0-15</c>, <c>INPUT DIMENSION: [...]</c>, <c>Layer 3</c>), its shapes and its styles.
/// What it does not tell stays null or 0; nothing is made up.
/// </summary>
internal static class DrawnFacts
{
    private const string Number = @"\d{1,9}";
    private const string To = @"[ \t]*(?:-|–|—|\.\.\.?|\bto\b)[ \t]*(?:GPU[ \t]*)?";
    private const string Range = $"{Number}(?:{To}{Number})?";
    private const string Ranges = $@"{Range}(?:[ \t]*,[ \t]*(?:GPU[ \t]*)?{Range})*";

    // Matching is linear in the text, whatever the text.
    private static readonly Regex Gpus = Pattern($@"\b(?:GPU|device)s?(?:[ \t]+(?:ids?|range|set))?[ \t]*[:=#]?[ \t]*[\[({{]?[ \t]*({Ranges})([ \t]*,?[ \t]*(?:\.\.\.|…))?");
    private static readonly Regex Experts = Pattern($@"\bexperts?[ \t]*[#:]?[ \t]*[\[({{]?[ \t]*({Ranges})");
    private static readonly Regex Layer = Pattern(@"\blayers?[ \t_#:=]*(\d{1,5})(?:[ \t]*(?:-|–|\bto\b)[ \t]*(\d{1,5}))?\b");
    private static readonly Regex Stage = Pattern(@"\bstage[ \t_#:=]*(\d{1,5})\b");
    private static readonly Regex MicroBatch = Pattern(@"\bmicro[- ]?batch[ \t_#:=]*(\d{1,5})\b");
    private static readonly Regex Phase = Pattern(@"\b(prefill|decode)(?:\b|_)");
    private static readonly Regex InputKey = Pattern(@"\b(?:(?:input|in)[ _]*(?:dimensions?|dims?|shapes?|tensors?)[ \t]*[:=]|inputs?[ \t]*:)");
    private static readonly Regex OutputKey = Pattern(@"\b(?:(?:output|out)[ _]*(?:dimensions?|dims?|shapes?|tensors?)[ \t]*[:=]|outputs?[ \t]*:)");
    private static readonly Regex TopK = Pattern(@"\btop[- ]?(?:k|\d+)\b");
    private static readonly Regex End = Pattern(@"^(?:(?:model|final|prefill|decode|graph|token)[ _]+)*(input|output)s?(?:[ _]+(?:tokens?|node|layer))?$");

    /// <summary>The GPUs that a label names, one after the other; null when it names none or trails off into dots.</summary>
    public static GpuSet? GpusIn(string label)
    {
        GpuSet? gpus = null;
        foreach (Match match in Gpus.Matches(label))
        {
            if (match.Groups[2].Success || !TryRanges(match.Groups[1].Value, out GpuSet? named))
                return null;
            gpus = gpus?.Union(named) ?? named;
        }

        return gpus;
    }

    /// <summary>The experts that a label names, as ranges.</summary>
    public static string? ExpertsIn(string label) =>
        Experts.Match(label) is { Success: true } match && TryRanges(match.Groups[1].Value, out GpuSet? experts) ? experts.ToString() : null;

    /// <summary>The tensors after <c>INPUT DIMENSION:</c>, <c>Input:</c> and the like.</summary>
    public static string InputIn(string label) => TensorsAfter(InputKey, OutputKey, label);

    /// <summary>The tensors after <c>OUTPUT DIMENSION:</c>, <c>Output:</c> and the like.</summary>
    public static string OutputIn(string label) => TensorsAfter(OutputKey, InputKey, label);

    /// <summary>Phase, stage, layer and micro-batch as far as a label tells; the rest as <paramref name="around"/> has it.</summary>
    public static NodeScope ScopeIn(string label, NodeScope around)
    {
        Match layer = Layer.Match(label), stage = Stage.Match(label), phase = Phase.Match(label), microBatch = MicroBatch.Match(label);
        NodeScope scope = around;
        if (phase.Success && VocabularyText.TryParse(phase.Groups[1].Value, out PhaseKind kind))
            scope = scope with { Phase = kind };
        if (stage.Success)
            scope = scope with { Stage = Int(stage.Groups[1]) };
        if (microBatch.Success)
            scope = scope with { MicroBatch = Int(microBatch.Groups[1]) };
        if (layer.Success && layer.Groups[2].Success)
            scope = scope with { Layer = null, Layers = $"{Int(layer.Groups[1])}-{Int(layer.Groups[2])}" };
        else if (layer.Success)
            scope = scope with { Layer = Int(layer.Groups[1]), Layers = null };
        return scope;
    }

    /// <summary>What a cluster's label says of the nodes inside: phase, stage, layer. (A range of layers says nothing of one node.)</summary>
    public static NodeScope ScopeOfCluster(string label, NodeScope around) =>
        ScopeIn(label, around) with { Layers = null, MicroBatch = 0 };

    /// <summary>The operator whose name in the vocabulary is the node's name, punctuation and case aside.</summary>
    public static string? OpNamed(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
                text.Append(char.ToLowerInvariant(c));
            else if (text.Length > 0 && text[^1] != '_')
                text.Append('_');
        }

        string op = text.ToString().TrimEnd('_');
        return Ops.Find(op)?.Name;
    }

    /// <summary>What the words of a node's name say of its kind; null when they say nothing.</summary>
    public static NodeKind? KindNamed(string name)
    {
        if (CollectiveNamed(name) != CollectiveKind.None || HasAny(name, CommunicationWords))
            return NodeKind.Communication;
        if (TopK.IsMatch(name) || HasAny(name, RoutingWords))
            return NodeKind.Routing;
        if (HasAny(name, AggregationWords))
            return NodeKind.Aggregation;
        if (End.Match(name.Trim()) is { Success: true } end)
            return end.Groups[1].Value.StartsWith("i", StringComparison.OrdinalIgnoreCase) ? NodeKind.Input : NodeKind.Output;
        return HasAny(name, ComputationWords) ? NodeKind.Computation : null;
    }

    /// <summary>The collective that a name speaks of.</summary>
    public static CollectiveKind CollectiveNamed(string name)
    {
        foreach ((string word, CollectiveKind collective) in CollectiveWords)
        {
            if (HasAny(name, [word]))
                return collective;
        }

        return CollectiveKind.None;
    }

    /// <summary>What a shape says of a node's kind, by the reference document's conventions.</summary>
    public static NodeKind? KindDrawn(string? shape, string name) => shape?.ToLowerInvariant() switch
    {
        "ellipse" or "oval" or "circle" => NodeKind.Communication,
        "box" or "rect" or "rectangle" or "square" => NodeKind.Computation,
        "parallelogram" when HasAny(name, ["gather", "combine"]) => NodeKind.Aggregation,
        "parallelogram" => NodeKind.Routing,
        _ => null,
    };

    /// <summary>What an edge stands for: its label says so, or it is dashed, or it carries data.</summary>
    public static EdgeKind KindOfEdge(string? label, string style)
    {
        if (label is not null && label.Contains("pipeline", StringComparison.OrdinalIgnoreCase))
            return EdgeKind.Pipeline;
        if (label is not null && KvWord.IsMatch(label))
            return EdgeKind.Kv;
        return style.Contains("dashed", StringComparison.OrdinalIgnoreCase) ? EdgeKind.Gate : EdgeKind.Data;
    }

    private static readonly Regex KvWord = Pattern(@"\bkv\b");

    // Words are compared without spaces and hyphens: All-Gather, all gather, AllGather.
    private static readonly (string Word, CollectiveKind Collective)[] CollectiveWords =
    [
        ("allgather", CollectiveKind.AllGather), ("allreduce", CollectiveKind.AllReduce), ("reducescatter", CollectiveKind.ReduceScatter),
        ("alltoall", CollectiveKind.AllToAll), ("all2all", CollectiveKind.AllToAll),
        ("sendrecv", CollectiveKind.SendRecv), ("sendreceive", CollectiveKind.SendRecv), ("p2p", CollectiveKind.SendRecv), ("pointtopoint", CollectiveKind.SendRecv),
    ];

    // The words of the vocabulary's operators, and what people write of no operator in particular.
    private static readonly string[] CommunicationWords = [.. WordsOf(NodeKind.Communication), "communication", "broadcast"];
    private static readonly string[] RoutingWords = [.. WordsOf(NodeKind.Routing)];
    private static readonly string[] AggregationWords = [.. WordsOf(NodeKind.Aggregation)];
    private static readonly string[] ComputationWords = [.. WordsOf(NodeKind.Computation), "linear", "matmul", "gemm", "activation", "compute"];

    private static IEnumerable<string> WordsOf(NodeKind kind) => Ops.Table.Where(row => row.Kind == kind).SelectMany(row => row.Words).Distinct();

    private static bool HasAny(string name, string[] words)
    {
        string bare = name.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal)
            .Replace("_", "", StringComparison.Ordinal).Replace("/", "", StringComparison.Ordinal);
        return Array.Exists(words, word => bare.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    private static string TensorsAfter(Regex key, Regex otherKey, string label)
    {
        Match found = key.Match(label);
        if (!found.Success)
            return "";
        int start = found.Index + found.Length;
        while (start < label.Length && char.IsWhiteSpace(label[start]))
        {
            // The value may begin on the next line, but then it is a shape and not the next fact.
            if (label[start] == '\n' && label.AsSpan(start).TrimStart() is not ['[', ..])
                return "";
            start++;
        }

        Match other = otherKey.Match(label, start);
        int limit = other.Success ? other.Index : label.Length, end = start, depth = 0;
        for (; end < limit && (depth > 0 || label[end] != '\n'); end++)
            depth += label[end] == '[' ? 1 : label[end] == ']' ? -1 : 0;
        string text = label[start..end].Replace('\n', ' ').Trim().TrimEnd(',', ';').TrimEnd();
        int close = text.LastIndexOf(']');
        if (close >= 0)
            text = text[..(close + 1)];
        return ListCommas.Replace(text, "]; ");
    }

    private static readonly Regex ListCommas = Pattern(@"\][ \t]*,[ \t]*");

    /// <summary><c>0-3, 8 to 11, GPU 12</c>.</summary>
    private static bool TryRanges(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out GpuSet? set) =>
        GraphLimits.TryGpus(GpuWord.Replace(RangeWord.Replace(text, "-"), ""), out set);

    private static readonly Regex RangeWord = Pattern(@"[ \t]*(?:–|—|\.\.\.?|to)[ \t]*");
    private static readonly Regex GpuWord = Pattern(@"GPU[ \t]*");

    private static int Int(Group digits) => int.Parse(digits.Value, CultureInfo.InvariantCulture);

    private static Regex Pattern(string pattern) =>
        new(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
