using ParallelDag.Graphs;
using ParallelDag.Looks;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Layouts;

/// <summary>
/// Makes the labels of nodes: the name, then <c>INPUT DIMENSION: [...]</c>, <c>OUTPUT DIMENSION: [...]</c> and <c>GPUs: 0-3</c> as far as
/// they are known, wrapped for the outline. (The short lines come first and last, so that ellipses stay flat.) Labels are shared: nodes of
/// equal facts, GPUs and width have one.
/// </summary>
internal sealed class NodeLabels(Dag dag, IReadOnlyList<DrawingMark> marks, IReadOnlyDictionary<int, string[]> standing)
{
    /// <summary>Free space between the text and the outline, on each side.</summary>
    public const double Padding = 6;

    /// <summary>
    /// Parts of an ellipse's width that lines may fill. Long lines need a rounder ellipse, short ones make more lines;
    /// the part that gives the flattest ellipse is taken.
    /// </summary>
    private static readonly double[] EllipseFills = [0.94, 0.9, 0.85, 0.79, 0.72, 0.64, 0.55];

    private const int NameLines = 3;

    private const int GpuLines = 2;

    private const int DimensionLines = 6;

    private readonly Dictionary<(int Facts, int Gpus, int Width, int Mark), NodeLabel> _cache = [];

    /// <summary>The label of a node that is <paramref name="width"/> wide.</summary>
    public NodeLabel For(int node, double width, int mark)
    {
        if (standing.TryGetValue(node, out string[]? words))
            return Standing(words, width - (2 * Padding) - (2 * DrawnNode.Slant));
        var key = (dag.FactsColumn[node], dag.GpuColumn[node], (int)width, mark);
        if (!_cache.TryGetValue(key, out NodeLabel? label))
        {
            label = Make(dag.FactsOf(node), dag.GpusOf(node), key.Item3, mark);
            _cache.Add(key, label);
        }

        return label;
    }

    /// <summary>The label of a node that stands for others of its row.</summary>
    private static NodeLabel Standing(string[] words, double inner)
    {
        var lines = new List<LabelLine>();
        bool cut = TextWrapping.Wrap($"\u2026 {words[0]} \u2026", LineStyle.Name, inner, NameLines, lines);
        cut |= TextWrapping.Wrap(words[1], LineStyle.Detail, inner, GpuLines, lines);
        return new NodeLabel([.. lines], cut);
    }

    /// <summary>The height that an outline needs around its label.</summary>
    public static double HeightAround(NodeLabel label, NodeShape shape, double width)
    {
        if (shape != NodeShape.Ellipse)
            return label.Height + (2 * Padding);

        // A line of width w whose farther side is y below the centre lies in the ellipse when (w/2a)^2 + (y/b)^2 <= 1.
        double half = 0, top = -label.Height / 2;
        foreach (LabelLine line in label.Lines)
        {
            double far = Math.Max(Math.Abs(top), Math.Abs(top + line.Height));
            double fill = Math.Min(0.97, (line.Width + Padding) / width);
            half = Math.Max(half, far / Math.Sqrt(1 - (fill * fill)));
            top += line.Height;
        }

        return (2 * half) + Padding;
    }

    /// <summary>The width at which no line of the node needs to be wrapped.</summary>
    public double NaturalWidth(int facts)
    {
        NodeFacts node = dag.FactsTable[facts];
        double text = dag.Detail == DetailLevel.Overview
            ? Math.Max(FontMetrics.Width(node.Name, NodeLabel.NameSize, bold: true), FontMetrics.Width(Yields(node), NodeLabel.DetailSize))
            + 1
            : Longest(node);
        return node.Kind.ToShape() switch
        {
            NodeShape.Ellipse => text / EllipseFills[1],
            NodeShape.Parallelogram => text + (2 * (DrawnNode.Slant + Padding)),
            _ => text + (2 * Padding),
        };
    }

    private static double Longest(NodeFacts node)
    {
        double text = Math.Max(
            FontMetrics.Width(node.Name, NodeLabel.NameSize, bold: true),
            FontMetrics.Width(DimensionText("OUTPUT", node.Output), NodeLabel.DetailSize));
        return Math.Max(text, FontMetrics.Width(DimensionText("INPUT", node.Input), NodeLabel.DetailSize)) + 1;
    }

    private NodeLabel Make(NodeFacts facts, GpuSet? gpus, double width, int mark)
    {
        NodeShape shape = facts.Kind.ToShape();
        if (shape != NodeShape.Ellipse)
            return Set(facts, gpus, width - (2 * Padding) - (shape == NodeShape.Parallelogram ? 2 * DrawnNode.Slant : 0), mark);
        NodeLabel? flattest = null;
        foreach (double fill in EllipseFills)
        {
            NodeLabel label = Set(facts, gpus, (width * fill) - Padding, mark);
            if (flattest is null || HeightAround(label, shape, width) < HeightAround(flattest, shape, width))
                flattest = label;
        }

        return flattest!;
    }

    private NodeLabel Set(NodeFacts facts, GpuSet? gpus, double inner, int mark)
    {
        var lines = new List<LabelLine>();
        bool cut = TextWrapping.Wrap(facts.Name, LineStyle.Name, inner, NameLines, lines);
        if (dag.Detail == DetailLevel.Overview)
        {
            cut |= TextWrapping.Wrap(Yields(facts), LineStyle.Detail, inner, 2, lines);
        }
        else
        {
            cut |= TextWrapping.Wrap(DimensionText("INPUT", facts.Input), LineStyle.Detail, inner, DimensionLines, lines);
            cut |= TextWrapping.Wrap(DimensionText("OUTPUT", facts.Output), LineStyle.Detail, inner, DimensionLines, lines);
        }

        if (gpus is not null)
            cut |= AddGpus(gpus, inner, lines);
        if (mark >= 0)
            TextWrapping.Wrap(marks[mark].Label, LineStyle.Mark, inner, 1, lines);
        return new NodeLabel([.. lines], cut);
    }

    // A list that does not fit says how many there are rather than the first of them.
    private static bool AddGpus(GpuSet gpus, double inner, List<LabelLine> lines)
    {
        var all = new List<LabelLine>();
        bool cut = TextWrapping.Wrap($"GPUs: {gpus}", LineStyle.Detail, inner, GpuLines, all);
        if (cut)
        {
            all.Clear();
            TextWrapping.Wrap(Words.Invariant($"GPUs: {gpus.Count} between {gpus.First} and {gpus.Last}"), LineStyle.Detail, inner,
                GpuLines, all);
        }

        lines.AddRange(all);
        return cut;
    }

    /// <summary>
    /// What an overview's block yields, of a collective all bytes on the wire; titles and DOT tell the rest.
    /// </summary>
    private static string Yields(NodeFacts facts) => facts.WireBytes > 0 ? $"{Amount(facts)} on the wire" : Amount(facts);

    /// <summary>The bytes of a collective on the wire, else the sizes of what a block puts out.</summary>
    public static string Amount(NodeFacts facts) => Amounts(facts)[0];

    /// <summary>The same from long to short: at last the sizes of the first tensor and the names of the others.</summary>
    public static IReadOnlyList<string> Amounts(NodeFacts facts)
    {
        if (facts.WireBytes > 0)
            return [Quantity.FormatBytes(facts.WireBytes)];
        if (!facts.Output.IsParsed)
            return [""];
        string[] sizes = [.. facts.Output.Tensors.Select(Sizes)];
        string[] names = [.. facts.Output.Tensors.Select(tensor => tensor.Name ?? "").Where(name => name.Length > 0)];
        string all = string.Join("; ", sizes);
        return names.Length == sizes.Length && names.Length > 1 ? [all, $"{sizes[0]}; {string.Join(", ", names[1..])}"] : [all];
    }

    private static string Sizes(NamedTensor tensor)
    {
        string sizes = string.Join(", ", tensor.Shape.Dimensions.Select(
            dimension => dimension.Size?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"));
        return tensor.Name is null ? $"[{sizes}]" : $"{tensor.Name} [{sizes}]";
    }

    private static string DimensionText(string side, TensorList tensors) => tensors.IsEmpty ? "" : $"{side} DIMENSION: {tensors}";
}
