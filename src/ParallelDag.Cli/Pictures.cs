using ParallelDag.Layouts;

namespace ParallelDag.Cli;

/// <summary>What the commands say about pictures, and have them say about checks.</summary>
internal static class Pictures
{
    /// <summary>What is drawn in red: the witnesses of every rule that failed; null when none did.</summary>
    public static IReadOnlyList<DrawingMark>? Marks(CheckReport report) => report.Holds
        ? null
        : [.. report.Failures.Select(failure => new DrawingMark(failure.Id, failure.Title, failure.NodeIndices.ToArray(), failure.EdgeIndices.ToArray()))];

    /// <summary>Tells that identical layers were drawn once, and how to see them all.</summary>
    public static string FoldingNote(IReadOnlyList<FoldedRun> runs)
    {
        string some = string.Join("; ", runs.Take(3).Select(run => run.ToString()));
        return $"identical layers are drawn once ({some}{(runs.Count > 3 ? "; ..." : "")}); 'paralleldag export' with '--fold never' draws them all";
    }
}
