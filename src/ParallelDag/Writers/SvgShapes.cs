using ParallelDag.Layouts;
using ParallelDag.Looks;

namespace ParallelDag.Writers;

/// <summary>Texts, lines and outlines as SVG.</summary>
internal sealed class SvgShapes(MarkupWriter markup)
{
    /// <summary>A line of text in a style of the sheet; null for plain text of its own size.</summary>
    public void Text(DrawnText text, string? style)
    {
        markup.Raw("<text");
        if (style is not null)
            markup.Attribute("class", style);
        markup.Attribute("x", text.X);
        markup.Attribute("y", text.Y);
        if (style is null or "b")
            markup.Attribute("font-size", text.Size);
        if (text.Anchor != TextAnchor.Start)
            markup.Attribute("text-anchor", text.Anchor == TextAnchor.Middle ? "middle" : "end");
        markup.Raw(">");
        markup.Text(text.Text);
        markup.Raw("</text>\n");
    }

    /// <summary>The path data through points. Corners are rounded, so that a line which turns can be told from two that cross.</summary>
    public void Path(ReadOnlySpan<double> points)
    {
        const double Radius = 5;
        markup.Raw("M");
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
            markup.Raw("Q");
            Point(x, y);
            markup.Raw(" ");
            Point(x + (Math.Sign(points[i + 2] - x) * radius), y + (Math.Sign(points[i + 3] - y) * radius));
        }

        Line(points[^2], points[^1]);

        void Line(double x, double y)
        {
            markup.Raw("L");
            Point(x, y);
        }

        void Point(double x, double y)
        {
            markup.Number(x);
            markup.Raw(" ");
            markup.Number(y);
        }
    }

    /// <summary>The outline of a node.</summary>
    public void Outline(DrawnNode node)
    {
        switch (node.Shape)
        {
            case NodeShape.Ellipse:
                markup.Raw("<ellipse");
                markup.Attribute("cx", node.X + (node.Width / 2));
                markup.Attribute("cy", node.Y + (node.Height / 2));
                markup.Attribute("rx", node.Width / 2);
                markup.Attribute("ry", node.Height / 2);
                markup.Raw("/>");
                break;
            case NodeShape.Parallelogram:
                markup.Raw("<path d=\"M");
                markup.Number(node.X + DrawnNode.Slant);
                markup.Raw(" ");
                markup.Number(node.Y);
                markup.Raw("H");
                markup.Number(node.X + node.Width);
                markup.Raw("L");
                markup.Number(node.X + node.Width - DrawnNode.Slant);
                markup.Raw(" ");
                markup.Number(node.Y + node.Height);
                markup.Raw("H");
                markup.Number(node.X);
                markup.Raw("Z\"/>");
                break;
            default:
                markup.Raw("<rect");
                markup.Attribute("x", node.X);
                markup.Attribute("y", node.Y);
                markup.Attribute("width", node.Width);
                markup.Attribute("height", node.Height);
                markup.Raw(" rx=\"3\"/>");
                break;
        }
    }
}
