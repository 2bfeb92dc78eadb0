namespace ParallelDag.Cli;

/// <summary>
/// Files that are written beside their targets under temporary names and moved into place together at the end.
/// Until then whatever was there before stays untouched; disposing without <see cref="Commit"/> leaves no trace.
/// </summary>
internal sealed class OutputFiles : IDisposable
{
    private readonly List<(string Temporary, string Target, string Name)> _files = [];
    private readonly List<string> _folders = [];

    public OutputFiles(Interruption interruption) => interruption.OnEnd(Dispose);

    /// <summary>Creates the folder <paramref name="folder"/> and those above it, unless they are there.</summary>
    public void CreateFolder(string folder)
    {
        if (File.Exists(folder))
            throw new InputException(folder, default, "this is a file; name a folder for the output");
        Guard(folder, () =>
        {
            var missing = new Stack<string>();
            for (string? path = Path.GetFullPath(folder); path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
                missing.Push(path);
            foreach (string path in missing)
            {
                Directory.CreateDirectory(path);
                lock (_files)
                    _folders.Add(path);
            }
        });
    }

    /// <summary>Writes a file under a temporary name; a device or a pipe at once.</summary>
    /// <param name="path">The target, as the user named it.</param>
    /// <param name="write">Writes the content.</param>
    public void Add(string path, Action<Stream> write) => Guard(path, () =>
    {
        if (path.Length == 0 || path.EndsWith('/') || Directory.Exists(path))
            throw new InputException(path, default, "this is a folder; name a file for the output");
        string target = Path.GetFullPath(path);
        if (File.Exists(target))
        {
            target = File.ResolveLinkTarget(target, returnFinalTarget: true)?.FullName ?? target;
            using var existing = new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 65536);
            if (!existing.CanSeek || target.StartsWith("/dev/", StringComparison.Ordinal))
            {
                write(existing);
                return;
            }
        }

        string temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 65536);
        lock (_files)
            _files.Add((temporary, target, path));
        write(stream);
    });

    /// <summary>Moves every file into place.</summary>
    public void Commit()
    {
        lock (_files)
        {
            while (_files.Count > 0)
            {
                (string temporary, string target, string name) = _files[0];
                Guard(name, () => File.Move(temporary, target, overwrite: true));
                _files.RemoveAt(0);
            }

            _folders.Clear();
        }
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose()
    {
        lock (_files)
        {
            foreach ((string temporary, _, _) in _files)
                Try(() => File.Delete(temporary));
            for (int i = _folders.Count - 1; i >= 0; i--)
                Try(() => Directory.Delete(_folders[i]));
            _files.Clear();
            _folders.Clear();
        }

        static void Try(Action remove)
        {
            try
            {
                remove();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // What cannot be removed stays; the fault that led here is the one to report.
            }
        }
    }

    private static void Guard(string name, Action action)
    {
        try
        {
            action();
        }
        catch (DirectoryNotFoundException)
        {
            throw new InputException(name, default, "the folder does not exist; create it first");
        }
        catch (UnauthorizedAccessException)
        {
            throw new InputException(name, default, "this may not be written; check the permissions of the file and its folder");
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or NotSupportedException)
        {
            throw new InputException(name, default, $"this cannot be written: {fault.Message}");
        }
    }
}
