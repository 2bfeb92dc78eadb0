using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Files;

namespace ParallelDag.Commands;

/// <summary>A command that writes one file per input.</summary>
public abstract class FileExportCommand : DagCommand
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

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        bool literal = ParameterSetName == ByLiteralPath;
        _target = new ExportTarget(this, literal ? LiteralPath : Path, literal, Force, NoClobber);
    }

    /// <summary>True when the command writes the input's own format, so that a file may be written over itself.</summary>
    private protected abstract bool Keeps(InputFile input);

    /// <summary>Writes one file, after the user's consent.</summary>
    /// <param name="source">The input.</param>
    /// <param name="defaultName">The file's name where a folder was given.</param>
    /// <param name="product">What the file is, for -WhatIf: <c>an SVG picture</c>.</param>
    /// <param name="prepare">Given the file's path, does the work before anything is opened and returns what writes it, beside the pipeline
    /// thread.</param>
    private protected void Export(
        DagSource source, string defaultName, string product, Func<string, Action<OutputFiles, CancellationToken>> prepare)
    {
        string file = _target!.Prepare(defaultName);
        if (!ShouldProcess(file, $"Write {product} of {source.Name}"))
            return;
        Action<OutputFiles, CancellationToken> write = prepare(file);
        if (source.Input?.Path is string input && OutputFiles.AreSame(input, file) && !Keeps(source.Input))
            throw new ReportedException(ErrorRecords.OutputIsInput(file));
        Await($"Writing {file}", token => _target.Write(file, files => write(files, token), token));
        WriteVerbose(
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Wrote {new FileInfo(file).Length:N0} bytes to {file}."));
        if (PassThru)
            WriteObject(InvokeProvider.Item.Get([file], force: true, literalPath: true), enumerateCollection: true);
    }
}
