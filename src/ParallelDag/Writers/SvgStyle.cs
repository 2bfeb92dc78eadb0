using System.Text;
using ParallelDag.Looks;

namespace ParallelDag.Writers;

/// <summary>The style sheet of an SVG picture, made of the <see cref="Theme"/>.</summary>
internal static class SvgStyle
{
    /// <summary>The light colours with all that does not depend on them, then the dark ones by media query.</summary>
    public static string Sheet { get; } = Make();

    private static string Make()
    {
        var sheet = new StringBuilder();
        sheet.Append($$"""
            text{font-family:{{Theme.FontFamilies}}}
            .n text{text-anchor:middle;font-size:11px}
            .n .t,.b{font-weight:bold}
            .phase{stroke-width:2}
            .stage,.fold{stroke-width:1.5}
            .fold{stroke-dasharray:2 3}
            .n rect,.n ellipse,.n path{stroke-width:1.3}
            .input rect,.output rect{stroke-width:2.2}
            .output rect{stroke-dasharray:9 2}
            .e,.broken{fill:none}
            .broken{stroke-width:6}

            """.ReplaceLineEndings("\n"));
        foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
        {
            string dashes = Theme.DashesOf(kind).IsEmpty ? "" : $";stroke-dasharray:{string.Join(' ', Theme.DashesOf(kind).ToArray())}";
            sheet.Append(Wording.Words.Invariant($".e{ClassOf(kind)}{{stroke-width:{Theme.WidthOf(kind)}{dashes}}}\n"));
        }

        sheet.Append("""
            .l{font-size:11px;paint-order:stroke;stroke-width:3px;stroke-linejoin:round}
            .n.bad rect,.n.bad ellipse,.n.bad path{stroke-width:3.5;stroke-dasharray:none}
            .n .m{font-weight:bold}
            .e.bad{stroke-width:3.2}

            """.ReplaceLineEndings("\n"));
        Colours(sheet, shade => shade.Light);
        sheet.Append("@media (prefers-color-scheme:dark){\n");
        Colours(sheet, shade => shade.Dark);
        return sheet.Append("}\n").ToString();
    }

    private static void Colours(StringBuilder sheet, Func<Shade, string> of)
    {
        sheet.Append($$"""
            text{fill:{{of(Theme.Text)}}}
            .ground{fill:{{of(Theme.Ground)}}}
            .phase{fill:{{of(Theme.Prefill)}};stroke:{{of(Theme.Frame)}}}
            .decode.phase{fill:{{of(Theme.Decode)}}}
            .column{fill:none;stroke:{{of(Theme.Frame)}}}
            .stage,.fold{fill:{{of(Theme.Ground)}};stroke:{{of(Theme.Frame)}}}
            .layer{fill:{{of(Theme.Layer)}}}
            .odd.layer{fill:{{of(Theme.OddLayer)}}}
            .n .m{fill:{{of(Theme.BadText)}}}

            """.ReplaceLineEndings("\n"));
        foreach (NodeKind kind in Enum.GetValues<NodeKind>())
        {
            string outline = kind.ToShape() switch { NodeShape.Ellipse => "ellipse", NodeShape.Parallelogram => "path", _ => "rect" };
            (Shade fill, Shade line) = Theme.Of(kind);
            sheet.Append($".{kind.ToName()} {outline}{{fill:{of(fill)};stroke:{of(line)}}}\n");
        }

        foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
            sheet.Append($".e{ClassOf(kind)}{{stroke:{of(Theme.Of(kind))}}}\n.h{ClassOf(kind)}{{fill:{of(Theme.Of(kind))}}}\n");
        sheet.Append($$"""
            .l{fill:{{of(Theme.LabelOf(EdgeKind.Pipeline))}};stroke:{{of(Theme.Ground)}}}
            .l.kv{fill:{{of(Theme.LabelOf(EdgeKind.Kv))}}}
            .broken{stroke:{{of(Theme.Bad)}}}
            .n.bad rect,.n.bad ellipse,.n.bad path{fill:{{of(Theme.BadGround)}};stroke:{{of(Theme.Bad)}}}
            .e.bad{stroke:{{of(Theme.Bad)}}}
            .h.bad{fill:{{of(Theme.Bad)}}}

            """.ReplaceLineEndings("\n"));
    }

    /// <summary>The class that a kind adds; data edges are the ones without.</summary>
    private static string ClassOf(EdgeKind kind) => kind == EdgeKind.Data ? "" : "." + kind.ToName();
}
