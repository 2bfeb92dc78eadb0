using System.Diagnostics;
using ParallelDag.Exports;
using ParallelDag.Wording;

namespace ParallelDag.Cli;

/// <summary><c>--format none</c>: writes no graph but its size.</summary>
internal static class GraphSize
{
    /// <summary>The format.</summary>
    /// <param name="seconds">The time that the graph and its check took.</param>
    public static GraphFormat Format(double seconds) =>
        new("none", ".json", "application/json", "the size of the graph", (dag, output, _, _) =>
    {
        using var process = Process.GetCurrentProcess();
        long peak = process.PeakWorkingSet64;
        string line = Words.Invariant(
            $"{{\"nodes\":{dag.NodeCount},\"edges\":{dag.EdgeCount},\"seconds\":{seconds:0.000000},\"peakBytes\":{peak}}}\n");
        output.Write(stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(line)));
        return ExportNotes.None;
    });
}
