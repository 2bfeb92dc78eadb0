using System.Text;
using ParallelDag.Chakra;
using ParallelDag.Readers;
using ParallelDag.Simulation;
using ParallelDag.Traces;
using ParallelDag.Writers;

namespace ParallelDag.Exports;

/// <summary>The formats that the core writes. To add one, add a row; nothing else names them.</summary>
public static class GraphFormats
{
    private const ExportChoices OfPictures = ExportChoices.Phase | ExportChoices.Part | ExportChoices.Folding;

    /// <summary>Graphviz.</summary>
    public static GraphFormat Dot { get; } = new("dot", ".dot", "text/vnd.graphviz", "a DOT file", (dag, output, _, cancellation) =>
    {
        output.Write(stream => DotWriter.Write(dag, stream, cancellation));
        return ExportNotes.None;
    })
    {
        FileKind = GraphFileKind.Dot,
        Text = DotWriter.ToText,
    };

    /// <summary>A picture.</summary>
    public static GraphFormat Svg { get; } = new("svg", ".svg", "image/svg+xml", "an SVG picture", (dag, output, options, cancellation) =>
    {
        Layouts.Drawing arranged = Layouts.DagLayout.Arrange(dag, options.Drawing, cancellation);
        output.Write(stream => SvgWriter.Write(arranged, stream, cancellation));
        return new ExportNotes(arranged.FoldedRuns);
    })
    {
        IsPicture = true,
        Takes = OfPictures,
    };

    /// <summary>The graph for programs (docs/graph.schema.json).</summary>
    public static GraphFormat Json { get; } = new("json", ".json", "application/json", "a JSON file", (dag, output, _, cancellation) =>
    {
        output.Write(stream => JsonWriter.Write(dag, stream, cancellation));
        return ExportNotes.None;
    })
    {
        FileKind = GraphFileKind.Json,
    };

    /// <summary>A page that works offline.</summary>
    public static GraphFormat Html { get; } =
        new("html", ".html", "text/html", "an interactive page", (dag, output, options, cancellation) =>
    {
        Layouts.Drawing? arranged = null;
        output.Write(stream => arranged = HtmlWriter.Write(dag, stream, options.Drawing, options.Page, cancellation));
        return new ExportNotes(arranged!.FoldedRuns);
    })
    {
        IsPicture = true,
        ShowsPlan = true,
        Takes = OfPictures,
    };

    /// <summary>Text for documents that draw such text themselves.</summary>
    public static GraphFormat Mermaid { get; } = new("mermaid", ".mmd", "text/vnd.mermaid", "a Mermaid chart", (dag, output, _, _) =>
    {
        byte[] text = Encoding.UTF8.GetBytes(MermaidWriter.ToText(dag));
        output.Write(stream => stream.Write(text));
        return ExportNotes.None;
    })
    {
        DefaultDetail = DetailLevel.Overview,
    };

    /// <summary>The graph in time, for ui.perfetto.dev and chrome://tracing.</summary>
    public static GraphFormat Trace { get; } =
        new("trace", ".trace.json", "application/json", "a trace for Perfetto", (dag, output, options, cancellation) =>
    {
        SimulationResult result = DagSimulator.Run(dag, options.Simulation with { Phase = options.Drawing.Phase }, cancellation);
        var shown = new TraceOptions
        {
            Gpus = options.Gpus,
            Stage = options.Drawing.Stage,
            Layers = options.Drawing.Layers,
            Limit = options.Whole ? long.MaxValue : TraceOptions.DefaultLimit,
        };
        string? leftOut = null;
        output.Write(stream => leftOut = TraceWriter.Write(result, stream, shown, cancellation));
        return new ExportNotes([], leftOut);
    })
    {
        DefaultDetail = DetailLevel.Device,
        Takes = ExportChoices.Phase | ExportChoices.Part | ExportChoices.Gpus | ExportChoices.Schedule,
    };

    /// <summary>Execution traces of every GPU for ASTRA-sim and other simulators.</summary>
    public static GraphFormat Chakra { get; } =
        new("chakra", ".et", "application/octet-stream", "Chakra traces", (dag, output, options, cancellation) =>
            ExportNotes.None with { Warnings = ChakraExport.Write(dag, output.WriteBeside, options.Chakra, cancellation) })
    {
        DefaultDetail = DetailLevel.Device,
        Takes = ExportChoices.Control,
        Parts = ChakraExport.SuffixesOf,
    };

    /// <summary>The graph for networkx, igraph, Gephi and yEd.</summary>
    public static GraphFormat Graphml { get; } =
        new("graphml", ".graphml", "application/graphml+xml", "a GraphML file", (dag, output, _, cancellation) =>
    {
        output.Write(stream => GraphmlWriter.Write(dag, stream, cancellation));
        return ExportNotes.None;
    });

    /// <summary>Every format.</summary>
    public static IReadOnlyList<GraphFormat> All { get; } = [Dot, Svg, Json, Html, Mermaid, Trace, Chakra, Graphml];

    /// <summary>The format of that name, without regard to case; null when there is none.</summary>
    public static GraphFormat? Find(string name) =>
        All.FirstOrDefault(format => format.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
