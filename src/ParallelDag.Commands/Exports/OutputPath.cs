using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands.Exports;

/// <summary>Turns the path that an export was given into the full path of one file, by the rules that Export-Csv users know.</summary>
internal static class OutputPath
{
    /// <summary>
    /// The full path of <paramref name="path"/>; wildcards may match one existing file, and an existing folder is returned as it is.
    /// </summary>
    /// <exception cref="ReportedException">The path is no single path of the file system.</exception>
    public static string Resolve(PSCmdlet cmdlet, string path, bool literal)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new ReportedException(ErrorRecords.PathNotResolved(path, new ArgumentException("it is empty")));
        try
        {
            if (!literal && WildcardPattern.ContainsWildcardCharacters(path))
                return ResolveWildcards(cmdlet, path);
            string full = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(literal ? path : WildcardPattern.Unescape(path),
                out ProviderInfo provider, out _);
            InputPaths.RequireFileSystem(path, provider);
            return full;
        }
        catch (ItemNotFoundException)
        {
            throw new ReportedException(ErrorRecords.PathAmbiguous(path, 0));
        }
        catch (Exception exception) when (exception is PSArgumentException or ProviderNotFoundException
            or System.Management.Automation.DriveNotFoundException or NotSupportedException or ProviderInvocationException)
        {
            throw new ReportedException(ErrorRecords.PathNotResolved(path, exception));
        }
    }

    private static string ResolveWildcards(PSCmdlet cmdlet, string path)
    {
        var matches = cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
        InputPaths.RequireFileSystem(path, provider);
        return matches.Count == 1 ? matches[0] : throw new ReportedException(ErrorRecords.PathAmbiguous(path, matches.Count));
    }
}
