using ParallelDag.Engines;

namespace ParallelDag.Formats.Tests.Engines;

/// <summary>Plans as files, and what starts them.</summary>
internal static class EnginePlans
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = Repository.PathOf("");

    /// <summary>Every plan of the examples and the gallery, by its path in the repository.</summary>
    public static IReadOnlyList<string> Examples => Repository.Plans;

    /// <summary>A plan of the repository.</summary>
    public static DeploymentPlan Load(string path) => PlanFile.Load(Path.Combine(Root, path), path);

    /// <summary>A plan from its text, as the file <c>plan.yaml</c> in the folder of the examples.</summary>
    public static DeploymentPlan Read(string yaml) =>
        ParallelDag.Plans.PlanReader.Read(
            ParallelDag.Formats.Yaml.YamlDocument.Read(yaml, "plan.yaml"), "plan.yaml", Path.Combine(Root, "examples"));

    /// <summary>A plan of Mixtral-8x7B (8 experts, 8 KV heads) or Llama-3.1-70B.</summary>
    public static string Text(
        string phases, string model = "mixtral-8x7b", string cluster = "gpus: 64",
            string workload = "batch: 64, promptLength: 2048, outputLength: 256") =>
        $"name: plan\nmodel: ./configs/{model}.json\ncluster: {{ {cluster}, gpu: H100 }}\nworkload: {{ {workload} }}\n{phases}\n";

    /// <summary>What starts a plan.</summary>
    public static Launch Start(DeploymentPlan plan, EngineKind engine, LaunchTarget target = LaunchTarget.Shell) =>
        Launch.Of(plan, new LaunchOptions { Engine = engine, Model = "MODEL", Target = target,
            Image = target is LaunchTarget.Shell or LaunchTarget.Slurm ? null : "IMAGE" });

    /// <summary>The commands of the scripts, by the names of the files.</summary>
    public static Dictionary<string, string> Commands(Launch launch) => launch.Files
        .Select(file => (file.Name, Command: file.Text.Split('\n')
            .FirstOrDefault(line => line.StartsWith("exec ", StringComparison.Ordinal))))
        .Where(file => file.Command is not null).ToDictionary(file => file.Name, file => file.Command!["exec ".Length..]);

    /// <summary>The only command.</summary>
    public static string Command(DeploymentPlan plan, EngineKind engine) => Commands(Start(plan, engine)).Single().Value;

    /// <summary>The refusals, a line each.</summary>
    public static string[] Refusals(DeploymentPlan plan, EngineKind engine) =>
        [.. Assert.Throws<InputException>(() => Start(plan, engine)).Problems.Select(problem => problem.ToString())];

    /// <summary>The file's text without its comments.</summary>
    public static string Uncommented(LaunchFile file) =>
        string.Concat(file.Text.Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#')).Select(line => line + "\n"));
}
