using ParallelDag.Graphs;

namespace ParallelDag.Plans;

/// <summary>Where the keys of a plan stand in the file that it was read from, for faults that are found after it was read.</summary>
public sealed class PlanPlaces
{
    private readonly BindingLog _log;

    internal PlanPlaces(BindingLog log) => _log = log;

    /// <summary>The file as the user named it; null when there is none.</summary>
    public string? File => _log.File;

    /// <summary>True when the plan writes this key: <c>prefill.sp</c>.</summary>
    public bool Writes(string path) => _log.Has(path);

    /// <summary>The place of a key's value, or of the nearest section around it.</summary>
    public TextPosition Of(string path) => _log.Locate(path);
}
