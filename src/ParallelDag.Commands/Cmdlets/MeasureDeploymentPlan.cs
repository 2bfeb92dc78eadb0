using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Models;

namespace ParallelDag.Commands;

/// <summary>Tells what a plan needs: parameters, memory, process groups and times of each phase; or the size of a model.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "DeploymentPlan", DefaultParameterSetName = ByInput)]
[OutputType(typeof(PhaseMeasure))]
public sealed class MeasureDeploymentPlanCommand : DagInputCommand
{
    private const string Wanted = "a plan (New-DeploymentPlan), the path of a plan file or of a model's config.json";

    /// <summary>One phase only.</summary>
    [Parameter]
    public PhaseFilter Phase { get; set; } = PhaseFilter.All;

    private protected override DagSource OpenInput(InputFile input, CancellationToken cancellation) =>
        InputKinds.Of(input) == InputKind.ModelConfig
            ? new DagSource(FileNames.OfModel(input.Path ?? input.Name), HuggingFaceConfig.Read(input, cancellation))
            : base.OpenInput(input, cancellation);

    private protected override void Process(DagSource source)
    {
        if (source.Plan is null && source.Model is null)
            throw NotSupported(source, Wanted);
        PlanDescription description = Await(
            $"Measuring {source.Name}",
            _ => source.Plan is DeploymentPlan plan ? PlanDescription.Of(plan) : PlanDescription.Of(source.Name, source.Model!));
        foreach (PhaseMeasure measure in PhaseMeasure.Of(description))
        {
            if (Phase == PhaseFilter.All || measure.Phase is null || measure.Phase == DagSource.ToPhase(Phase))
                WriteObject(measure);
        }
    }
}
