using System.Globalization;
using System.Text;
using ParallelDag.Units;

namespace ParallelDag.Descriptions;

/// <summary>Writes a description for people: plain text, at most 80 columns.</summary>
public static class DescriptionText
{
    private const int Columns = 80;

    /// <summary>The text.</summary>
    public static string Write(PlanDescription description)
    {
        var text = new StringBuilder();
        ModelSpec model = description.Model.Spec;
        Line(text, $"{description.Name}");
        Line(text, $"");
        Line(text, $"Model");
        Line(text, $"  parameters   {description.Model.TotalParameters:N0} ({Quantity.FormatCount(description.Model.TotalParameters)})");
        if (description.Model.ActiveParameters != description.Model.TotalParameters)
            Line(text, $"  active       {description.Model.ActiveParameters:N0} ({Quantity.FormatCount(description.Model.ActiveParameters)})");
        Line(text, $"  KV cache     {description.Model.KvCacheBytesPerToken:N0} bytes per token");
        Line(text, $"  shape        {model.Layers.Count} layers, hidden {model.Hidden}, {model.Precision}");
        foreach (IGrouping<int, int> layers in Enumerable.Range(1, model.Layers.Count).GroupBy(layer => model.KindOfLayer[layer - 1]))
            Line(text, $"  layers       {layers.Count()} x {model.LayerKinds[layers.Key]}");
        foreach (PhaseDescription phase in description.Phases)
            WritePhase(text, phase);
        if (description.KvHandOff is KvHandOffDescription handOff)
        {
            Line(text, $"");
            Line(text, $"KV hand-off    {Quantity.FormatBytes(handOff.NeededBytes)} taken over, {Quantity.FormatBytes(handOff.MovedBytes)} of them moved");
            Line(text, $"Weights        {(description.SharesWeights ? "shared: decode finds its own where prefill left them" : "held by each phase for itself")}");
        }

        return text.ToString();
    }

    private static void WritePhase(StringBuilder text, PhaseDescription phase)
    {
        Line(text, $"");
        Line(text, $"{(phase.Phase == PhaseKind.Prefill ? "Prefill" : "Decode")}: {phase.Layout.RankGpus.Count} GPUs, {string.Join(" ", phase.Layout.AxisDegrees.Select(axis => string.Create(CultureInfo.InvariantCulture, $"{axis.Key}={axis.Value}")))}");
        foreach ((string axis, IReadOnlyList<int[]> groups) in phase.Groups)
        {
            if (groups.Count > 0)
                Line(text, $"  {axis,-4} groups  {Groups(groups)}");
        }

        Line(text, $"");
        Line(text, $"  stage  layers     weights   KV cache      peak      total       left  fits");
        for (int i = 0; i < phase.Memory.Count; i++)
        {
            DagStage stage = phase.Layout.Stages[i];
            DagMemory memory = phase.Memory[i];
            Line(text, $"  {stage.Index,5}  {$"{stage.FirstLayer}-{stage.LastLayer}",-7} {Size(memory.WeightBytes)} {Size(memory.KvCacheBytes)} {Size(memory.ActivationBytes)} {Size(memory.TotalBytes)} {Size(memory.CapacityBytes - memory.UnionBytes)}  {(memory.Fits ? "yes" : "NO")}");
            foreach (string line in Wrap($"GPUs {stage.Gpus}", Columns - 9))
                Line(text, $"         {line}");
        }

        Line(text, $"  (fullest GPU of a stage; left: capacity less all phases of that GPU)");
        if (phase.Layout.Stages.Count > 1)
            Line(text, $"  pipeline bubble {phase.PipelineBubble:0.###} of the ideal time");
        if (phase.ExpertImbalanceBefore is double before && phase.Layout.Strategy.Ep > 1)
            Line(text, $"  expert load, fullest rank over mean: {before:0.###} in order, {phase.ExpertImbalanceAfter:0.###} as placed");
    }

    /// <summary>The first groups and how many there are.</summary>
    private static string Groups(IReadOnlyList<int[]> groups)
    {
        const int Width = 50;
        var text = new StringBuilder();
        int shown = 0;
        foreach (int[] group in groups)
        {
            string next = $"[{string.Join(",", group.Take(8))}{(group.Length > 8 ? ",..." : "")}]";
            if (shown > 0 && text.Length + next.Length > Width)
                break;
            text.Append(shown++ > 0 ? " " : "").Append(next);
        }

        return shown == groups.Count ? text.ToString() : string.Create(CultureInfo.InvariantCulture, $"{text} ... {groups.Count} in all");
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        while (text.Length > width)
        {
            int cut = text.LastIndexOf(',', width - 1) + 1;
            if (cut <= 0)
                cut = width;
            yield return text[..cut];
            text = text[cut..];
        }

        yield return text;
    }

    private static string Size(long bytes) => Quantity.FormatBytes(bytes).PadLeft(10);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture).TrimEnd()).Append('\n');
}
