using ParallelDag.Layouts;

namespace ParallelDag.Cli;

/// <summary>What the commands say about pictures.</summary>
internal static class Pictures
{
    /// <summary>Tells that identical layers were drawn once, and how to see them all.</summary>
    public static string FoldingNote(IReadOnlyList<FoldedRun> runs)
    {
        string[] all = [.. runs.Select(run => run.Phase is { Set: > 0 } set ? $"{set.ToName()}: {run}" : $"{run}").Distinct()];
        string some = string.Join("; ", all.Take(3));
        return $"what is identical is drawn once ({some}{(all.Length > 3 ? "; ..." : "")}); 'paralleldag export' with '--fold never' "
            + $"draws them all";
    }
}
