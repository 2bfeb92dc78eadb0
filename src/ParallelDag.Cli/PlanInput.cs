using ParallelDag.Formats;

namespace ParallelDag.Cli;

/// <summary>The plan that a command was given.</summary>
internal static class PlanInput
{
    /// <summary>Reads the plan at <paramref name="path"/>; a graph or a model configuration is refused with the command that takes it.</summary>
    public static DeploymentPlan Load(string path, string command, CancellationToken cancellation) => InputKinds.Of(path, path, cancellation) switch
    {
        InputKind.Graph => throw new InputException(path, default, $"this is a graph; '{command}' takes a plan (a graph can be checked: paralleldag check)"),
        InputKind.ModelConfig => throw new InputException(path, default, $"this is a model's config.json; '{command}' takes a plan, which may say 'model: ./config.json' (a config can be described: paralleldag describe)"),
        _ => PlanFile.Load(path, path, cancellation),
    };
}
