using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Readers;
using ParallelDag.Writers;

namespace ParallelDag.Commands;

/// <summary>Writes a DAG as a JSON file.</summary>
[Cmdlet(VerbsData.Export, "DagJson", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagJsonCommand : ExportDagCommand
{
    private protected override string Extension => ".json";

    private protected override GraphFileKind FileKind => GraphFileKind.Json;

    private protected override string Product => "a JSON file";

    private protected override Action<Stream, CancellationToken> Prepare(Dag dag, DagSource source) => (stream, token) => JsonWriter.Write(dag, stream, token);
}
