using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Formats;

namespace ParallelDag.Commands.Inputs;

/// <summary>Opens files by their content: graphs in DOT or JSON, plans in YAML or JSON.</summary>
internal static class InputFiles
{
    /// <summary>Reads a graph or a plan.</summary>
    /// <exception cref="InputException">The file has a fault, or is neither.</exception>
    public static DagSource Open(InputPaths.InputFile file, CancellationToken cancellation) => InputKinds.Of(file.FullPath, cancellation) switch
    {
        InputKind.Plan => new DagSource(PlanFile.Load(file.FullPath, file.DisplayName, cancellation)),
        InputKind.ModelConfig => throw new InputException(file.DisplayName, default, "this is a model's config.json; make a plan with it: New-DeploymentPlan -Model"),
        _ => throw new InputException(file.DisplayName, default, "graph files cannot be read yet"),
    };

    /// <summary>The kind of error record for a fault in the file.</summary>
    public static Func<InputProblem, object?, ErrorRecord> FaultOf(InputPaths.InputFile file) =>
        InputKinds.Of(file.FullPath) == InputKind.Graph ? ErrorRecords.GraphFileFault : ErrorRecords.PlanFault;
}
