using System.Management.Automation;
using System.Text;
using ParallelDag.Commands.Errors;

namespace ParallelDag.Commands;

/// <summary>A command that makes one DAG of the text that comes, line by line or whole.</summary>
public abstract class ConvertFromTextCommand : ParallelDagCommand
{
    private readonly StringBuilder _text = new();

    /// <summary>The text; several strings are its lines.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[] InputText { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string line in InputText)
            _text.Append(line).Append('\n');
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string text = _text.ToString();
        TryDo(null, ErrorRecords.GraphFileFault, () => WriteObject(Await("Reading text", token => Read(text, token))));
    }

    /// <summary>Reads the text.</summary>
    private protected abstract Dag Read(string text, CancellationToken cancellation);
}
