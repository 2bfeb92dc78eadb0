using ParallelDag.Engines.Dialects;
using ParallelDag.Engines.Wrappers;

namespace ParallelDag.Engines;

/// <summary>A file of a launch.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">Its text, with line feeds.</param>
public sealed record LaunchFile(string Name, string Text);

/// <summary>What starts a plan on an engine: commands, scripts or manifests, and what should be known of them.</summary>
public sealed class Launch
{
    private Launch(EngineTable table, IReadOnlyList<LaunchFile> files, IReadOnlyList<LaunchRemark> remarks) =>
        (Table, Files, Remarks) = (table, files, remarks);

    /// <summary>The options that the files were made with.</summary>
    public EngineTable Table { get; }

    /// <summary>The files, by name.</summary>
    public IReadOnlyList<LaunchFile> Files { get; }

    /// <summary>Where the engine differs from the plan, and what else should be known.</summary>
    public IReadOnlyList<LaunchRemark> Remarks { get; }

    /// <summary>Writes what starts a plan on an engine.</summary>
    /// <exception cref="InputException">The engine cannot place the plan so, one line a reason, each at the plan's own key; or an option is
    /// missing.</exception>
    public static Launch Of(DeploymentPlan plan, LaunchOptions options)
    {
        EngineDialect dialect = EngineDialect.Of(options.Engine);
        var review = new LaunchReview(plan);
        IReadOnlyList<InstanceSet> sets = InstanceSet.Of(plan);
        IReadOnlyDictionary<InstanceSet, IReadOnlyList<IReadOnlyList<InstanceNode>>> nodes = EngineReview.Of(plan, sets, dialect, review);
        if (review.Refusals.Count > 0)
            throw new InputException(review.Refusals);
        var subject = new LaunchSubject(plan, sets, nodes, dialect, options, review);
        IReadOnlyList<LaunchFile> files = LaunchWriter.Of(options.Target).Write(subject);
        return new Launch(dialect.Table, [.. files.OrderBy(file => file.Name, StringComparer.Ordinal)], review.Remarks);
    }
}
