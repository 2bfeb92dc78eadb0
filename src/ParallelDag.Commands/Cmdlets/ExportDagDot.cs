using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Readers;
using ParallelDag.Writers;

namespace ParallelDag.Commands;

/// <summary>Writes a DAG as a Graphviz file.</summary>
[Cmdlet(VerbsData.Export, "DagDot", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagDotCommand : ExportDagCommand
{
    private protected override string Extension => ".dot";

    private protected override GraphFileKind FileKind => GraphFileKind.Dot;

    private protected override string Product => "a DOT file";

    private protected override Action<Stream, CancellationToken> Prepare(Dag dag, DagSource source) => (stream, token) => DotWriter.Write(dag, stream, token);
}
