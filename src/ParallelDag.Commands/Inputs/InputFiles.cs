using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Documents;
using ParallelDag.Formats;
using ParallelDag.Readers;

namespace ParallelDag.Commands.Inputs;

/// <summary>Opens files by their content: graphs in DOT or JSON, plans in YAML or JSON.</summary>
internal static class InputFiles
{
    /// <summary>Reads a graph or a plan.</summary>
    /// <exception cref="InputException">The file has a fault, or is neither.</exception>
    public static DagSource Open(InputPaths.InputFile file, CancellationToken cancellation) => KindOf(file, cancellation) switch
    {
        InputKind.Plan => new DagSource(PlanFile.Load(file.FullPath, file.DisplayName, cancellation)),
        InputKind.ModelConfig => throw new InputException(file.DisplayName, default, "this is a model's config.json; make a plan with it: New-DeploymentPlan -Model"),
        _ => new DagSource(ReadGraph(file, cancellation)),
    };

    /// <summary>The kind of error record for a fault in the file.</summary>
    public static Func<InputProblem, object?, ErrorRecord> FaultOf(InputPaths.InputFile file) =>
        KindOf(file, CancellationToken.None) == InputKind.Graph ? ErrorRecords.GraphFileFault : ErrorRecords.PlanFault;

    /// <summary>Reads a graph file; a fault quotes its line.</summary>
    public static Dag ReadGraph(InputPaths.InputFile file, CancellationToken cancellation)
    {
        try
        {
            return GraphFile.Read(file.FullPath, file.DisplayName, cancellation);
        }
        catch (InputException fault) when (fault.Problems.Any(problem => problem.Position.Line > 0 && problem.LineText is null))
        {
            throw Quote(file, fault, cancellation);
        }
    }

    private static InputKind KindOf(InputPaths.InputFile file, CancellationToken cancellation) => InputKinds.Of(file.FullPath, file.DisplayName, cancellation);

    private static InputException Quote(InputPaths.InputFile file, InputException fault, CancellationToken cancellation)
    {
        try
        {
            return TextInput.Read(file.FullPath, file.DisplayName, GraphFile.MaxBytes, cancellation).Quote(fault);
        }
        catch (InputException)
        {
            return fault; // Not text: there is no line to quote.
        }
    }
}
