using System.Management.Automation;
using ParallelDag.Commands.Exports;
using ParallelDag.Wording;

namespace ParallelDag.Commands;

/// <summary>A command that writes files: where to, and what becomes of old ones.</summary>
public abstract class ExportCommand : DagCommand
{
    private protected const string ByPath = "Path";
    private protected const string ByLiteralPath = "LiteralPath";

    private ExportTarget? _target;

    /// <summary>The file to write, or an existing folder, where the file is named after the plan.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByPath)]
    [SupportsWildcards]
    public string Path { get; set; } = "";

    /// <summary>The file to write, the name taken as it stands.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByLiteralPath)]
    [Alias("PSPath")]
    public string LiteralPath { get; set; } = "";

    /// <summary>Overwrite a read-only file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Refuse to overwrite a file.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Return the file that was written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected ExportTarget Target => _target!;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        bool literal = ParameterSetName == ByLiteralPath;
        _target = new ExportTarget(this, literal ? LiteralPath : Path, literal, Force, NoClobber);
    }

    /// <summary>Tells what was written and hands it on where that is wanted.</summary>
    private protected void Report(string file)
    {
        WriteVerbose(
            Words.Invariant($"Wrote {new FileInfo(file).Length:N0} bytes to {file}."));
        if (PassThru)
            WriteObject(InvokeProvider.Item.Get([file], force: true, literalPath: true), enumerateCollection: true);
    }
}
