using System.Management.Automation;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>Tells what a change of a plan does: fit, rules, times, memory, collectives, places, operators.</summary>
[Cmdlet(VerbsData.Compare, "DeploymentPlan")]
[OutputType(typeof(DagDifference), typeof(DagComparison), typeof(string))]
public sealed class CompareDeploymentPlanCommand : ComparisonCommand
{
    private protected override DagSource Accept(DagSource source) => source.Plan is not null ? source
        : throw NotSupported(source, "a plan (New-DeploymentPlan) or the path of one; Compare-ParallelDag compares graphs");
}
