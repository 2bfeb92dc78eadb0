using ParallelDag.Writers;

namespace ParallelDag.Pictures;

/// <summary>The pictures that a plan is drawn as. To add one, add a kind and a row; nothing else names them.</summary>
public static class PlanPictures
{
    /// <summary>Every picture, in the order in which people look at them.</summary>
    public static IReadOnlyList<PlanPicture> All { get; } =
    [
        new(PictureKind.Map, "a map of nodes and GPUs", Map.MapPicture.Draw),
        new(PictureKind.Timeline, "a timeline", Timeline.TimelinePicture.Draw),
        new(PictureKind.Memory, "a picture of memory", MemoryBars.MemoryPicture.Draw),
        new(PictureKind.Layer, "a picture of one layer", LayerScore.LayerPicture.Draw),
        new(PictureKind.Overview, "an overview of stages and blocks", StageOverview.OverviewPicture.Draw),
        new(PictureKind.Experts, "a picture of experts", ExpertGrid.ExpertPicture.Draw) { Needs = "routed experts",
            Applies = ExpertGrid.ExpertPicture.Applies },
        new(PictureKind.Traffic, "a picture of what crosses nodes", TrafficMatrix.TrafficPicture.Draw),
    ];

    /// <summary>All pictures that a plan has, for a page.</summary>
    /// <param name="subject">The plan.</param>
    /// <param name="prefix">What ids begin with, where a page shows several plans.</param>
    public static IReadOnlyList<PagePicture> ForPage(PictureSubject subject, string prefix = "") =>
        [.. All.Where(picture => picture.Applies(subject.Plan)).Select(picture => picture.ForPage(subject, prefix))];

    /// <summary>The picture of a kind.</summary>
    public static PlanPicture Of(PictureKind kind) => All.First(picture => picture.Kind == kind);

    /// <summary>The picture of that name, without regard to case; null when there is none.</summary>
    public static PlanPicture? Find(string name) =>
        All.FirstOrDefault(picture => picture.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
