using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Files;

namespace ParallelDag.Commands.Inputs;

/// <summary>Turns PowerShell paths into files: relative to the current location, with wildcards or literally, of the file system
/// only.</summary>
internal static class InputPaths
{
    /// <summary>A file to read: where it is, and the name that the user knows it by.</summary>
    /// <param name="FullPath">The path for the operating system.</param>
    /// <param name="DisplayName">The path as the user wrote it, or the full one where wildcards stood.</param>
    internal readonly record struct NamedPath(string FullPath, string DisplayName);

    /// <summary>The files that <paramref name="path"/> names. A path without wildcards names one file, whether it exists or not.</summary>
    /// <exception cref="ReportedException">The path is no path of the file system, or matches nothing.</exception>
    public static List<NamedPath> Resolve(PSCmdlet cmdlet, string path, bool literal)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new ReportedException(ErrorRecords.FileNotFound(path));
        try
        {
            if (literal || !WildcardPattern.ContainsWildcardCharacters(path))
            {
                string text = literal ? path : WildcardPattern.Unescape(path);
                string full = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(text, out ProviderInfo provider, out _);
                RequireFileSystem(path, provider);
                return [new NamedPath(full, text)];
            }

            IEnumerable<string> matches = cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out ProviderInfo owner);
            RequireFileSystem(path, owner);
            var files = matches.Where(match => !Directory.Exists(match)).Select(match => new NamedPath(match, Shorten(cmdlet, match)))
                .ToList();
            if (files.Count > 0)
                return files;

            // A name with brackets that exists as it stands, although it reads as a pattern that matches nothing.
            List<NamedPath> asWritten = Resolve(cmdlet, path, literal: true);
            return File.Exists(asWritten[0].FullPath) ? asWritten : throw new ReportedException(ErrorRecords.FileNotFound(path));
        }
        catch (ItemNotFoundException)
        {
            throw new ReportedException(ErrorRecords.FileNotFound(path));
        }
        catch (Exception exception) when (exception is PSArgumentException or ProviderNotFoundException
            or System.Management.Automation.DriveNotFoundException or NotSupportedException or ProviderInvocationException)
        {
            throw new ReportedException(ErrorRecords.PathNotResolved(path, exception));
        }
    }

    /// <summary>Refuses a file that is not there or is a folder, with the error of each; the folder of a checkpoint is read.</summary>
    public static void RequireFile(NamedPath file)
    {
        string path = InputFile.FileOf(file.FullPath);
        if (Directory.Exists(path))
            throw new ReportedException(ErrorRecords.PathIsFolder(file.DisplayName));
        if (!File.Exists(path))
            throw new ReportedException(ErrorRecords.FileNotFound(file.DisplayName));
    }

    /// <summary>Refuses a provider other than the file system.</summary>
    public static void RequireFileSystem(string path, ProviderInfo provider)
    {
        if (provider.ImplementingType.FullName != "Microsoft.PowerShell.Commands.FileSystemProvider")
            throw new ReportedException(ErrorRecords.PathNotFileSystem(path, provider.Name));
    }

    /// <summary>A matched path relative to the current location where it lies below it.</summary>
    private static string Shorten(PSCmdlet cmdlet, string full)
    {
        string here = cmdlet.SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        string relative = Path.GetRelativePath(here, full);
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? full : relative;
    }
}
