namespace ParallelDag.Reports;

/// <summary>A file that is written together with a report.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Graph">The graph in it; null for the report itself.</param>
public sealed record ReportFile(string Name, Dag? Graph)
{
    /// <summary>What it shows, for a picture that stands in the report; null for other files.</summary>
    public string? Shows { get; init; }
}
