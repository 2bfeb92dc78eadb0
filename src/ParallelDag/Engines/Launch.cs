using System.Text;
using ParallelDag.Engines.Dialects;
using ParallelDag.Engines.Wrappers;
using ParallelDag.Files;
using ParallelDag.Wording;

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
        RequireNodes(nodes, sets, options);
        var subject = new LaunchSubject(plan, sets, nodes, dialect, options, review);
        IReadOnlyList<LaunchFile> files = LaunchWriter.Of(options.Target).Write(subject);
        return new Launch(dialect.Table, [.. files.OrderBy(file => file.Name, StringComparer.Ordinal)], review.Remarks);
    }

    /// <summary>Writes the files into a folder.</summary>
    /// <param name="files">The set that the files join; its commit puts them in place.</param>
    /// <param name="folder">The folder; created when missing.</param>
    /// <param name="announce">Told the path of each file before it is written; may refuse it by an exception.</param>
    /// <exception cref="OutputException">A file cannot be written.</exception>
    public void Write(OutputFiles files, string folder, Action<string>? announce = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        files.CreateFolder(folder);
        foreach (LaunchFile file in Files)
        {
            string target = Path.Combine(folder, file.Name);
            announce?.Invoke(target);
            files.Add(target, stream => stream.Write(Encoding.UTF8.GetBytes(file.Text)));
        }
    }

    private static void RequireNodes(
        IReadOnlyDictionary<InstanceSet, IReadOnlyList<IReadOnlyList<InstanceNode>>> placed, IReadOnlyList<InstanceSet> sets,
            LaunchOptions options)
    {
        int last = placed.Values.SelectMany(instances => instances).SelectMany(nodes => nodes).Max(node => node.Node);
        int given = options.Nodes.Count;
        if (given > 0 && given <= last)
            throw new InputException(
                Words.Invariant($"the plan lies on {last + 1} nodes, and {given} are named; name all, in the order of their GPUs"));
        if (options.Head is not null && sets.Sum(set => set.Instances) > 1)
            throw new InputException(
                "the plan has several instances, each with a first node of its own; name the nodes in place of a head address");
        if (options.Target is not (LaunchTarget.Shell or LaunchTarget.Slurm) && (options.Head is not null || given > 0))
            throw new InputException("nodes and their addresses are for shell and slurm; elsewhere whatever starts the pods tells them");
    }
}
