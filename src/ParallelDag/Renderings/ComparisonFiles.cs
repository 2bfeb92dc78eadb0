using System.Text;
using ParallelDag.Files;
using ParallelDag.Pictures;
using ParallelDag.Reports;

namespace ParallelDag.Renderings;

/// <summary>
/// The files of a comparison: the report for a pull request, and of two plans the map and the layer of the new one with what changed in
/// colour.
/// </summary>
public static class ComparisonFiles
{
    private static readonly PictureKind[] Drawn = [PictureKind.Map, PictureKind.Layer];

    /// <summary>The names of the files; no pictures where a side is a graph.</summary>
    public static IReadOnlyList<string> Names(DagComparison comparison) =>
    [
        $"{comparison.DifferenceName}_comparison.md",
        .. Drawn.Where(_ => HasPlans(comparison)).Select(kind => PictureName(comparison, kind)),
    ];

    /// <summary>Adds them to files that are put in place together.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <param name="files">The files.</param>
    /// <param name="folder">The folder; made where it is not there.</param>
    /// <param name="admit">Told of each file before anything is written; throws to refuse it.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static void Write(DagComparison comparison, OutputFiles files, string folder, Action<string>? admit = null,
        CancellationToken cancellation = default)
    {
        IReadOnlyList<string> names = Names(comparison);
        foreach (string name in names)
            admit?.Invoke(Path.Combine(folder, name));
        files.CreateFolder(folder);
        files.Add(Path.Combine(folder, names[0]), stream => stream.Write(Encoding.UTF8.GetBytes(ComparisonReport.Write(comparison))));
        if (!HasPlans(comparison))
            return;
        PictureSubject subject = SubjectOf(comparison, cancellation);
        foreach (PictureKind kind in Drawn)
        {
            files.Add(Path.Combine(folder, PictureName(comparison, kind)), stream => PlanPictures.Of(kind).Write(subject, stream));
        }
    }

    /// <summary>A picture of the new plan with what changed in colour.</summary>
    /// <param name="comparison">A comparison of two plans.</param>
    /// <param name="kind">The map or the layer; others are drawn as they are.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">A side is a graph.</exception>
    public static string Draw(DagComparison comparison, PictureKind kind, CancellationToken cancellation = default) => HasPlans(comparison)
        ? PlanPictures.Of(kind).ToText(SubjectOf(comparison, cancellation))
        : throw new InputException("pictures are drawn of plans; give two of them in place of graphs");

    private static PictureSubject SubjectOf(DagComparison comparison, CancellationToken cancellation) =>
        new(comparison.Difference.Plan!, comparison.Difference.Report, cancellation)
        {
            Before = new PictureSubject(comparison.Reference.Plan!, comparison.Reference.Report, cancellation),
        };

    private static bool HasPlans(DagComparison comparison) =>
        comparison.Reference.Plan is not null && comparison.Difference.Plan is not null;

    private static string PictureName(DagComparison comparison, PictureKind kind) =>
        $"{comparison.DifferenceName}_changed_{PlanPictures.Of(kind).Name}.svg";
}
