using System.Management.Automation;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>Prints a DAG as a tree of phases and stages.</summary>
[Cmdlet(VerbsCommon.Show, "ParallelDag")]
[OutputType(typeof(DagTreeRow))]
public sealed class ShowParallelDagCommand : DagCommand
{
    /// <summary>How finely a plan is drawn.</summary>
    [Parameter]
    public DetailLevel Detail { get; set; } = DetailLevel.Operator;

    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source, MyInvocation.BoundParameters.ContainsKey(nameof(Detail)) ? Detail : null);
        WriteObject(Await($"Counting {dag.Name}", token => StageTree.Of(dag, token)), enumerateCollection: true);
    }
}
