using System.Text;
using ParallelDag.Layouts;
using ParallelDag.Looks;
using ParallelDag.Writers;

namespace ParallelDag.Pictures.Canvas;

/// <summary>
/// Writes a sheet as SVG 1.1: one file without scripts and without references to other files, in light and in dark. Colours are classes
/// (<c>f-</c> fills, <c>s-</c> lines), so that a page that holds several sheets holds one style.
/// </summary>
internal sealed class SheetWriter
{
    private readonly Sheet _sheet;
    private readonly MarkupWriter _markup;

    private SheetWriter(Sheet sheet, MarkupWriter markup)
    {
        _sheet = sheet;
        _markup = markup;
    }

    /// <summary>Writes a file.</summary>
    public static void Write(Sheet sheet, Stream output)
    {
        var sink = new Utf8Sink(output);
        var writer = new SheetWriter(sheet, new MarkupWriter(sink));
        sink.Text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        writer.WriteElement("pd", SheetStyle.Of(sheet));
        sink.Flush();
    }

    /// <summary>Writes the element alone, for a page.</summary>
    /// <param name="sheet">The sheet.</param>
    /// <param name="id">What ids in it begin with.</param>
    /// <param name="output">Where to.</param>
    public static void WriteElement(Sheet sheet, string id, Stream output)
    {
        var sink = new Utf8Sink(output);
        new SheetWriter(sheet, new MarkupWriter(sink)).WriteElement(id, SheetStyle.Of(sheet));
        sink.Flush();
    }

    private void WriteElement(string id, string style)
    {
        _markup.Raw($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1600\" height=\"1000\" viewBox=\"0 0 1600 1000\" "
            + $"role=\"graphics-document document\" aria-labelledby=\"{id}-title {id}-desc\">\n<title id=\"{id}-title\">");
        _markup.Text(_sheet.Title);
        _markup.Raw($"</title>\n<desc id=\"{id}-desc\">");
        _markup.Text(_sheet.Description);
        _markup.Raw("</desc>\n");
        _markup.Raw("<style>\n");
        _markup.Raw(style);
        _markup.Raw("</style>\n");
        WriteDefinitions(id);
        _markup.Raw("<rect class=\"f-ground\" width=\"1600\" height=\"1000\"/>\n");
        foreach (Mark mark in _sheet.Marks)
            Write(mark, id);
        _markup.Raw("</svg>\n");
    }

    private void WriteDefinitions(string id)
    {
        string[] hatches = [.. _sheet.Marks.OfType<RectMark>().Where(rect => rect.Hatched).Select(rect => rect.Fill!.Name).Distinct()];
        string[] heads = [.. _sheet.Marks.OfType<LineMark>().Where(line => line.Arrow).Select(line => line.Line.Name).Distinct()];
        if (hatches.Length + heads.Length == 0)
            return;
        _markup.Raw("<defs>\n");
        foreach (string ink in hatches)
            _markup.Raw($"<pattern id=\"{id}-hatch-{ink}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
                + $"patternTransform=\"rotate(45)\"><path class=\"s-{ink}\" stroke-width=\"2.4\" d=\"M0 0V6\"/></pattern>\n");
        foreach (string ink in heads)
            _markup.Raw($"<marker id=\"{id}-head-{ink}\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"9\" "
                + $"markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"f-{ink}\" d=\"M0 0.6L8 4L0 "
                + $"7.4Z\"/></marker>\n");
        _markup.Raw("</defs>\n");
    }

    private void Write(Mark mark, string id)
    {
        switch (mark)
        {
            case GroupStart group:
                _markup.Raw("<g role=\"graphics-symbol img\"");
                foreach ((string name, string value) in group.Keys)
                    _markup.Attribute("data-" + name, value);
                _markup.Raw("><title>");
                _markup.Text(group.Title);
                _markup.Raw("</title>\n");
                break;
            case GroupEnd:
                _markup.Raw("</g>\n");
                break;
            case RectMark rect:
                Write(rect, id);
                break;
            case ShapeMark shape:
                Write(shape);
                break;
            case LineMark line:
                Write(line, id);
                break;
            case TextMark text:
                Write(text);
                break;
        }
    }

    private void Write(RectMark rect, string id)
    {
        _markup.Raw("<rect");
        string fill = rect.Fill is null ? "none" : rect.Hatched ? "" : "f-" + rect.Fill.Name;
        string style = rect.Line is null ? fill : $"{fill} s-{rect.Line.Name}".TrimStart();
        if (style.Length > 0)
            _markup.Attribute("class", style);
        _markup.Attribute("x", rect.Box.X);
        _markup.Attribute("y", rect.Box.Y);
        _markup.Attribute("width", rect.Box.Width);
        _markup.Attribute("height", rect.Box.Height);
        if (rect.Radius > 0)
            _markup.Attribute("rx", rect.Radius);
        if (rect.Line is not null && rect.LineWidth != 1)
            _markup.Attribute("stroke-width", rect.LineWidth);
        if (rect.Dashed)
            _markup.Attribute("stroke-dasharray", "4 3");
        if (rect.Sharp)
            _markup.Raw(" shape-rendering=\"crispEdges\"");
        if (rect.Hatched)
            _markup.Raw($" fill=\"url(#{id}-hatch-{rect.Fill!.Name})\"");
        if (rect.Opacity < 1)
            _markup.Raw(Wording.Words.Invariant($" fill-opacity=\"{rect.Opacity:0.###}\""));
        _markup.Raw("/>\n");
    }

    private void Write(ShapeMark shape)
    {
        Box box = shape.Box;
        string style = $"f-{shape.Fill.Name} s-{shape.Line.Name}";
        if (shape.Ellipse)
        {
            _markup.Raw("<ellipse");
            _markup.Attribute("class", style);
            _markup.Attribute("cx", box.X + (box.Width / 2));
            _markup.Attribute("cy", box.Y + (box.Height / 2));
            _markup.Attribute("rx", box.Width / 2);
            _markup.Attribute("ry", box.Height / 2);
        }
        else
        {
            _markup.Raw("<path");
            _markup.Attribute("class", style);
            string top = Wording.Words.Invariant($"M{box.X + DrawnNode.Slant:0.#} {box.Y:0.#}H{box.Right:0.#}");
            string bottom = Wording.Words.Invariant($"L{box.Right - DrawnNode.Slant:0.#} {box.Bottom:0.#}H{box.X:0.#}Z");
            _markup.Attribute("d", top + bottom);
        }

        _markup.Attribute("stroke-width", shape.LineWidth);
        _markup.Raw("/>\n");
    }

    private void Write(LineMark line, string id)
    {
        _markup.Raw("<path");
        _markup.Attribute("class", $"none s-{line.Line.Name}");
        _markup.Attribute("stroke-width", line.Width);
        if (line.Dashes.Length > 0)
            _markup.Attribute("stroke-dasharray", line.Dashes);
        if (line.Arrow)
            _markup.Raw($" marker-end=\"url(#{id}-head-{line.Line.Name})\"");
        _markup.Raw(" d=\"");
        for (int i = 0; i < line.Points.Length; i += 2)
        {
            _markup.Raw(i == 0 ? "M" : "L");
            _markup.Number(line.Points[i]);
            _markup.Raw(" ");
            _markup.Number(line.Points[i + 1]);
        }

        _markup.Raw("\"/>\n");
    }

    private void Write(TextMark text)
    {
        if (text.Text.Length == 0)
            return;
        _markup.Raw("<text");
        _markup.Attribute("class", $"f-{text.Look.Ink.Name}");
        _markup.Attribute("x", text.X);
        _markup.Attribute("y", text.Y);
        _markup.Attribute("font-size", text.Look.Size);
        if (text.Look.Bold)
            _markup.Attribute("font-weight", "bold");
        if (text.Look.Anchor != TextAnchor.Start)
            _markup.Attribute("text-anchor", text.Look.Anchor == TextAnchor.Middle ? "middle" : "end");
        _markup.Raw(">");
        _markup.Text(text.Text);
        _markup.Raw("</text>\n");
    }
}
