using System.Management.Automation;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>Generates the DAG of a plan.</summary>
[Cmdlet(VerbsCommon.Get, "ParallelDag")]
[OutputType(typeof(Dag))]
public sealed class GetParallelDagCommand : DagReadingCommand
{
    /// <summary>The plan, or the path of a plan file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Plan")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [DagInputTransformation]
    public DagInput? InputObject { get; set; }

    /// <summary>How finely.</summary>
    [Parameter(Position = 1)]
    public DetailLevel Detail { get; set; } = DetailLevel.Operator;

    /// <summary>One phase only.</summary>
    [Parameter]
    public PhaseFilter Phase { get; set; } = PhaseFilter.All;

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        ForEachSource(InputObject, source => WriteObject(OpenDag(source, MyInvocation.BoundParameters.ContainsKey(nameof(Detail)) ? Detail : null, Phase)));
}
