using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Looks;

namespace ParallelDag.Writers;

/// <summary>The top of a picture: its title, its legend, and a red frame around everything where the plan breaks a rule.</summary>
internal sealed class SvgHeader(Drawing drawing, MarkupWriter markup, SvgShapes shapes)
{
    /// <summary>Writes it.</summary>
    public void Write()
    {
        // Whoever sees the sheet from afar sees that the plan breaks a rule.
        if (drawing.Marks.Any(mark => mark.Rule.Length > 0))
        {
            markup.Raw("<rect class=\"broken\" x=\"3\" y=\"3\"");
            markup.Attribute("width", drawing.Width - 6);
            markup.Attribute("height", drawing.Height - 6);
            markup.Raw("/>\n");
        }

        if (drawing.Title is not null)
            shapes.Text(drawing.Title, "b");
        foreach (LegendEntry entry in drawing.Legend)
        {
            WriteSample(entry);
            shapes.Text(entry.Text, null);
        }
    }

    // Drawn at scale 1 from 0, 0 and then placed, so that strokes grow with the text.
    private void WriteSample(LegendEntry entry)
    {
        const double Width = 26, Height = 14;
        double scale = drawing.HeadingScale;
        markup.Raw("<g aria-hidden=\"true\" transform=\"translate(");
        markup.Number(entry.Text.X - (Legend.SampleWidth * scale));
        markup.Raw(" ");
        markup.Number(entry.Text.Y - (11 * scale));
        markup.Raw(") scale(");
        markup.Number(scale);
        markup.Raw(")\"><g class=\"n ");
        switch (entry.Sample)
        {
            case LegendSample.Node:
                markup.Raw(entry.Node.ToName());
                markup.Raw("\">");
                shapes.Outline(new DrawnNode(-1, entry.Node.ToShape(), 0, 0, Width, Height, null!, -1));
                break;
            case LegendSample.Fold:
                markup.Raw("\"><rect class=\"fold\" width=\"26\" height=\"14\"/>");
                break;
            default:
                string kind = entry.Sample == LegendSample.Mark ? "bad" : entry.Edge.ToName();
                markup.Raw($"\"><path class=\"e {kind}\" marker-end=\"url(#pd-{kind})\" d=\"M0 7H26\"/>");
                break;
        }

        markup.Raw("</g></g>\n");
    }
}
