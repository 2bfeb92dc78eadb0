using System.Management.Automation;
using ParallelDag.Readers;

namespace ParallelDag.Commands;

/// <summary>Reads a DAG from DOT text.</summary>
[Cmdlet(VerbsData.ConvertFrom, "DagDot")]
[OutputType(typeof(Dag))]
public sealed class ConvertFromDagDotCommand : ConvertFromTextCommand
{
    private protected override Dag Read(string text, CancellationToken cancellation) => DotReader.Read(text, file: null, cancellation);
}
