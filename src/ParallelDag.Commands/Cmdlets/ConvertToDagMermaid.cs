using System.Management.Automation;
using ParallelDag.Exports;

namespace ParallelDag.Commands;

/// <summary>Turns a DAG into Mermaid text, at Overview level unless told otherwise.</summary>
[Cmdlet(VerbsData.ConvertTo, "DagMermaid", DefaultParameterSetName = ByInput)]
[OutputType(typeof(string))]
public sealed class ConvertToDagMermaidCommand : ConvertDagCommand
{
    private protected override GraphFormat Format => GraphFormats.Mermaid;
}
