using System.Management.Automation;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>A command that turns a DAG into text: one string per input.</summary>
public abstract class ConvertDagCommand : DagCommand
{
    /// <summary>How finely a plan is drawn.</summary>
    [Parameter]
    public DetailLevel Detail { get; set; }

    /// <summary>The level at which a plan is drawn when -Detail is not given.</summary>
    private protected virtual DetailLevel DefaultDetail => DetailLevel.Operator;

    private protected override void Process(DagSource source)
    {
        bool given = MyInvocation.BoundParameters.ContainsKey(nameof(Detail));
        DetailLevel? wanted = given ? Detail : source.Plan is null ? null : DefaultDetail;
        Dag dag = OpenDag(source, wanted);
        WriteObject(Convert(dag));
    }

    /// <summary>The text of the DAG.</summary>
    private protected abstract string Convert(Dag dag);
}
