using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Explanations;

namespace ParallelDag.Commands;

/// <summary>Tells where the numbers of nodes come from, term by term.</summary>
[Cmdlet(VerbsCommon.Get, "DagExplanation", DefaultParameterSetName = ByInput)]
[OutputType(typeof(DagExplanation))]
public sealed class GetDagExplanationCommand : DagChoiceCommand
{
    /// <summary>Node ids, by name or pattern.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public string[]? Id { get; set; }

    private protected override string[]? FirstArgument
    {
        get => Id;
        set => Id = value;
    }

    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source);
        DeploymentPlan? plan = source.Plan ?? Revival.OriginOf(dag)?.Plan;
        foreach (DagNode node in Candidates(dag, source.Node, Id))
        {
            StopToken.ThrowIfCancellationRequested();
            TryDo(node.Id, ErrorRecords.PlanFault, () => WriteObject(NodeExplainer.Explain(node, plan)));
        }
    }
}
