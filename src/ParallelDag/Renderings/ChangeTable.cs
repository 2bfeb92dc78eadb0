using ParallelDag.Comparisons;
using ParallelDag.Writers;

namespace ParallelDag.Renderings;

/// <summary>What differs between two plans, as tables of a page.</summary>
internal static class ChangeTable
{
    public static PagePicture Of(DagComparison comparison)
    {
        using var stream = new MemoryStream();
        var sink = new Utf8Sink(stream);
        var markup = new MarkupWriter(sink);
        Paragraph(comparison.Summary);
        if (comparison.Advice.Length > 0)
            Paragraph(comparison.Advice);
        foreach (DifferenceAspect aspect in AspectTitles.ReadingOrder)
        {
            DagDifference[] rows = [.. comparison.Of(aspect)];
            if (rows.Length == 0)
                continue;
            markup.Raw("<table><caption>");
            markup.Text(AspectTitles.Of(aspect));
            markup.Raw("</caption><thead><tr><th scope=\"col\">what</th><th scope=\"col\">");
            markup.Text(comparison.ReferenceName);
            markup.Raw("</th><th scope=\"col\">");
            markup.Text(comparison.DifferenceName);
            markup.Raw("</th><th scope=\"col\">change</th></tr></thead><tbody>\n");
            foreach (DagDifference row in rows)
                Row(row);
            markup.Raw("</tbody></table>\n");
        }

        sink.Flush();
        return new PagePicture("changes", "Changes", System.Text.Encoding.UTF8.GetString(stream.ToArray()));

        void Paragraph(string text)
        {
            markup.Raw("<p>");
            markup.Text(text);
            markup.Raw("</p>\n");
        }

        void Row(DagDifference row)
        {
            string effect = row.Effect switch { DifferenceEffect.Better => "better", DifferenceEffect.Worse => "worse", _ => "" };
            markup.Raw("<tr><th scope=\"row\">");
            markup.Text(row.Place);
            markup.Raw("</th><td>");
            markup.Text(row.Reference ?? "\u2013");
            markup.Raw("</td><td>");
            markup.Text(row.Difference ?? "\u2013");
            markup.Raw(effect == "worse" ? "</td><td class=\"bad\">" : effect == "better" ? "</td><td class=\"good\">" : "</td><td>");
            markup.Text($"{row.ChangeText} {effect}".Trim());
            markup.Raw("</td></tr>\n");
        }
    }
}
