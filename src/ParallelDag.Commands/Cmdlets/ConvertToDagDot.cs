using System.Management.Automation;
using ParallelDag.Writers;

namespace ParallelDag.Commands;

/// <summary>Turns a DAG into DOT text.</summary>
[Cmdlet(VerbsData.ConvertTo, "DagDot")]
[OutputType(typeof(string))]
public sealed class ConvertToDagDotCommand : ConvertDagCommand
{
    private protected override string Convert(Dag dag) => Await($"Converting {dag.Name}", _ => DotWriter.ToText(dag));
}
