using ParallelDag.Graphs;
using ParallelDag.Looks;
using ParallelDag.Wording;

namespace ParallelDag.Layouts.Slides;

/// <summary>
/// The labels of a slide's boxes: the name and what the block yields, on one line where both fit, else below each other. GPUs stand in the
/// heading of the stage, all numbers in the title of the node.
/// </summary>
internal sealed class SlideLabels(Dag dag, IReadOnlyList<DrawingMark> marks, int[] nodeMarks)
{
    /// <summary>Where the line to the first block of layers enters, so that their heading stands beside it: a part of the width.</summary>
    public const double EntryAt = 0.82;

    private const double Padding = 4;

    // What is cut is read nowhere, so height is the lesser evil.
    private const double RemarkWeight = 500, SecondLineWeight = 600, AmountWeight = 700, ShorterWeight = 50,
        CutWeight = 1000;

    private static readonly double[] EllipseFills = [0.95, 0.92, 0.88, 0.83, 0.77, 0.7, 0.6, 0.5];

    /// <summary>Sets a box <paramref name="width"/> wide: its label and its height.</summary>
    public void Set(SlideBox box, double width, SlideLines most)
    {
        box.Width = width;
        if (box.IsNote)
        {
            box.Height = Math.Ceiling((box.Note.Count * NodeLabel.NameLine) + (2 * Padding));
            return;
        }

        NodeLabel? best = null;
        double lowest = double.MaxValue;
        foreach (double inner in Rooms(box.Shape, width))
        {
            IEnumerable<(NodeLabel, double)> candidates =
                box.Words.Count > 0 ? [Standing(box, inner, most)] : Candidates(box, inner, most);
            foreach ((NodeLabel label, double loss) in candidates)
            {
                double height = HeightAround(label, box.Shape, width), cost = height + loss;
                if (cost < lowest - 0.5)
                    (best, lowest, box.Height) = (label, cost, Math.Ceiling(height));
            }
        }

        box.Label = best;
    }

    /// <summary>Which layers follow, as far as it fits: <c>Layers 1-4, \u00d74</c>.</summary>
    public static string LayersText(Segment segment, double room)
    {
        if (!GpuSet.TryParse(segment.LayerRanges, out GpuSet? layers) || layers.Count == 1)
            return $"Layer {segment.LayerRanges}";
        string times = Words.Invariant($"\u00d7{layers.Count}");
        return TextWrapping.Longest(
            [
                $"Layers {segment.LayerRanges}, {times}", $"{times[1..]} layers of {layers.First}-{layers.Last}",
                layers.RangeCount == 1 ? $"Layers {segment.LayerRanges}" : $"Layers {times}",
            ],
            room, NodeLabel.DetailSize, bold: true);
    }

    /// <summary>The lines of a note that fit <paramref name="width"/>.</summary>
    public static List<LabelLine> NoteLines(IReadOnlyList<string> note, double width)
    {
        var lines = new List<LabelLine>();
        foreach (string words in note)
            TextWrapping.Wrap(words, lines.Count == 0 ? LineStyle.Name : LineStyle.Detail, width - (2 * Padding), 1, lines);
        return lines;
    }

    private (NodeLabel Label, double Loss) Standing(SlideBox box, double inner, SlideLines most)
    {
        var lines = new List<LabelLine>();
        bool cut = TextWrapping.Wrap(box.Words[0], LineStyle.Name, inner, 1, lines);
        cut |= TextWrapping.Wrap(box.Words[1], LineStyle.Detail, inner, most == SlideLines.Any ? 3 : 1, lines);
        return (Marked(box.Node, lines, inner, cut), cut ? CutWeight : 0);
    }

    private static IEnumerable<double> Rooms(NodeShape shape, double width) => shape switch
    {
        NodeShape.Ellipse => EllipseFills.Select(fill => (width * fill) - Padding),
        NodeShape.Parallelogram => [width - (2 * (Padding + DrawnNode.Slant))],
        _ => [width - (2 * Padding)],
    };

    private static double HeightAround(NodeLabel label, NodeShape shape, double width) => shape == NodeShape.Ellipse
        ? NodeLabels.HeightAround(label, shape, width) : label.Height + (2 * Padding);

    private IEnumerable<(NodeLabel Label, double Loss)> Candidates(SlideBox box, double inner, SlideLines most)
    {
        int node = box.Node;
        NodeFacts facts = dag.FactsOf(node);
        string name = box.Name ?? facts.Name;
        string yields = NodeLabels.Amount(facts);
        string amount = yields.Length == 0 ? "" : $" \u00b7 {yields}";
        var joined = new List<LabelLine>();
        if (!TextWrapping.Wrap(name + amount, LineStyle.Name, inner, 1, joined))
        {
            yield return (Marked(node, joined, inner, cut: false), 0);
            yield break;
        }

        // What a name says in brackets is left out first.
        int remark = name.IndexOf(" (", StringComparison.Ordinal);
        var bare = new List<LabelLine>();
        if (most != SlideLines.Any && remark > 0 && !TextWrapping.Wrap(name[..remark] + amount, LineStyle.Name, inner, 1, bare))
            yield return (Marked(node, bare, inner, cut: true), RemarkWeight);
        if (most == SlideLines.One)
        {
            double loss = AmountWeight;
            foreach (string shown in ShortNames.Of(name))
            {
                var line = new List<LabelLine>();
                bool broken = TextWrapping.Wrap(shown, LineStyle.Name, inner, 1, line);
                yield return (Marked(node, line, inner, cut: true), broken ? CutWeight : loss);
                loss += ShorterWeight;
            }

            yield break;
        }

        (NodeLabel whole, bool cut) = TwoLines(name);
        yield return (whole, cut ? CutWeight : most == SlideLines.Few ? SecondLineWeight : 0);
        if (cut && remark > 0 && TwoLines(name[..remark]) is (NodeLabel without, false))
            yield return (without, most == SlideLines.Few ? SecondLineWeight : RemarkWeight);
        else if (cut && TwoLines(ShortNames.Of(name)[^1]) is (NodeLabel brief, false))
            yield return (brief, AmountWeight);

        (NodeLabel Label, bool Cut) TwoLines(string shown)
        {
            var lines = new List<LabelLine>();
            bool cut = TextWrapping.Wrap(shown, LineStyle.Name, inner, 2, lines);
            string amounts = TextWrapping.Longest(NodeLabels.Amounts(facts), inner, NodeLabel.DetailSize, bold: false);
            cut |= TextWrapping.Wrap(amounts, LineStyle.Detail, inner, 1, lines);
            return (Marked(node, lines, inner, cut || shown != facts.Name || amounts != yields), cut);
        }
    }

    private NodeLabel Marked(int node, List<LabelLine> lines, double inner, bool cut)
    {
        if (nodeMarks[node] >= 0)
            TextWrapping.Wrap(marks[nodeMarks[node]].Label, LineStyle.Mark, inner, 1, lines);
        return new NodeLabel([.. lines], cut);
    }
}
