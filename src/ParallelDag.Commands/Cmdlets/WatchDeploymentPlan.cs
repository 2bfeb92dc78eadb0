using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Renderings;
using ParallelDag.Watching;

namespace ParallelDag.Commands;

/// <summary>Watches a plan file: at each save its checks, what changed and fresh pictures, until Ctrl+C.</summary>
[Cmdlet(VerbsCommon.Watch, "DeploymentPlan", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(PlanUpdate))]
public sealed class WatchDeploymentPlanCommand : ParallelDagCommand
{
    /// <summary>The plan file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The plan file, its name taken as it stands.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The folder that everything is drawn to at each save; nothing is written without it.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    public string? Destination { get; set; }

    /// <summary>End after so many states.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool literal = ParameterSetName == "LiteralPath";
        foreach (string path in literal ? LiteralPath : Path)
        {
            TryDo(path, ErrorRecords.PlanFault, () =>
            {
                foreach (InputPaths.NamedPath file in InputPaths.Resolve(this, path, literal))
                    Watch(file);
            });
        }
    }

    private void Watch(InputPaths.NamedPath file)
    {
        InputPaths.RequireFile(file);
        var watcher = new PlanWatcher(file.FullPath, file.DisplayName, (input, token) => InputFiles.Open(input, token).Plan
            ?? throw new InputException(input.Name, default, "this is a graph; a plan is watched"));
        foreach (PlanUpdate update in watcher.States(StopToken))
        {
            if (update.Plan is DeploymentPlan plan && Destination is not null)
                TryDo(Destination, ErrorRecords.PlanFault, () => update.SetFiles(Draw(plan, file)));
            WriteObject(update);
            if (update.Number >= Count)
                return;
        }

        throw new PipelineStoppedException();
    }

    private IReadOnlyList<string> Draw(DeploymentPlan plan, InputPaths.NamedPath source)
    {
        string folder = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Destination);
        if (!ShouldProcess(folder, $"Draw {plan.Name}"))
            return [];
        ExportTarget.WriteFiles(folder, true, files =>
        {
            files.CreateFolder(folder);
            PlanRendering.Of(plan, cancellation: StopToken).Write(
                files, folder, target => ExportTarget.RefuseInput(source.FullPath, target), StopToken);
        }, StopToken);
        return [.. PlanRendering.FileNames(plan).Select(name => System.IO.Path.Combine(folder, name))];
    }
}
