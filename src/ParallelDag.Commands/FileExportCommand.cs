using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Files;

namespace ParallelDag.Commands;

/// <summary>A command that writes one file per input.</summary>
public abstract class FileExportCommand : ExportCommand
{
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
        string file = Target.Prepare(defaultName);
        if (!ShouldProcess(file, $"Write {product} of {source.Name}"))
            return;
        Action<OutputFiles, CancellationToken> write = prepare(file);
        if (source.Input?.Path is string input && OutputFiles.AreSame(input, file) && !Keeps(source.Input))
            throw new ReportedException(ErrorRecords.OutputIsInput(file));
        Await($"Writing {file}", token => Target.Write(file, files => write(files, token), token));
        Report(file);
    }
}
