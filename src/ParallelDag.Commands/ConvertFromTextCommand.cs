using System.Management.Automation;
using System.Text;
using ParallelDag.Commands.Errors;

namespace ParallelDag.Commands;

/// <summary>A command that makes one object of the text that comes, line by line or whole.</summary>
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
        TryDo(null, Fault, () => Emit(Await("Reading text", token => Read(text, token))));
    }

    /// <summary>The kind of record for a fault in the text.</summary>
    private protected virtual Func<InputFault, ErrorRecord> Fault => ErrorRecords.GraphFileFault;

    /// <summary>Reads the text, beside the pipeline thread.</summary>
    private protected abstract object Read(string text, CancellationToken cancellation);

    /// <summary>Hands on what was read.</summary>
    private protected virtual void Emit(object read) => WriteObject(read);
}
