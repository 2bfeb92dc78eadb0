using System.Diagnostics;
using System.Globalization;
using System.Text;
using ParallelDag.Layouts;
using ParallelDag.Writers;

namespace ParallelDag.Cli;

/// <summary>The formats of <c>export</c>, each a call of the writer that makes it.</summary>
internal static class GraphFormats
{
    /// <summary>The format that writes no graph but its size.</summary>
    public const string None = "none";

    /// <summary>The names of all formats.</summary>
    public static readonly string[] All = ["dot", "svg", "json", "html", "mermaid", None];

    /// <summary>The names of those that are pictures.</summary>
    public static readonly string[] Pictures = ["svg", "html"];

    /// <summary>True for a format that can show a part of the graph.</summary>
    public static bool IsPicture(string format) => Pictures.Contains(format);

    /// <summary>The detail of a format when none is asked for.</summary>
    public static DetailLevel UsualDetail(string format) => format == "mermaid" ? DetailLevel.Overview : DetailLevel.Operator;

    /// <summary>Writes <paramref name="dag"/> and returns what a picture drew once for several layers.</summary>
    public static IReadOnlyList<FoldedRun> Write(string format, Dag dag, Stream stream, DrawingOptions drawing, TimeSpan elapsed, CancellationToken cancellation)
    {
        switch (format)
        {
            case "dot":
                DotWriter.Write(dag, stream, cancellation);
                return [];
            case "svg":
                return SvgWriter.Write(dag, stream, new SvgOptions { Drawing = drawing }, cancellation).FoldedRuns;
            case "json":
                JsonWriter.Write(dag, stream, cancellation);
                return [];
            case "html":
                return HtmlWriter.Write(dag, stream, drawing, cancellation).FoldedRuns;
            case "mermaid":
                stream.Write(Encoding.UTF8.GetBytes(MermaidWriter.ToText(dag)));
                return [];
            default:
                WriteSize(dag, stream, elapsed);
                return [];
        }
    }

    /// <summary>The size of the graph, the time to make it and to check it for cycles, and the peak working set of the whole process.</summary>
    private static void WriteSize(Dag dag, Stream stream, TimeSpan elapsed)
    {
        using var process = Process.GetCurrentProcess();
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"nodes\":{dag.NodeCount},\"edges\":{dag.EdgeCount},\"seconds\":{elapsed.TotalSeconds:0.000000},\"peakBytes\":{process.PeakWorkingSet64}}}\n");
        stream.Write(Encoding.UTF8.GetBytes(line));
    }
}
