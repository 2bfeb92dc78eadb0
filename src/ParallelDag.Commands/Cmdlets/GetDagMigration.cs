using System.Management.Automation;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>Tells which weights and caches move between which GPUs on the way from one plan to another.</summary>
[Cmdlet(VerbsCommon.Get, "DagMigration")]
[OutputType(typeof(PlanMigration))]
public sealed class GetDagMigrationCommand : ReferenceCommand
{
    private protected override DagSource Accept(DagSource source) => source.Plan is not null ? source
        : throw NotSupported(source, "a plan (New-DeploymentPlan) or the path of one");

    private protected override void Process(DagSource reference, DagSource difference) => WriteObject(Await(
        $"Counting what moves from {reference.Name} to {difference.Name}",
        token => PlanMigration.Of(reference.Plan!, difference.Plan!, token)));
}
