using System.Globalization;
using System.Text.RegularExpressions;
using ParallelDag.Graphs;

namespace ParallelDag.Drawings;

/// <summary>
/// Reads where a node stands: phase, stage, layer and micro-batch, from its label, its id and the labels of the clusters around it. "To
/// stage 1" and "from layer 0" tell where data goes or comes from, "same as layer 0" what a block looks like; neither is the node's own
/// place.
/// </summary>
internal static class ScopeText
{
    private const string Elsewhere = @"(?:\b(to|from|as|like|than|after|before|into)[ \t]+(?:pipeline[ \t]+|the[ \t]+)?)?";
    private const string Until = @"(?:[ \t]*(?:-|–|—|−|\.\.\.?|…|\bto\b|\bthrough\b)[ \t]*(\d{1,5}))?\b";

    // Matching is linear in the text, whatever the text.
    private static readonly Regex Layer = Pattern($@"{Elsewhere}\b(layers?)([ \t_#:=-]*)(\d{{1,5}}){Until}");
    private static readonly Regex Stage = Pattern($@"{Elsewhere}\bstage[ \t_#:=-]*(\d{{1,5}})\b");
    private static readonly Regex MicroBatch = Pattern(@"\bmicro[- ]?batch[ \t_#:=]*(\d{1,5})\b");
    private static readonly Regex Phase = Pattern(@"\b(prefill|decode)(?:\b|_)");
    private static readonly Regex Place =
        Pattern(@"^(?:(?:pipeline[ \t]+)?(?:layers?|stage|block)[ \t_#:-]*\d{1,5}(?:[ \t]*[-–][ \t]*\d{1,5})?[ \t,:-]*)+$");
    private static readonly Regex LayerOfId = Pattern(@"(?:^|_)(?:layer|lay)_?(\d{1,5})(?:_|$)|^l(\d{1,5})_");
    private static readonly Regex StageOfId = Pattern(@"^(?:pp_?|pipeline_?)?stage_?(\d{1,5})(?:_|$)");

    /// <summary>True for a line that says nothing but a layer or a stage: <c>Layer 0</c>, <c>Stage 1, Layer 4</c>.</summary>
    public static bool IsPlace(string line) => Place.IsMatch(line);

    /// <summary>What a label tells; the rest as <paramref name="around"/> has it.</summary>
    public static NodeScope Read(string label, NodeScope around)
    {
        NodeScope scope = around;
        if (Phase.Match(label) is { Success: true } phase && VocabularyText.TryParse(phase.Groups[1].Value, out PhaseKind kind))
            scope = scope with { Phase = new PhaseId(kind) };
        if (StageIn(label) is int stage)
            scope = scope with { Stage = stage };
        if (MicroBatch.Match(label) is { Success: true } microBatch)
            scope = scope with { MicroBatch = Int(microBatch.Groups[1]) };
        foreach (Match layer in Layer.Matches(label))
        {
            bool several = layer.Groups[5].Success, plural = layer.Groups[2].Length > "layer".Length;
            if (layer.Groups[1].Success || (plural && !several))
                continue; // "Layers: 4" is a count.
            int first = Int(layer.Groups[4]);
            scope = several ? scope with { Layer = null, Layers = $"{first}-{Int(layer.Groups[5])}" }
                : scope with { Layer = first, Layers = null };
            break;
        }

        return scope;
    }

    /// <summary>
    /// What a cluster's label says of the nodes inside: phase, stage, layer. (A range of layers says nothing of one node.)
    /// </summary>
    public static NodeScope ReadCluster(string label, NodeScope around) => Read(label, around) with { Layers = null, MicroBatch = 0 };

    /// <summary>
    /// What an id tells, such as <c>layer0_qkv_gpu3</c>, <c>stage1_mlp</c> or <c>prefill_norm</c>; the rest as <paramref name="around"/>
    /// has it.
    /// </summary>
    public static NodeScope ReadId(string id, NodeScope around)
    {
        NodeScope scope = around;
        if (id.StartsWith("prefill", StringComparison.OrdinalIgnoreCase))
            scope = scope with { Phase = new PhaseId(PhaseKind.Prefill) };
        else if (id.StartsWith("decode", StringComparison.OrdinalIgnoreCase))
            scope = scope with { Phase = new PhaseId(PhaseKind.Decode) };
        if (StageOfId.Match(id) is { Success: true } stage)
            scope = scope with { Stage = Int(stage.Groups[1]) };
        if (LayerOfId.Match(id) is { Success: true } layer)
            scope = scope with { Layer = Int(layer.Groups[1].Success ? layer.Groups[1] : layer.Groups[2]), Layers = null };
        return scope;
    }

    /// <summary>The node's own stage; for "from stage 0 to stage 1" the sender's.</summary>
    private static int? StageIn(string label)
    {
        int? from = null;
        bool to = false;
        foreach (Match match in Stage.Matches(label))
        {
            string word = match.Groups[1].Value.ToLowerInvariant();
            if (word.Length == 0)
                return Int(match.Groups[2]);
            if (word == "from")
                from ??= Int(match.Groups[2]);
            to |= word is "to" or "into";
        }

        return to ? from : null;
    }

    private static int Int(Group digits) => int.Parse(digits.Value, CultureInfo.InvariantCulture);

    private static Regex Pattern(string pattern) =>
        new(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
