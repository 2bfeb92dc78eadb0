using System.Globalization;
using System.Text;
using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Looks;
using ParallelDag.Wording;

namespace ParallelDag.Writers;

/// <summary>How a DAG is written as SVG.</summary>
public sealed record SvgOptions
{
    /// <summary>What is drawn, what is folded and what is marked.</summary>
    public DrawingOptions Drawing { get; init; } = new();
}

/// <summary>
/// Writes a DAG as SVG 1.1: one file without scripts and without references to other files, with tooltips, a legend, names for screen
/// readers and a dark style by media query. Every node is one <c>g</c> with <c>data-op</c>, a <c>title</c>, one outline and its text.
/// Streams: memory is that of the layout, whatever the size of the file. O(V + E).
/// </summary>
public sealed class SvgWriter
{
    private readonly Drawing _drawing;
    private readonly Dag _dag;
    private readonly MarkupWriter _markup;

    private SvgWriter(Drawing drawing, MarkupWriter markup)
    {
        _drawing = drawing;
        _dag = drawing.Dag;
        _markup = markup;
    }

    /// <summary>Lays <paramref name="dag"/> out and writes it.</summary>
    /// <returns>The drawing that was written, which tells what was folded.</returns>
    public static Drawing Write(Dag dag, Stream output, SvgOptions? options = null, CancellationToken cancellation = default)
    {
        Drawing drawing = DagLayout.Arrange(dag, options?.Drawing, cancellation);
        Write(drawing, output, cancellation);
        return drawing;
    }

    /// <summary>Writes a drawing.</summary>
    public static void Write(Drawing drawing, Stream output, CancellationToken cancellation = default)
    {
        var sink = new Utf8Sink(output);
        new SvgWriter(drawing, new MarkupWriter(sink)).Write(cancellation);
        sink.Flush();
    }

    /// <summary>The SVG as one string.</summary>
    public static string ToText(Dag dag, SvgOptions? options = null)
    {
        using var stream = new MemoryStream();
        Write(dag, stream, options);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private void Write(CancellationToken cancellation)
    {
        Open();
        foreach (DrawnBand band in _drawing.Bands)
            WriteBand(band);
        foreach (DrawnText line in _drawing.Bands.SelectMany(band => band.Heading))
            WriteText(line, line.Bold ? "b" : null);
        _markup.Raw("<g fill=\"none\" stroke-linejoin=\"round\">\n");
        int count = 0;
        foreach (DrawnEdge edge in _drawing.Edges)
        {
            if (++count % 4096 == 0)
                cancellation.ThrowIfCancellationRequested();
            WriteEdge(edge);
        }

        _markup.Raw("</g>\n");
        foreach (DrawnNode node in _drawing.Nodes)
        {
            if (++count % 4096 == 0)
                cancellation.ThrowIfCancellationRequested();
            WriteNode(node);
        }

        foreach (DrawnEdge edge in _drawing.Edges)
        {
            if (edge.Label is not null)
                WriteText(edge.Label, edge.Kind is EdgeKind.Kv or EdgeKind.Token ? "l kv" : "l");
        }

        WriteHeader();
        _markup.Raw("</svg>\n");
    }

    private void Open()
    {
        _markup.Raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"");
        _markup.Attribute("width", _drawing.Width);
        _markup.Attribute("height", _drawing.Height);
        _markup.Raw(" viewBox=\"0 0 ");
        _markup.Number(_drawing.Width);
        _markup.Raw(" ");
        _markup.Number(_drawing.Height);
        _markup.Raw("\" role=\"graphics-document document\" aria-labelledby=\"pd-title pd-desc\">\n<title id=\"pd-title\">");
        _markup.Text(_drawing.Title?.Text ?? _dag.Name);
        _markup.Raw("</title>\n<desc id=\"pd-desc\">");
        _markup.Text(Describe());
        _markup.Raw("</desc>\n<style>\n");
        _markup.Raw(SvgStyle.Sheet);
        _markup.Raw("</style>\n<defs>\n");
        foreach (string kind in EdgeClasses())
        {
            _markup.Raw(
                $"<marker id=\"pd-{kind}\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
                    + $"markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"h {kind}\" d=\"M0 0.8L8 4L0 7.2Z\"/></marker>\n");
        }

        _markup.Raw("</defs>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
    }

    private IEnumerable<string> EdgeClasses()
    {
        foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
        {
            if (_drawing.Edges.Any(edge => edge.Kind == kind))
                yield return kind.ToName();
        }

        if (_drawing.Marks.Count > 0)
            yield return "bad";
    }

    private string Describe()
    {
        string phases = _dag.Phases.Count == 0 ? "" : " " + string.Join(' ', _dag.Phases.Select(phase =>
            Words.Invariant($"{phase.Phase.ToTitle()}: {phase.Stages.Count} stages on GPUs {phase.Gpus}.")));
        string folds = _drawing.FoldedRuns.Count == 0 ? "" : $" Not drawn: {string.Join("; ", _drawing.FoldedRuns)}.";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"A directed graph of {_drawing.Nodes.Count} operators and {_drawing.Edges.Count} dependencies, time running "
                + $"downwards.{phases}{folds}");
    }

    private void WriteBand(DrawnBand band)
    {
        _markup.Raw("<rect class=\"");
        _markup.Raw(band.Kind switch { BandKind.Phase => "phase", BandKind.Stage => "stage", BandKind.Layer => "layer",
            BandKind.Fold => "fold", _ => "column" });
        if (band.Phase is PhaseId phase)
        {
            _markup.Raw(" ");
            _markup.Raw(phase.ToName());
        }

        if (band.Ordinal % 2 == 1)
            _markup.Raw(" odd");
        _markup.Raw("\"");
        _markup.Attribute("x", band.X);
        _markup.Attribute("y", band.Y);
        _markup.Attribute("width", band.Width);
        _markup.Attribute("height", band.Height);
        _markup.Raw(band.Kind is BandKind.Layer ? "/>\n" : " rx=\"6\"/>\n");
    }

    private void WriteText(DrawnText text, string? style)
    {
        _markup.Raw("<text");
        if (style is not null)
            _markup.Attribute("class", style);
        _markup.Attribute("x", text.X);
        _markup.Attribute("y", text.Y);
        if (style is null or "b")
            _markup.Attribute("font-size", text.Size);
        if (text.Anchor != TextAnchor.Start)
            _markup.Attribute("text-anchor", text.Anchor == TextAnchor.Middle ? "middle" : "end");
        _markup.Raw(">");
        _markup.Text(text.Text);
        _markup.Raw("</text>\n");
    }

    private void WriteEdge(DrawnEdge edge)
    {
        // A message is one line from its sender to its receiver, though its node stands between them.
        string kind = edge.Kind.ToName(), look = edge.Kind == EdgeKind.Data && _drawing.Dag.FactsOf(edge.Source).Role == OperatorRole.Send
            ? EdgeKind.Pipeline.ToName() : kind;
        _markup.Raw("<path class=\"e ");
        _markup.Raw(look);
        _markup.Raw(edge.Mark >= 0 ? " bad\" marker-end=\"url(#pd-bad)\" d=\"" : "\" marker-end=\"url(#pd-");
        if (edge.Mark < 0)
        {
            _markup.Raw(look);
            _markup.Raw(")\" d=\"");
        }

        WritePath(_drawing.PointsOf(edge));
        _markup.Raw("\" data-source=\"");
        WriteId(edge.Source);
        _markup.Raw("\" data-target=\"");
        WriteId(edge.Target);
        _markup.Raw("\" data-kind=\"");
        _markup.Raw(kind);
        _markup.Raw("\"/>\n");
    }

    // Corners are rounded, so that a line which turns can be told from two lines that cross.
    private void WritePath(ReadOnlySpan<double> points)
    {
        const double Radius = 5;
        _markup.Raw("M");
        Point(points[0], points[1]);
        for (int i = 2; i + 3 < points.Length; i += 2)
        {
            double x = points[i], y = points[i + 1];
            double before = Math.Abs(x - points[i - 2]) + Math.Abs(y - points[i - 1]);
            double after = Math.Abs(points[i + 2] - x) + Math.Abs(points[i + 3] - y);
            double radius = Math.Min(Radius, Math.Min(before, after) / 2);
            if (radius < 0.5)
            {
                Line(x, y);
                continue;
            }

            Line(x - (Math.Sign(x - points[i - 2]) * radius), y - (Math.Sign(y - points[i - 1]) * radius));
            _markup.Raw("Q");
            Point(x, y);
            _markup.Raw(" ");
            Point(x + (Math.Sign(points[i + 2] - x) * radius), y + (Math.Sign(points[i + 3] - y) * radius));
        }

        Line(points[^2], points[^1]);

        void Line(double x, double y)
        {
            _markup.Raw("L");
            Point(x, y);
        }

        void Point(double x, double y)
        {
            _markup.Number(x);
            _markup.Raw(" ");
            _markup.Number(y);
        }
    }

    private void WriteNode(DrawnNode drawn)
    {
        NodeFacts facts = _dag.FactsOf(drawn.Node);
        NodeScope scope = _dag.ScopeOf(drawn.Node);
        _markup.Raw("<g class=\"n ");
        _markup.Raw(facts.Kind.ToName());
        _markup.Raw(drawn.Mark >= 0 ? " bad\" role=\"graphics-symbol img\"" : "\" role=\"graphics-symbol img\"");
        _markup.Attribute("data-op", facts.Op);
        _markup.Raw(" data-id=\"");
        WriteId(drawn.Node);
        _markup.Raw("\"");
        _markup.Attribute("data-kind", facts.Kind.ToName());
        if (scope.Phase is PhaseId phase)
            _markup.Attribute("data-phase", phase.ToName());
        if (scope.Stage is int stage)
            _markup.Attribute("data-stage", stage);
        if (scope.Layer is int layer)
            _markup.Attribute("data-layer", layer);
        if (scope.Layers is not null)
            _markup.Attribute("data-layers", scope.Layers);
        if (scope.MicroBatch > 0)
            _markup.Attribute("data-micro-batch", scope.MicroBatch);
        if (_dag.GpusOf(drawn.Node) is GpuSet gpus)
            _markup.Attribute("data-gpus", gpus.ToString());
        if (drawn.Mark >= 0)
        {
            DrawingMark mark = _drawing.Marks[drawn.Mark];
            bool breaks = mark.Rule.Length > 0;
            _markup.Attribute(breaks ? "data-breaks" : "data-mark", breaks ? mark.Rule : mark.Title);
        }

        _markup.Raw("><title>");
        WriteTooltip(drawn, facts, scope);
        _markup.Raw("</title>");
        WriteOutline(drawn);
        WriteLabel(drawn);
        _markup.Raw("</g>\n");
    }

    private void WriteTooltip(DrawnNode drawn, NodeFacts facts, NodeScope scope)
    {
        _markup.Text(facts.Name);
        if (scope.Phase is PhaseId phase)
        {
            _markup.Raw("&#10;");
            _markup.Raw(phase.ToName());
            if (scope.Stage is not null)
                _markup.Raw(Words.Invariant($", stage {scope.Stage}"));
            if (scope.Layers is not null)
            {
                _markup.Raw(", layers ");
                _markup.Text(scope.Layers);
            }
            else if (scope.Layer is not null)
                _markup.Raw(Words.Invariant($", layer {scope.Layer}"));
        }

        if (_dag.GpusOf(drawn.Node) is GpuSet gpus)
            Field("GPUs", gpus.ToString());
        if (!facts.Input.IsEmpty)
            Field("INPUT DIMENSION", facts.Input.ToString());
        if (!facts.Output.IsEmpty)
            Field("OUTPUT DIMENSION", facts.Output.ToString());
        if (facts.Collective != CollectiveKind.None && facts.GroupSize > 0)
            Field(facts.Collective.ToTitle(), GroupText(facts));
        if (facts.Flops > 0)
            Field("FLOPs", facts.Flops.ToString("#,##0", CultureInfo.InvariantCulture));
        if (drawn.Mark >= 0)
            Field(_drawing.Marks[drawn.Mark].Label, _drawing.Marks[drawn.Mark].Title);

        void Field(string name, string value)
        {
            _markup.Raw("&#10;");
            _markup.Text(name);
            _markup.Raw(": ");
            _markup.Text(value);
        }
    }

    private static string GroupText(NodeFacts facts)
    {
        string groups = facts.Groups is long count and > 0
            ? Words.Invariant($"{count} group{(count == 1 ? "" : "s")} of {facts.GroupSize} GPUs")
            : Words.Invariant($"groups of {facts.GroupSize} GPUs");
        string size = facts.Bytes is long bytes ? Words.Invariant($", {bytes:N0} bytes each") : "";
        return Words.Invariant($"{groups}{size}, {facts.WireBytes:N0} bytes on the wire");
    }

    private void WriteOutline(DrawnNode node)
    {
        switch (node.Shape)
        {
            case NodeShape.Ellipse:
                _markup.Raw("<ellipse");
                _markup.Attribute("cx", node.X + (node.Width / 2));
                _markup.Attribute("cy", node.Y + (node.Height / 2));
                _markup.Attribute("rx", node.Width / 2);
                _markup.Attribute("ry", node.Height / 2);
                _markup.Raw("/>");
                break;
            case NodeShape.Parallelogram:
                _markup.Raw("<path d=\"M");
                _markup.Number(node.X + DrawnNode.Slant);
                _markup.Raw(" ");
                _markup.Number(node.Y);
                _markup.Raw("H");
                _markup.Number(node.X + node.Width);
                _markup.Raw("L");
                _markup.Number(node.X + node.Width - DrawnNode.Slant);
                _markup.Raw(" ");
                _markup.Number(node.Y + node.Height);
                _markup.Raw("H");
                _markup.Number(node.X);
                _markup.Raw("Z\"/>");
                break;
            default:
                _markup.Raw("<rect");
                _markup.Attribute("x", node.X);
                _markup.Attribute("y", node.Y);
                _markup.Attribute("width", node.Width);
                _markup.Attribute("height", node.Height);
                _markup.Raw(" rx=\"3\"/>");
                break;
        }
    }

    private void WriteLabel(DrawnNode node)
    {
        double x = node.X + (node.Width / 2), y = node.Y + ((node.Height - node.Label.Height) / 2);
        _markup.Raw("<text>");
        for (int i = 0; i < node.Label.Lines.Count; i++)
        {
            LabelLine line = node.Label.Lines[i];
            _markup.Raw(i == 0 ? "<tspan" : "\n<tspan"); // The line feed parts the lines for those who copy the text.
            if (line.Style != LineStyle.Detail)
                _markup.Attribute("class", line.Style == LineStyle.Name ? "t" : "m");
            _markup.Attribute("x", x);
            _markup.Attribute("y", y + (line.Height * 0.78));
            _markup.Raw(">");
            _markup.Text(line.Text);
            _markup.Raw("</tspan>");
            y += line.Height;
        }

        _markup.Raw("</text>");
    }

    private void WriteId(int node)
    {
        Span<char> id = stackalloc char[256];
        if (_dag.TryFormatId(node, id, out int length))
            _markup.Text(id[..length]);
        else
            _markup.Text(_dag.IdOf(node));
    }

    private void WriteHeader()
    {
        // Whoever sees the sheet from afar sees that the plan breaks a rule.
        if (_drawing.Marks.Any(mark => mark.Rule.Length > 0))
        {
            _markup.Raw("<rect class=\"broken\" x=\"3\" y=\"3\"");
            _markup.Attribute("width", _drawing.Width - 6);
            _markup.Attribute("height", _drawing.Height - 6);
            _markup.Raw("/>\n");
        }

        if (_drawing.Title is not null)
            WriteText(_drawing.Title, "b");
        foreach (LegendEntry entry in _drawing.Legend)
        {
            WriteSample(entry);
            WriteText(entry.Text, null);
        }
    }

    // Drawn at scale 1 from 0, 0 and then placed, so that strokes grow with the text.
    private void WriteSample(LegendEntry entry)
    {
        const double Width = 26, Height = 14;
        double scale = _drawing.HeadingScale;
        _markup.Raw("<g aria-hidden=\"true\" transform=\"translate(");
        _markup.Number(entry.Text.X - (Legend.SampleWidth * scale));
        _markup.Raw(" ");
        _markup.Number(entry.Text.Y - (11 * scale));
        _markup.Raw(") scale(");
        _markup.Number(scale);
        _markup.Raw(")\"><g class=\"n ");
        switch (entry.Sample)
        {
            case LegendSample.Node:
                _markup.Raw(entry.Node.ToName());
                _markup.Raw("\">");
                WriteOutline(new DrawnNode(-1, entry.Node.ToShape(), 0, 0, Width, Height, null!, -1));
                break;
            case LegendSample.Fold:
                _markup.Raw("\"><rect class=\"fold\" width=\"26\" height=\"14\"/>");
                break;
            default:
                string kind = entry.Sample == LegendSample.Mark ? "bad" : entry.Edge.ToName();
                _markup.Raw($"\"><path class=\"e {kind}\" marker-end=\"url(#pd-{kind})\" d=\"M0 7H26\"/>");
                break;
        }

        _markup.Raw("</g></g>\n");
    }
}
