using System.Management.Automation;
using System.Text;
using ParallelDag.Readers;

namespace ParallelDag.Commands;

/// <summary>Reads a DAG from JSON text.</summary>
[Cmdlet(VerbsData.ConvertFrom, "DagJson")]
[OutputType(typeof(Dag))]
public sealed class ConvertFromDagJsonCommand : ConvertFromTextCommand
{
    private protected override Dag Read(string text, CancellationToken cancellation) =>
        JsonReader.Read(Encoding.UTF8.GetBytes(text), file: null, cancellation);
}
