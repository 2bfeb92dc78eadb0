using System.Text;
using ParallelDag.Readers;
using ParallelDag.Writers;

namespace ParallelDag.Exports;

/// <summary>The formats that the core writes. To add one, add a row; nothing else names them.</summary>
public static class GraphFormats
{
    /// <summary>Graphviz.</summary>
    public static GraphFormat Dot { get; } = new("dot", ".dot", "text/vnd.graphviz", "a DOT file", (dag, output, _, cancellation) =>
    {
        output.Write(stream => DotWriter.Write(dag, stream, cancellation));
        return [];
    })
    {
        FileKind = GraphFileKind.Dot,
        Text = DotWriter.ToText,
    };

    /// <summary>A picture.</summary>
    public static GraphFormat Svg { get; } = new("svg", ".svg", "image/svg+xml", "an SVG picture", (dag, output, drawing, cancellation) =>
    {
        Layouts.Drawing arranged = Layouts.DagLayout.Arrange(dag, drawing, cancellation);
        output.Write(stream => SvgWriter.Write(arranged, stream, cancellation));
        return arranged.FoldedRuns;
    })
    {
        IsPicture = true,
    };

    /// <summary>The graph for programs (docs/graph.schema.json).</summary>
    public static GraphFormat Json { get; } = new("json", ".json", "application/json", "a JSON file", (dag, output, _, cancellation) =>
    {
        output.Write(stream => JsonWriter.Write(dag, stream, cancellation));
        return [];
    })
    {
        FileKind = GraphFileKind.Json,
    };

    /// <summary>A page that works offline.</summary>
    public static GraphFormat Html { get; } =
        new("html", ".html", "text/html", "an interactive page", (dag, output, drawing, cancellation) =>
    {
        Layouts.Drawing? arranged = null;
        output.Write(stream => arranged = HtmlWriter.Write(dag, stream, drawing, cancellation));
        return arranged!.FoldedRuns;
    })
    {
        IsPicture = true,
    };

    /// <summary>Text for documents that draw such text themselves.</summary>
    public static GraphFormat Mermaid { get; } = new("mermaid", ".mmd", "text/vnd.mermaid", "a Mermaid chart", (dag, output, _, _) =>
    {
        byte[] text = Encoding.UTF8.GetBytes(MermaidWriter.ToText(dag));
        output.Write(stream => stream.Write(text));
        return [];
    })
    {
        DefaultDetail = DetailLevel.Overview,
    };

    /// <summary>Every format.</summary>
    public static IReadOnlyList<GraphFormat> All { get; } = [Dot, Svg, Json, Html, Mermaid];

    /// <summary>The format of that name, without regard to case; null when there is none.</summary>
    public static GraphFormat? Find(string name) =>
        All.FirstOrDefault(format => format.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
