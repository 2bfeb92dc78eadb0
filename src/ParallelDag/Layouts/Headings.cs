using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Layouts;

/// <summary>
/// The words above and beside bands: phases with their degrees and GPUs, stages with their layers and GPUs, layers with their number.
/// </summary>
internal sealed class Headings(Dag dag)
{
    /// <summary>The width of the strip in which the headings of layers stand.</summary>
    public const double StripWidth = 84;

    /// <summary>The least height of the first row of a layer, so that its heading fits beside it.</summary>
    public const double StripHeight = 64;

    /// <summary>So many ranges of GPUs are listed; of more the first and the last GPU say enough, for every stage lists its own.</summary>
    private const int MostRanges = 3;

    /// <summary>
    /// The row that heads a stage, in letters up to <paramref name="largest"/>; of height 0 where there is nothing to say.
    /// </summary>
    public Row ForStage(StageGroup group, bool continued, double width, double largest = 60)
    {
        var row = new Row { Kind = RowKind.Heading, Group = group };
        double room = width - Lanes.Gap;
        var title = new List<string>();
        if (group.Alike.Count > 0)
        {
            string all = GroupFolding.NameOf([group, .. group.Alike]);
            title.Add(char.ToUpperInvariant(all[0]) + all[1..]);
        }
        else
        {
            if (group.Stage is not null)
                title.Add(Text($"Stage {group.Stage}"));
            if (group.MicroBatch >= 0)
                title.Add(Text($"micro-batch {group.MicroBatch}"));
        }

        if (title.Count == 0)
            return row;
        if (continued)
            title.Add("continued");

        double large = Math.Clamp(width / 14, 15, largest), small = Math.Clamp(width / 28, 11, Math.Max(11, largest / 2));
        string name = string.Join(", ", title);
        large = Math.Max(small, Math.Min(large, large * room / FontMetrics.Width(name, large, bold: true) * 0.99));
        Add(row, name, large, bold: true, room);
        if (group.Stage is null)
            return row;
        var details = new List<string>();
        StageGroup[] stages = [.. group.Alike.Prepend(group).DistinctBy(each => each.Stage)];
        if (stages.Length > 1)
            details.Add(Text($"alike; drawn: stage {group.Stage}"));
        if (LayersOf(group) is string layers)
            details.Add(layers);
        GpuSet? gpus = GpusOf(group);
        string joined = string.Join(" \u00b7 ", gpus is null ? details : details.Append(gpus.Named));
        if (FontMetrics.Width(joined, small) <= room)
        {
            Add(row, joined, small, bold: false, room);
            return row;
        }

        foreach (string detail in details)
            Add(row, detail, small, bold: false, room);
        if (gpus is not null)
        {
            foreach (string line in LinesOf(gpus, room, small))
                Add(row, line, small, bold: false, room);
        }

        return row;
    }

    // All GPUs on one line or two; else from where to where, or how many.
    private static string[] LinesOf(GpuSet gpus, double room, double size)
    {
        string all = gpus.Named;
        for (int end = all.Length; end > 0; end = all.LastIndexOf(',', end - 2) + 1)
        {
            if (Fits(all[..end]))
            {
                if (end == all.Length)
                    return [all];
                if (Fits(all[end..]))
                    return [all[..end], all[end..]];
                break;
            }
        }

        return [TextWrapping.Longest([Between(gpus), Wording.Words.Count(gpus.Count, "GPU")], room, size, bold: false)];

        bool Fits(string text) => FontMetrics.Width(text, size) <= room;
    }

    /// <summary>The row that heads the blocks which an overview draws once for several layers.</summary>
    public static Row ForLayers(StageGroup group, Segment segment, double width)
    {
        var row = new Row { Kind = RowKind.Heading, Group = group, Segment = segment };
        string times = GpuSet.TryParse(segment.Layers, out GpuSet? layers) && layers.Count > 1 ? Text($", \u00d7{layers.Count}") : "";
        Add(row, $"Layers {segment.Layers}{times}", 13, bold: true, width - Lanes.Gap);
        return row;
    }

    /// <summary>The row that says which layers are folded away.</summary>
    public static Row ForFold(StageGroup group, Segment segment, double width)
    {
        var row = new Row { Kind = RowKind.Fold, Group = group, Segment = segment };
        string text = $"{segment.Fold!.Name}, as {segment.Fold.LikeName}";
        Add(row, char.ToUpperInvariant(text[0]) + text[1..], 16, bold: true, width - Lanes.Gap - 20);
        row.Height += 16;
        return row;
    }

    /// <summary>What the heading of a phase says: its name, and its degrees and GPUs.</summary>
    public (string Name, string Details) ForPhase(PhaseId phase)
    {
        (string name, IReadOnlyList<string> wordings) = WordingsForPhase(phase);
        return (name, wordings[0]);
    }

    /// <summary>What the heading of a phase says: its name, and its degrees and GPUs in wordings from long to short.</summary>
    public (string Name, IReadOnlyList<string> Details) WordingsForPhase(PhaseId phase)
    {
        DagPhase? known = dag.Phases.FirstOrDefault(candidate => candidate.Phase == phase);
        string name = phase.ToTitle();
        if (known is null)
            return (name, [""]);
        var degrees = new List<string>();
        foreach (string axis in known.Order.Reverse())
        {
            if (known.Axes.TryGetValue(axis, out int degree) && degree > 1)
                degrees.Add(Text($"{axis.ToUpperInvariant()}={degree}"));
        }

        string axes = string.Concat(degrees.Select(degree => degree + " ")), count = Wording.Words.Count(known.Gpus.Count, "GPU");
        string which = known.Gpus.Ranges().Count() > MostRanges ? Between(known.Gpus) : $"{count}: {known.Gpus}";
        return (name, axes.Length == 0 ? [which, count] : [$"{axes}\u00b7 {which}", $"{axes}\u00b7 {count}", count]);
    }

    private static string Between(GpuSet gpus) => $"{Wording.Words.Count(gpus.Count, "GPU")} between {gpus.First} and {gpus.Last}";

    /// <summary>
    /// The heading of a phase that has a shelf of its own: lines above its first column, narrow enough to stand between the gutters,
    /// relative to the lanes. Returns their height.
    /// </summary>
    public double ForShelf(PhaseId phase, double width, List<DrawnText> lines)
    {
        var row = new Row { Kind = RowKind.Heading, Group = null! };
        (string name, string details) = ForPhase(phase);
        Add(row, name, Math.Clamp(width / 10, 22, 80), bold: true, width - Lanes.Gap);
        Add(row, details, Math.Clamp(width / 26, 12, 34), bold: false, width - Lanes.Gap);
        lines.AddRange(row.Heading);
        return row.Height + 8;
    }

    /// <summary>The heading of a layer, centred in its strip beside the first row of its band.</summary>
    public static List<DrawnText> ForLayer(int layer, double x, double y, double height)
    {
        string number = layer.ToString(CultureInfo.InvariantCulture);
        double size = Math.Min(46, 46 * (StripWidth - 12) / FontMetrics.Width(number, 46, bold: true));
        double middle = x + (StripWidth / 2), top = y + ((height - 56) / 2);
        return
        [
            new DrawnText("Layer", middle, top + 13, 16, Bold: false, TextAnchor.Middle),
            new DrawnText(number, middle, top + 54, size, Bold: true, TextAnchor.Middle),
        ];
    }

    private static string Text(InvariantText text) => Words.Invariant(text);

    private static void Add(Row row, string text, double size, bool bold, double width)
    {
        row.Height += Math.Ceiling(size * 1.25);
        row.Heading.Add(new DrawnText(TextWrapping.Shorten(text, width, size, bold), 0, row.Height - (size * 0.3), size, bold,
            TextAnchor.Start));
    }

    private string? LayersOf(StageGroup group)
    {
        DagStage[] stages = StagesOf(group);
        int? first = null, last = null;
        if (stages.Length > 0)
        {
            if (stages[^1].Index - stages[0].Index >= stages.Length)
                return null; // Other stages stand between these.
            (first, last) = (stages[0].FirstLayer, stages[^1].LastLayer);
        }
        else
        {
            foreach (Segment segment in group.Segments)
            {
                if (segment.Layer is not int layer || segment.Layers is not null)
                    continue;
                first = Math.Min(first ?? layer, layer);
                last = Math.Max(last ?? layer, segment.Fold?.Last ?? layer);
            }
        }

        return first is null ? null : first == last ? Text($"layer {first}") : Text($"layers {first}-{last}");
    }

    private GpuSet? GpusOf(StageGroup group)
    {
        DagStage[] stages = StagesOf(group);
        if (stages.Length > 0)
            return GpuSet.UnionAll(stages.Select(stage => stage.Gpus));
        var sets = new HashSet<int>();
        var gpus = new List<GpuSet>();
        foreach (int node in group.Segments.SelectMany(segment => segment.Nodes))
        {
            if (dag.FactsOf(node).Kind != NodeKind.Communication && sets.Add(dag.GpuColumn[node]) && dag.GpusOf(node) is GpuSet known)
                gpus.Add(known);
        }

        return gpus.Count == 0 ? null : GpuSet.UnionAll(gpus);
    }

    // The stages that a group stands for, in order; none where the graph does not tell.
    private DagStage[] StagesOf(StageGroup group)
    {
        var numbers = group.Alike.Prepend(group).Select(each => each.Stage).ToHashSet();
        return [.. dag.Phases.FirstOrDefault(phase => phase.Phase == group.Phase)?.Stages.Where(stage => numbers.Contains(stage.Index))
            ?? []];
    }
}
