using ParallelDag.Engines.Dialects;
using ParallelDag.Meshes;
using ParallelDag.Wording;

namespace ParallelDag.Engines.Wrappers;

/// <summary>A plan that an engine can run, with where its instances lie: what wrappers write.</summary>
internal sealed record LaunchSubject(
    DeploymentPlan Plan,
    IReadOnlyList<InstanceSet> Sets,
    IReadOnlyDictionary<InstanceSet, IReadOnlyList<IReadOnlyList<InstanceNode>>> Nodes,
    EngineDialect Dialect,
    LaunchOptions Options,
    LaunchReview Review)
{
    /// <summary>True where prompts and continuations have processes of their own.</summary>
    public bool IsDisaggregated => Sets[0].Role != ServingRole.Both;

    /// <summary>The engine with its version, as every file tells it.</summary>
    public string MadeFor => $"{Dialect.Table}: {Dialect.Table.Source}";

    /// <summary>The name of a set or the plan as Kubernetes takes names: small letters, digits and dashes.</summary>
    public string ObjectName(InstanceSet? set = null)
    {
        string name = new([.. (set?.Name ?? Plan.Name).ToLowerInvariant()
            .Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]);
        return name.Length <= 50 ? name.Trim('-') : name[..50].Trim('-');
    }

    /// <summary>The port of requests of an instance.</summary>
    public int PortOf(InstanceNode node) => Dialect.PortOf(Options, node);

    /// <summary>The engine's file of a set, its content as a command has it.</summary>
    public LaunchFile ConfigFile(InstanceSet set, string config) => new(set.ConfigName, $"# {Describe(set)}, for {MadeFor}\n{config}");

    /// <summary>What a file is, for its first line.</summary>
    public string Describe(InstanceSet set, InstanceNode? node = null)
    {
        string part = set.Role == ServingRole.Both ? Plan.Name : $"{Plan.Name}, {set.Section}";
        if (node is null)
            return part;
        if (set.Instances > 1)
            part += Words.Invariant($", instance {node.Instance + 1} of {set.Instances}");
        if (node.Count > 1)
            part += Words.Invariant($", node {node.Index + 1} of {node.Count}");
        return $"{part}: GPUs {GpuSet.FromGpus(node.LocalGpus.Select(gpu => node.Node * Plan.Cluster.GpusPerNode + gpu))}";
    }
}

/// <summary>Writes what starts a plan somewhere.</summary>
internal abstract class LaunchWriter
{
    /// <summary>The writer of a target.</summary>
    public static LaunchWriter Of(LaunchTarget target) => target switch
    {
        LaunchTarget.Slurm => new SlurmWriter(),
        LaunchTarget.Lws => new LeaderWorkerSets(together: false),
        LaunchTarget.DisaggregatedSet => new LeaderWorkerSets(together: true),
        LaunchTarget.LlmInferenceService => new LlmInferenceServices(),
        LaunchTarget.Dynamo => new DynamoGraphs(),
        LaunchTarget.LlmD => new LlmDValues(),
        LaunchTarget.Ray => new RayConfigs(),
        _ => new ShellWriter(),
    };

    /// <summary>The files.</summary>
    public abstract IReadOnlyList<LaunchFile> Write(LaunchSubject subject);
}
