using ParallelDag.Layouts;

namespace ParallelDag.Renderings;

/// <summary>What a picture draws in red.</summary>
public static class CheckMarks
{
    /// <summary>The witnesses of every rule that failed; null when none did.</summary>
    /// <param name="report">The checks of the DAG that is drawn.</param>
    public static IReadOnlyList<DrawingMark>? Of(CheckReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.Holds ? null : [.. report.Failures.Select(Mark)];
    }

    private static DrawingMark Mark(CheckResult failure) =>
        new(failure.Id, failure.Title, failure.NodeIndices.ToArray(), failure.EdgeIndices.ToArray());
}
