using ParallelDag.Layouts;

namespace ParallelDag.Writers;

/// <summary>What a page tells of a plan beside its graph.</summary>
public sealed record PageContent
{
    /// <summary>The pictures, a tab each.</summary>
    public IReadOnlyList<PagePicture> Pictures { get; init; } = [];

    /// <summary>Tables in HTML, a tab each, after the pictures.</summary>
    public IReadOnlyList<PagePicture> Tables { get; init; } = [];

    /// <summary>The process groups, so that a GPU that is chosen shows with whom it talks.</summary>
    public IReadOnlyList<PageGroups> Groups { get; init; } = [];

    /// <summary>How the rules came out; null where none were run.</summary>
    public CheckReport? Checks { get; init; }

    /// <summary>A second plan that stands beside this one; null for none.</summary>
    public PagePartner? Beside { get; init; }
}

/// <summary>The process groups of a phase along one axis.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Axis">The axis: <c>tp</c>.</param>
/// <param name="Groups">The GPUs of each group.</param>
public sealed record PageGroups(PhaseId Phase, string Axis, IReadOnlyList<GpuSet> Groups);

/// <summary>The second of two plans on one page.</summary>
/// <param name="Dag">Its graph.</param>
/// <param name="Content">What is told of it beside its graph.</param>
public sealed record PagePartner(Dag Dag, PageContent Content)
{
    /// <summary>What is marked as wrong in its graph.</summary>
    public IReadOnlyList<DrawingMark>? Marks { get; init; }
}
