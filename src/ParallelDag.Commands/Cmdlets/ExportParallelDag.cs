using System.Management.Automation;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Files;
using ParallelDag.Layouts;
using ParallelDag.Renderings;
using ParallelDag.Wording;

namespace ParallelDag.Commands;

/// <summary>Writes everything that a plan is drawn into, checked, to a folder: all together or nothing.</summary>
[Cmdlet(VerbsData.Export, "ParallelDag", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportParallelDagCommand : ExportCommand
{
    /// <summary>Draw each phase by itself too.</summary>
    [Parameter]
    public SwitchParameter SplitPhase { get; set; }

    private protected override void Process(DagSource source)
    {
        DeploymentPlan plan = PlanOf(source);
        IReadOnlyList<string> names = PlanRendering.FileNames(plan, SplitPhase);
        string folder = Target.PrepareFolder(names);
        if (!ShouldProcess(folder, $"Write {Words.Count(names.Count, "file")} of {plan.Name} ({string.Join(", ", names)})"))
            return;
        PlanRendering rendering = Await($"Generating {plan.Name}", token => PlanRendering.Of(plan, SplitPhase, cancellation: token));
        WriteVerbose($"{rendering.Checks}.");
        IReadOnlyList<FoldedRun> folded = [];
        Await($"Writing {folder}", token => Target.Write(
            folder, files => folded = Write(rendering, files, folder, source.Input, token), token));
        FoldingNote.Report(this, folded);
        if (!rendering.Checks.Holds)
            WriteWarning($"{rendering.Checks}. The report and Test-ParallelDag tell why.");
        foreach (string name in names)
            Report(System.IO.Path.Combine(folder, name));
    }

    private static IReadOnlyList<FoldedRun> Write(
        PlanRendering rendering, OutputFiles files, string folder, InputFile? input, CancellationToken cancellation)
    {
        files.CreateFolder(folder);
        return rendering.Write(files, folder, target => ExportTarget.RefuseInput(input?.Path, target), cancellation);
    }
}
