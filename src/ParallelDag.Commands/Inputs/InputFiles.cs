using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Readers;

namespace ParallelDag.Commands.Inputs;

/// <summary>Opens inputs by their content: graphs in DOT or JSON, plans in YAML or JSON.</summary>
internal static class InputFiles
{
    /// <summary>Reads the bytes of a file, a pipe or a device, once and within bounds.</summary>
    public static InputFile Read(InputPaths.NamedPath path, CancellationToken cancellation) =>
        InputFile.Read(path.FullPath, path.DisplayName, GraphFile.MaxBytes, cancellation);

    /// <summary>Understands a graph or a plan.</summary>
    /// <exception cref="InputException">The input has a fault, or is neither.</exception>
    public static DagSource Open(InputFile input, CancellationToken cancellation) => InputKinds.Of(input) switch
    {
        InputKind.Plan => new DagSource(PlanFile.Load(input, cancellation)) { Input = input },
        InputKind.ModelConfig => throw new InputException(
            input.Name, default, "this is a model's config.json; make a plan with it: New-DeploymentPlan -Model"),
        _ => new DagSource(GraphFile.Read(input, cancellation)) { Input = input },
    };

    /// <summary>The kind of error record for a fault in the input.</summary>
    public static Func<InputFault, ErrorRecord> FaultOf(InputFile input) =>
        InputKinds.Of(input) == InputKind.Graph ? ErrorRecords.GraphFileFault : ErrorRecords.PlanFault;
}
