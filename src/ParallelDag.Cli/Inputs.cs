using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Readers;

namespace ParallelDag.Cli;

/// <summary>What a command was given to read: a file, a pipe, or <c>-</c> for standard input.</summary>
internal static class Inputs
{
    /// <summary>The name of standard input and output.</summary>
    public const string Standard = "-";

    /// <summary>Reads the input.</summary>
    public static InputFile Open(string path, CancellationToken cancellation)
    {
        if (path != Standard)
            return InputFile.Read(path, path, GraphFile.MaxBytes, cancellation);
        using Stream stream = Console.OpenStandardInput();
        return InputFile.Read(stream, "standard input", GraphFile.MaxBytes, cancellation);
    }

    /// <summary>What an input holds: a plan, or else a graph.</summary>
    public static (DeploymentPlan? Plan, Dag? Graph) PlanOrGraph(InputFile input, string command, CancellationToken cancellation) =>
        InputKinds.Of(input) == InputKind.Graph ? (null, GraphFile.Read(input, cancellation)) : (Plan(input, command, cancellation), null);

    /// <summary>The plan in an input; a graph or a model configuration is refused with the command that takes it.</summary>
    public static DeploymentPlan Plan(InputFile input, string command, CancellationToken cancellation) => InputKinds.Of(input) switch
    {
        InputKind.Graph => throw new InputException(
            input.Name, default, $"this is a graph; '{command}' takes a plan (a graph can be checked: paralleldag check)"),
        InputKind.ModelConfig => throw new InputException(
            input.Name, default,
            $"this is a model's config.json; '{command}' takes a plan, which may say 'model: ./config.json' "
            + "(a config can be described: paralleldag describe)"),
        _ => PlanFile.Load(input, cancellation),
    };

    /// <summary>Keeps a plan from being overwritten by what is made of it.</summary>
    /// <param name="source">The path that the plan was read from; null for a pipe.</param>
    /// <param name="target">A file in the folder for the output.</param>
    /// <exception cref="OutputException">They are one file.</exception>
    public static void RefuseAsOutput(string? source, string target)
    {
        if (source is not null && OutputFiles.AreSame(source, target))
            throw new OutputException(target, "this is the plan itself; choose another folder for the output");
    }
}
