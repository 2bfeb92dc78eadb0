using System.Text;
using System.Text.Json;
using ParallelDag.Looks;

namespace ParallelDag.Writers;

/// <summary>
/// What the page draws with: the <see cref="Theme"/> as variables of its style sheet, shapes and words as JSON for its scripts.
/// </summary>
internal static class HtmlLooks
{
    /// <summary>The variables, light ones first.</summary>
    public static string Variables()
    {
        var sheet = new StringBuilder(":root {\n  color-scheme: light dark;\n");
        Append(sheet, shade => shade.Light);
        sheet.Append("}\n@media (prefers-color-scheme: dark) {\n:root {\n");
        Append(sheet, shade => shade.Dark);
        return sheet.Append("}\n}").ToString();
    }

    /// <summary>Shapes, dashes, widths and words of the kinds, and the fonts.</summary>
    public static void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("family", Theme.FontFamilies);
        json.WriteStartObject("shapes");
        foreach (NodeKind kind in Enum.GetValues<NodeKind>())
            json.WriteString(kind.ToName(), kind.ToShape().ToName());
        json.WriteEndObject();
        json.WriteStartObject("dashes");
        foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
        {
            json.WriteStartArray(kind.ToName());
            foreach (int length in Theme.DashesOf(kind))
                json.WriteNumberValue(length);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteStartObject("widths");
        foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
            json.WriteNumber(kind.ToName(), Theme.WidthOf(kind));
        json.WriteEndObject();
        json.WriteStartObject("words");
        foreach (NodeKind kind in Enum.GetValues<NodeKind>())
            json.WriteString(kind.ToName(), kind.ToLegend());
        foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
            json.WriteString(kind.ToName(), kind.ToLegend());
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Append(StringBuilder sheet, Func<Shade, string> of)
    {
        Variable("text", Theme.Text);
        Variable("ground", Theme.Ground);
        Variable("muted", Theme.Muted);
        Variable("line", Theme.Frame);
        Variable("accent", Theme.Accent);
        Variable("phase", Theme.Prefill);
        Variable("decode", Theme.Decode);
        Variable("stage", Theme.Ground);
        Variable("layer", Theme.Layer);
        Variable("layer-odd", Theme.OddLayer);
        Variable("good", Theme.Good);
        Variable("bad", Theme.Bad);
        Variable("bad-ground", Theme.BadGround);
        Variable("bad-text", Theme.BadText);
        Variable("up", Theme.Accent);
        Variable("down", Theme.Good);
        Variable("found", Theme.Found);
        foreach (NodeKind kind in Enum.GetValues<NodeKind>())
        {
            Variable(kind.ToName(), Theme.Of(kind).Fill);
            Variable(kind.ToName() + "-line", Theme.Of(kind).Line);
        }

        foreach (EdgeKind kind in Enum.GetValues<EdgeKind>())
            Variable(kind.ToName(), Theme.Of(kind));

        void Variable(string name, Shade shade) => sheet.Append($"  --{name}: {of(shade)};\n");
    }
}
