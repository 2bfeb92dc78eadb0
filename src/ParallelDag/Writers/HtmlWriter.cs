using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Looks;

namespace ParallelDag.Writers;

/// <summary>
/// Writes a DAG as one HTML page that works offline: the pictures of its plan and the graph as tabs over one selection, pan and zoom,
/// search, filters, facts, links to nodes (<c>#id</c>). The layout is the SVG's; the page draws on a canvas what is in view. Pan and zoom
/// are d3-zoom's and the spatial index is flatbush's, both inlined with their licences. A content security policy forbids the page any
/// request.
/// </summary>
public static class HtmlWriter
{
    private static readonly string[] Libraries =
    [
        "d3-color", "d3-dispatch", "d3-ease", "d3-timer", "d3-interpolate", "d3-selection", "d3-drag", "d3-transition", "d3-zoom",
    ];

    private static readonly string[] Scripts =
        ["sets", "graph", "looks", "find", "blocks", "draw", "tiles", "headings", "view", "sheets", "tabs", "details", "page"];

    // Each stands in the page and, as its hash, in the security policy.
    private static readonly Lazy<string> LibraryScript = new(() =>
        $"\n{string.Concat(Libraries.Select(library => Resource($"Libraries.{library}.min.js")))}{Resource("Libraries.flatbush.js")}\n");

    private static readonly Lazy<string> PageScript = new(() =>
        $"\n(() => {{\n\"use strict\";\n{string.Concat(Scripts.Select(script => Resource($"{script}.js")))}\n}})();\n");

    /// <summary>Lays <paramref name="dag"/> out and writes the page.</summary>
    /// <returns>The drawing that was written, which tells what was folded.</returns>
    /// <param name="dag">The DAG.</param>
    /// <param name="output">Where to.</param>
    /// <param name="options">What is drawn of it.</param>
    /// <param name="content">What is told of its plan; null without one.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static Drawing Write(
        Dag dag,
        Stream output,
        DrawingOptions? options = null,
        PageContent? content = null,
        CancellationToken cancellation = default)
    {
        content ??= new PageContent();
        options ??= new DrawingOptions();
        Drawing[] drawings = content.Beside is PagePartner partner
            ? Pair((dag, options), (partner.Dag, options with { Marks = partner.Marks }), cancellation)
            : [Arrange(dag, options, cancellation)];
        var sink = new Utf8Sink(output);
        var page = new HtmlPanels(content, drawings, new MarkupWriter(sink));
        string frame = Resource("page.html");
        for (int start = 0; start < frame.Length;)
        {
            int open = frame.IndexOf("{{", start, StringComparison.Ordinal);
            if (open < 0)
            {
                page.Markup.Raw(frame.AsSpan(start));
                break;
            }

            int close = frame.IndexOf("}}", open, StringComparison.Ordinal);
            page.Markup.Raw(frame.AsSpan(start, open - start));
            WritePart(frame[(open + 2)..close], page, sink, output, cancellation);
            start = close + 2;
        }

        sink.Flush();
        return drawings[0];
    }

    /// <summary>The page as one string.</summary>
    public static string ToText(Dag dag, DrawingOptions? options = null, PageContent? content = null)
    {
        using var stream = new MemoryStream();
        Write(dag, stream, options, content);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static Drawing Arrange(Dag dag, DrawingOptions options, CancellationToken cancellation,
        int foldsAbove = DrawingOptions.BrowsableNodes) =>
        DagLayout.Arrange(dag, options with { FoldsAbove = foldsAbove }, cancellation);

    /// <summary>Two graphs to be looked at side by side: where one is folded because of its size, the other is too.</summary>
    private static Drawing[] Pair((Dag Dag, DrawingOptions Options) one, (Dag Dag, DrawingOptions Options) other,
        CancellationToken cancellation)
    {
        Drawing[] drawings = [Arrange(one.Dag, one.Options, cancellation), Arrange(other.Dag, other.Options, cancellation)];
        (bool first, bool second) = (drawings[0].FoldedRuns.Count > 0, drawings[1].FoldedRuns.Count > 0);
        if (second && !first)
            drawings[0] = Arrange(one.Dag, one.Options, cancellation, DrawingOptions.ReadableNodes);
        else if (first && !second)
            drawings[1] = Arrange(other.Dag, other.Options, cancellation, DrawingOptions.ReadableNodes);
        return drawings;
    }

    private static void WritePart(string part, HtmlPanels page, Utf8Sink sink, Stream output, CancellationToken cancellation)
    {
        switch (part)
        {
            case "title":
                page.Markup.Text(page.Title);
                break;
            case "style":
                page.Markup.Raw(Resource("page.css")
                    .Replace("{{variables}}", HtmlLooks.Variables(), StringComparison.Ordinal)
                    .Replace("{{fonts}}", Theme.FontFamilies, StringComparison.Ordinal));
                break;
            case "verdicts":
                page.WriteVerdicts();
                break;
            case "failures":
                page.WriteFailures();
                break;
            case "pictures":
                page.WritePictures();
                break;
            case "canvases":
                page.WriteCanvases();
                break;
            case "looks":
                Write(HtmlLooks.Write);
                break;
            case "plans":
                Write(page.WritePlans);
                break;
            case "licences":
                page.Markup.Text(Resource("Libraries.LICENSES.txt"));
                break;
            case "libraries":
                page.Markup.Raw(LibraryScript.Value);
                break;
            case "script":
                page.Markup.Raw(PageScript.Value);
                break;
            case "hashes":
                page.Markup.Raw($"{HashOf(LibraryScript.Value)} {HashOf(PageScript.Value)}");
                break;
            default:
                WriteGraphs(page, sink, output, cancellation);
                break;
        }

        void Write(Action<Utf8JsonWriter> write)
        {
            sink.Flush();
            using var json = new Utf8JsonWriter(output);
            write(json);
        }
    }

    private static void WriteGraphs(HtmlPanels page, Utf8Sink sink, Stream output, CancellationToken cancellation)
    {
        for (int plan = 0; plan < page.Drawings.Count; plan++)
        {
            page.Markup.Raw($"<script id=\"graph{HtmlPanels.Suffix(plan)}\" class=\"graph\" type=\"application/json\">");
            sink.Flush();
            HtmlGraph.Write(page.Drawings[plan], output, cancellation);
            page.Markup.Raw("</script>\n");
        }
    }

    /// <summary>By its hash the security policy lets the page run this script and no other. Source: CSP 3, section 2.3.1.</summary>
    private static string HashOf(string script) =>
        $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"ParallelDag.Writers.Html.{name}")
            ?? throw new InvalidOperationException($"the resource {name} is missing from the assembly");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
