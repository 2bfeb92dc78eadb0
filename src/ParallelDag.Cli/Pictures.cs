using ParallelDag.Layouts;

namespace ParallelDag.Cli;

/// <summary>What the commands say about pictures.</summary>
internal static class Pictures
{
    /// <summary>Tells that identical layers were drawn once, and how to see them all.</summary>
    public static string FoldingNote(IReadOnlyList<FoldedRun> runs)
    {
        string some = string.Join("; ", runs.Take(3).Select(run => run.ToString()));
        return $"what is identical is drawn once ({some}{(runs.Count > 3 ? "; ..." : "")}); 'paralleldag export' with '--fold never' draws them all";
    }
}
