using System.Management.Automation;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>Generates the DAG of a plan.</summary>
[Cmdlet(VerbsCommon.Get, "ParallelDag", DefaultParameterSetName = ByInput)]
[OutputType(typeof(Dag))]
public sealed class GetParallelDagCommand : DagInputCommand
{
    /// <summary>How finely.</summary>
    [Parameter(Position = 1)]
    public DetailLevel Detail { get; set; } = DetailLevel.Operator;

    /// <summary>One phase only.</summary>
    [Parameter]
    public PhaseFilter Phase { get; set; } = PhaseFilter.All;

    private protected override void Process(DagSource source) =>
        WriteObject(OpenDag(source, Given(nameof(Detail)) ? Detail : null, Phase));
}
