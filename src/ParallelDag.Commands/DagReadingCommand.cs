using System.Management.Automation;
using ParallelDag.Chakra;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Files;

namespace ParallelDag.Commands;

/// <summary>A command that opens DAGs, plans and files of either.</summary>
public abstract class DagReadingCommand : ParallelDagCommand
{
    private const string Wanted =
        "a DAG (Get-ParallelDag, Import-ParallelDag), a plan (New-DeploymentPlan) or the path of a graph or plan file";

    /// <summary>True for a command that looks at single nodes too.</summary>
    private protected virtual bool TakesNodes => false;

    /// <summary>True for a command that takes a model by itself.</summary>
    private protected virtual bool TakesModels => false;

    /// <summary>Opens what the user gave and hands each source to <paramref name="process"/>; what is wrong with one does not keep the next
    /// from its turn.</summary>
    private protected void ForEachSource(DagInput?[]? inputs, Action<DagSource> process)
    {
        foreach (DagInput? input in inputs ?? [null])
            OpenSource(input, process);
    }

    private void OpenSource(DagInput? input, Action<DagSource> process)
    {
        switch (input?.Value)
        {
            case DagNode node when TakesNodes:
                TryDo(node.Id, ErrorRecords.PlanFault, () => process(new DagSource(node)));
                break;
            case ModelSpec model when TakesModels:
                TryDo(model, ErrorRecords.PlanFault, () => process(new DagSource("model", model)));
                break;
            case Dag dag:
                TryDo(dag.Name, ErrorRecords.PlanFault, () => process(new DagSource(dag)));
                break;
            case DeploymentPlan plan:
                TryDo(plan.Name, ErrorRecords.PlanFault, () => process(new DagSource(plan)));
                break;
            case PlanCandidate candidate:
                TryDo(candidate, ErrorRecords.PlanFault, () => process(new DagSource(candidate.Plan
                    ?? throw new InputException($"a rejected candidate is no plan: {candidate.Reason}"))));
                break;
            case FileInfo file:
                ForEachFile(file.FullName, literal: true, process);
                break;
            case string { Length: > 0 } path:
                ForEachFile(path, literal: false, process);
                break;
            default:
                OpenOther(input, process);
                break;
        }
    }

    /// <summary>Objects that were serialized come back to life where they carry their plan; objects of others may name a file.</summary>
    private void OpenOther(DagInput? input, Action<DagSource> process)
    {
        if (input?.DeserializedType is string type && type.StartsWith("ParallelDag.", StringComparison.Ordinal))
        {
            TryDo(input.Original, ErrorRecords.PlanFault, () =>
                process(Revival.Of(input, StopToken)
                    ?? throw new ReportedException(ErrorRecords.InputDeserialized(input.Original!, type))));
        }
        else if (input?.NamedFile is (string path, bool literal))
        {
            ForEachFile(path, literal, process);
        }
        else
        {
            WriteError(ErrorRecords.InputNotSupported(input?.Original, Wanted));
        }
    }

    /// <summary>The plan of a source.</summary>
    /// <exception cref="ReportedException">The source is a DAG.</exception>
    private protected DeploymentPlan PlanOf(DagSource source) =>
        source.Plan ?? throw NotSupported(source, "a plan (New-DeploymentPlan) or the path of a plan file");

    /// <summary>Refuses a source, a DAG where something else is wanted.</summary>
    private protected ReportedException NotSupported(DagSource source, string wanted) =>
        new(ErrorRecords.InputNotSupported(source.Open(null, PhaseFilter.All, StopToken), wanted));

    /// <summary>Opens the files that a path names.</summary>
    private protected void ForEachFile(string path, bool literal, Action<DagSource> process)
    {
        List<InputPaths.NamedPath> files = [];
        // Of a set of traces one file stands for all.
        TryDo(path, ErrorRecords.GraphFileFault, () => files =
            [.. InputPaths.Resolve(this, path, literal).DistinctBy(file => ChakraTraces.IsTrace(file.FullPath)
                ? ChakraTraces.SetOf(file.FullPath) : file.FullPath)]);
        foreach (InputPaths.NamedPath file in files)
        {
            TryDo(file, ErrorRecords.GraphFileFault, () =>
            {
                InputPaths.RequireFile(file);
                string activity = $"Reading {file.DisplayName}";
                InputFile input = Await(activity, token => InputFiles.Read(file, token));
                DagSource? source = null;
                if (TryDo(file, InputFiles.FaultOf(input), () => source = Await(activity, token => OpenInput(input, token))))
                    process(source!);
            });
        }
    }

    /// <summary>Understands an input of a kind that the command has a use for.</summary>
    private protected virtual DagSource OpenInput(InputFile input, CancellationToken cancellation) => InputFiles.Open(input, cancellation);

    /// <summary>Opens the second input of a page.</summary>
    /// <returns>False where it cannot be opened, which has been reported; true where none was given.</returns>
    private protected bool TryOpenBeside(DagInput[]? beside, out DagSource? source)
    {
        DagSource? opened = null;
        if (beside is not null)
            ForEachSource(beside, found => opened = found);
        source = opened;
        return beside is null || opened is not null;
    }

    /// <summary>The second graph of a page, drawn as finely as the first; null where there is none.</summary>
    private protected (Dag Dag, DeploymentPlan? Plan)? Partner(DagSource? source, Dag first)
    {
        if (source is null)
            return null;
        Dag dag = OpenDag(source, source.Plan is null ? null : first.Detail);
        return (dag, source.PlanOf(dag));
    }

    /// <summary>The DAG of a source at the level that was asked for.</summary>
    /// <exception cref="ReportedException">The source is a DAG at another level.</exception>
    private protected Dag OpenDag(DagSource source, DetailLevel? detail = null, PhaseFilter phase = PhaseFilter.All)
    {
        if (!source.Offers(detail))
            throw new ReportedException(ErrorRecords.DetailNotAvailable(source.Open(null, phase, StopToken), detail!.Value));
        if (source.Plan is null)
            return source.Open(null, phase, StopToken);
        if (phase != PhaseFilter.All && !source.Has(phase))
            throw new ReportedException(
                ErrorRecords.ArgumentFault($"The plan {source.Name} has no {phase} phase; leave -Phase out or add the section to the plan.",
                    source.Name));
        WriteVerbose($"Generating {source.Plan} at {source.DetailOf(detail)} level.");
        Dag dag = Await($"Generating {source.Name}", token => source.Open(detail, phase, token));
        foreach (DagPhase drawn in dag.Phases)
            WriteVerbose($"{drawn}: {string.Join("; ", drawn.Stages)}.");
        WriteVerbose($"{dag}.");
        Revival.Remember(dag, source.Plan, phase);
        return dag;
    }
}
