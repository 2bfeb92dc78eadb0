using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Files;

namespace ParallelDag.Commands;

/// <summary>A command that opens DAGs, plans and files of either.</summary>
public abstract class DagReadingCommand : ParallelDagCommand
{
    private const string Wanted = "a DAG (Get-ParallelDag, Import-ParallelDag), a plan (New-DeploymentPlan) or the path of a graph or plan file";

    /// <summary>Opens what the user gave and hands each source to <paramref name="process"/>; what is wrong with one does not keep the next
    /// from its turn.</summary>
    private protected void ForEachSource(DagInput? input, Action<DagSource> process)
    {
        switch (input?.Value)
        {
            case Dag dag:
                TryDo(dag.Name, ErrorRecords.PlanFault, () => process(new DagSource(dag)));
                break;
            case DeploymentPlan plan:
                TryDo(plan.Name, ErrorRecords.PlanFault, () => process(new DagSource(plan)));
                break;
            case FileInfo file:
                ForEachFile(file.FullName, literal: true, process);
                break;
            case string { Length: > 0 } path:
                ForEachFile(path, literal: false, process);
                break;
            default:
                WriteError(input?.DeserializedType is string type
                    ? ErrorRecords.InputDeserialized(input.Original!, type)
                    : ErrorRecords.InputNotSupported(input?.Original, Wanted));
                break;
        }
    }

    /// <summary>Opens the files that a path names.</summary>
    private protected void ForEachFile(string path, bool literal, Action<DagSource> process)
    {
        List<InputPaths.NamedPath> files = [];
        TryDo(path, ErrorRecords.GraphFileFault, () => files = InputPaths.Resolve(this, path, literal));
        foreach (InputPaths.NamedPath file in files)
        {
            TryDo(file.DisplayName, ErrorRecords.GraphFileFault, () =>
            {
                InputPaths.RequireFile(file);
                string activity = $"Reading {file.DisplayName}";
                InputFile input = Await(activity, token => InputFiles.Read(file, token));
                DagSource? source = null;
                if (TryDo(file.DisplayName, InputFiles.FaultOf(input), () => source = Await(activity, token => InputFiles.Open(input, token))))
                    process(source!);
            });
        }
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
            throw new ReportedException(ErrorRecords.ArgumentFault($"The plan {source.Name} has no {phase} phase; leave -Phase out or add the section to the plan.", source.Name));
        WriteVerbose($"Generating {source.Plan} at {source.DetailOf(detail)} level.");
        Dag dag = Await($"Generating {source.Name}", token => source.Open(detail, phase, token));
        foreach (DagPhase drawn in dag.Phases)
            WriteVerbose($"{drawn}: {string.Join("; ", drawn.Stages)}.");
        WriteVerbose($"{dag}.");
        return dag;
    }
}
