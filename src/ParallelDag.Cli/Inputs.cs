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
}
