using System.Text;
using ParallelDag.Looks;

namespace ParallelDag.Pictures.Canvas;

/// <summary>The style sheet of sheets: the colours that are used, light, then dark by media query.</summary>
internal static class SheetStyle
{
    /// <summary>The style of one sheet or of several.</summary>
    public static string Of(params IReadOnlyList<Sheet> sheets)
    {
        Ink[] fills = [.. Distinct(sheets, Fills).Append(Ink.Ground).Distinct().OrderBy(ink => ink.Name, StringComparer.Ordinal)];
        Ink[] lines = [.. Distinct(sheets, Lines).OrderBy(ink => ink.Name, StringComparer.Ordinal)];
        var style = new StringBuilder($"text{{font-family:{Theme.FontFamilies}}}\n.none{{fill:none}}\n");
        Colours(style, fills, lines, shade => shade.Light);
        style.Append("@media (prefers-color-scheme:dark){\n");
        Colours(style, fills, lines, shade => shade.Dark);
        return style.Append("}\n").ToString();
    }

    private static IEnumerable<Ink> Distinct(IReadOnlyList<Sheet> sheets, Func<Mark, IEnumerable<Ink?>> of) =>
        sheets.SelectMany(sheet => sheet.Marks).SelectMany(of).OfType<Ink>().Distinct();

    private static IEnumerable<Ink?> Fills(Mark mark) => mark switch
    {
        RectMark rect => rect.Hatched ? [] : [rect.Fill],
        ShapeMark shape => [shape.Fill],
        LineMark { Arrow: true } line => [line.Line],
        TextMark text => [text.Look.Ink],
        _ => [],
    };

    private static IEnumerable<Ink?> Lines(Mark mark) => mark switch
    {
        RectMark rect => rect.Hatched ? [rect.Line, rect.Fill] : [rect.Line],
        ShapeMark shape => [shape.Line],
        LineMark line => [line.Line],
        _ => [],
    };

    private static void Colours(StringBuilder style, Ink[] fills, Ink[] lines, Func<Shade, string> of)
    {
        foreach (Ink ink in fills)
            style.Append($".f-{ink.Name}{{fill:{of(ink.Shade)}}}\n");
        foreach (Ink ink in lines)
            style.Append($".s-{ink.Name}{{stroke:{of(ink.Shade)}}}\n");
    }
}
