using ParallelDag.Commands.Errors;

namespace ParallelDag.Commands.Exports;

/// <summary>
/// Writes a file whole or not at all: into a temporary file of the same folder, then moved into place. Whoever reads the path sees the old
/// file or the new one; a stopped or failed export leaves the old one.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Writes <paramref name="path"/>.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="overwriteReadOnly">True to replace a read-only file; the new one is read-only again.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="cancellation">Ends the writing at the next buffer.</param>
    /// <exception cref="ReportedException">The file system refuses.</exception>
    public static void Write(string path, bool overwriteReadOnly, Action<Stream> write, CancellationToken cancellation)
    {
        string folder = Path.GetDirectoryName(path)!;
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = new StoppableStream(new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16), cancellation))
                write(stream);
            cancellation.ThrowIfCancellationRequested();
            MoveIntoPlace(temporary, path, overwriteReadOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            throw new ReportedException(ErrorRecords.FileWriteFailed(path, exception));
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void MoveIntoPlace(string temporary, string path, bool overwriteReadOnly)
    {
        var old = new FileInfo(path);
        if (!old.Exists)
        {
            File.Move(temporary, path);
            return;
        }

        bool restore = old.IsReadOnly && overwriteReadOnly;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(path));
        else if (restore)
            old.IsReadOnly = false;
        File.Move(temporary, path, overwrite: true);
        if (restore)
            new FileInfo(path).IsReadOnly = true;
    }
}
