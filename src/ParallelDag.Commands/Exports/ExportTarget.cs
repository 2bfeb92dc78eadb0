using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Files;

namespace ParallelDag.Commands.Exports;

/// <summary>What every export shares: where the file goes, what becomes of an old one, -WhatIf, and that it appears whole or not at
/// all.</summary>
internal sealed class ExportTarget(PSCmdlet cmdlet, string path, bool literal, bool force, bool noClobber)
{
    private readonly HashSet<string> _written =
        new(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    /// <summary>The full path of the file for an input that would be called <paramref name="defaultName"/>, checked before any work is
    /// done.</summary>
    /// <exception cref="ReportedException">The file cannot be written, or must not be.</exception>
    public string Prepare(string defaultName)
    {
        string full = OutputPath.Resolve(cmdlet, path, literal);
        if (Directory.Exists(full))
            full = Path.Combine(full, defaultName);
        else if (full.EndsWith(Path.DirectorySeparatorChar) || full.EndsWith(Path.AltDirectorySeparatorChar))
            throw new ReportedException(ErrorRecords.FolderNotFound(path));
        if (Path.GetDirectoryName(full) is not string folder || !Directory.Exists(folder))
            throw new ReportedException(ErrorRecords.FolderNotFound(Path.GetDirectoryName(full) ?? full));
        if (Directory.Exists(full))
            throw new ReportedException(ErrorRecords.PathIsFolder(full));
        Admit(full);
        return full;
    }

    /// <summary>
    /// The full path of the folder for files of these names, checked before any work is done. The folder need not be there.
    /// </summary>
    /// <exception cref="ReportedException">A file cannot be written, or must not be.</exception>
    public string PrepareFolder(IReadOnlyList<string> names)
    {
        string full = OutputPath.Resolve(cmdlet, path, literal);
        if (File.Exists(full))
            throw new ReportedException(ErrorRecords.PathIsFile(path));
        foreach (string file in names.Select(name => Path.Combine(full, name)))
        {
            if (Directory.Exists(file))
                throw new ReportedException(ErrorRecords.PathIsFolder(file));
            Admit(file);
        }

        return full;
    }

    /// <summary>Writes the file in one piece.</summary>
    /// <exception cref="ReportedException">The file system refuses.</exception>
    public void Write(string full, Action<OutputFiles> write, CancellationToken cancellation) =>
        WriteFiles(full, force, write, cancellation);

    /// <summary>Writes a file, and those that belong to it, whole or not at all.</summary>
    /// <exception cref="ReportedException">The file system refuses.</exception>
    public static void WriteFiles(string full, bool overwriteReadOnly, Action<OutputFiles> write, CancellationToken cancellation)
    {
        try
        {
            using var files = new OutputFiles(overwriteReadOnly, cancellation);
            write(files);
            files.Commit();
        }
        catch (OutputException fault)
        {
            throw new ReportedException(ErrorRecords.FileWriteFailed(full, fault));
        }
    }

    /// <summary>Keeps an input from being overwritten by what is made of it.</summary>
    /// <param name="input">The path of the input; null where it is no file.</param>
    /// <param name="file">The file to be written.</param>
    /// <exception cref="ReportedException">They are one file.</exception>
    public static void RefuseInput(string? input, string file)
    {
        if (input is not null && OutputFiles.AreSame(input, file))
            throw new ReportedException(ErrorRecords.OutputIsInput(file));
    }

    /// <summary>Refuses a file that this call has written, and an old one that must stay.</summary>
    private void Admit(string file)
    {
        if (!_written.Add(file))
            throw new ReportedException(ErrorRecords.FileWrittenTwice(file));
        var old = new FileInfo(file);
        if (old.Exists && noClobber)
            throw new ReportedException(ErrorRecords.FileExists(file));
        if (old.Exists && old.IsReadOnly && !force)
            throw new ReportedException(ErrorRecords.FileReadOnly(file));
    }
}
