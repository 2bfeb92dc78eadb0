using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>Tells which weights and caches move between which GPUs on the way from one plan to another.</summary>
[Cmdlet(VerbsCommon.Get, "DagMigration")]
[OutputType(typeof(PlanMigration))]
public sealed class GetDagMigrationCommand : DagReadingCommand
{
    private const string Wanted = "a plan (New-DeploymentPlan) or the path of one";

    private DeploymentPlan? _reference;
    private bool _refused;

    /// <summary>The plan that runs, or its path.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateCount(1, 1)]
    [DagInputTransformation]
    public DagInput[] Reference { get; set; } = [];

    /// <summary>The plans that shall run, or their paths.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [Alias("InputObject")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [DagInputTransformation]
    public DagInput?[]? Difference { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_reference is null && !_refused)
        {
            ForEachSource(Reference, source => _reference = PlanOf(source));
            _refused = _reference is null;
        }

        if (_reference is null)
            return;
        ForEachSource(Difference, source =>
        {
            DeploymentPlan plan = PlanOf(source);
            WriteObject(Await($"Counting what moves from {_reference.Name} to {plan.Name}", token =>
                PlanMigration.Of(_reference, plan, token)));
        });
    }

    private DeploymentPlan PlanOf(DagSource source) => source.Plan
        ?? throw new ReportedException(ErrorRecords.InputNotSupported(source.Open(null, PhaseFilter.All, StopToken), Wanted));
}
