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
    private readonly SvgShapes _shapes;

    private SvgWriter(Drawing drawing, MarkupWriter markup)
    {
        _drawing = drawing;
        _dag = drawing.Dag;
        _markup = markup;
        _shapes = new SvgShapes(markup);
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
            _shapes.Text(line, line.Bold ? "b" : null);
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
                _shapes.Text(edge.Label, edge.Kind is EdgeKind.Kv or EdgeKind.Token ? "l kv" : "l");
        }

        new SvgHeader(_drawing, _markup, _shapes).Write();
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
            _markup.Raw(phase.Kind.ToName()); // A set of instances has the ground of its phase.
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

        _shapes.Path(_drawing.PointsOf(edge));
        _markup.Raw("\" data-source=\"");
        WriteId(edge.Source);
        _markup.Raw("\" data-target=\"");
        WriteId(edge.Target);
        _markup.Raw("\" data-kind=\"");
        _markup.Raw(kind);
        _markup.Raw("\"/>\n");
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
        SvgTooltip.Write(_markup, _dag, drawn, drawn.Mark >= 0 ? _drawing.Marks[drawn.Mark] : null);
        _markup.Raw("</title>");
        _shapes.Outline(drawn);
        WriteLabel(drawn);
        _markup.Raw("</g>\n");
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
}
