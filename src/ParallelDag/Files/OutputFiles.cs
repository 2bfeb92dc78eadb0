namespace ParallelDag.Files;

/// <summary>
/// Files that are written beside their targets under temporary names and put in place together at the end. Until then whatever was there
/// before stays untouched; disposing without <see cref="Commit"/> leaves no trace, and when one file cannot be put in place, none is.
/// <para>
/// A symbolic link is followed and stays. A device or a pipe is written through. A file that is there keeps its mode, its owner and its
/// other
/// names: it is replaced by renaming where that loses none of them, else its content is. <see cref="Dispose"/> may come from another
/// thread.
/// </para>
/// </summary>
/// <param name="overwriteReadOnly">Replace files that may not be written; they stay read-only.</param>
/// <param name="cancellation">Ends a writer at its next block.</param>
public sealed class OutputFiles(bool overwriteReadOnly = false, CancellationToken cancellation = default) : IDisposable
{
    private readonly List<PendingFile> _files = [];
    private readonly List<string> _folders = [];

    /// <summary>True when both paths lead to one file that is there.</summary>
    public static bool AreSame(string first, string second) => FileStatus.AreSame(first, second);

    /// <summary>Creates the folder <paramref name="folder"/> and those above it, unless they are there.</summary>
    /// <exception cref="OutputException">It is a file, or may not be created.</exception>
    public void CreateFolder(string folder)
    {
        if (File.Exists(folder))
            throw new OutputException(folder, "this is a file; name a folder for the output");
        Guard(folder, null, () =>
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
    /// <exception cref="OutputException">It cannot be written.</exception>
    public void Add(string path, Action<Stream> write)
    {
        using Stream stream = Open(path);
        Guard(path, (stream as CancellableStream)?.Temporary, () =>
        {
            write(stream);
            stream.Flush();
        });
    }

    /// <summary>Puts every file in place.</summary>
    /// <exception cref="OutputException">One could not be put in place; then none is.</exception>
    public void Commit()
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_files)
        {
            int placed = 0;
            try
            {
                for (; placed < _files.Count; placed++)
                {
                    PendingFile file = _files[placed];
                    Guard(file.Name, file.Temporary, () => file.Place(keepOld: _files.Count > 1));
                }
            }
            catch (OutputException)
            {
                while (--placed >= 0)
                    _files[placed].Restore();
                throw;
            }

            foreach (PendingFile file in _files)
                file.Dispose();
            _files.Clear();
            _folders.Clear();
        }
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose()
    {
        lock (_files)
        {
            foreach (PendingFile file in _files)
                file.Dispose();
            for (int i = _folders.Count - 1; i >= 0; i--)
                PendingFile.Try(_folders[i], Directory.Delete);
            _files.Clear();
            _folders.Clear();
        }
    }

    private Stream Open(string path)
    {
        Stream? stream = null;
        Guard(path, null, () =>
        {
            OutputTarget target = OutputTarget.Of(path);
            if (target.IsStream)
            {
                var through = new FileStream(target.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1 << 16);
                if (target.Status.Kind == FileKind.Regular)
                    through.SetLength(0);
                stream = new CancellableStream(through, null, cancellation);
                return;
            }

            (PendingFile file, FileStream temporary) = PendingFile.Create(path, target, overwriteReadOnly);
            lock (_files)
                _files.Add(file);
            stream = new CancellableStream(temporary, file.Temporary, cancellation);
        });
        return stream!;
    }

    /// <summary>Runs an action on the file system; what goes wrong is told under the user's name for the output.</summary>
    private static void Guard(string name, string? temporary, Action action)
    {
        try
        {
            action();
        }
        catch (OutputException)
        {
            throw;
        }
        catch (DirectoryNotFoundException fault)
        {
            throw new OutputException(name, "the folder does not exist; create it first", fault);
        }
        catch (FileNotFoundException fault)
        {
            throw new OutputException(name, "the folder takes no new files; choose another one", fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new OutputException(name, "this may not be written; check the permissions of the file and its folder", fault);
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or NotSupportedException)
        {
            string said = temporary is null ? fault.Message : fault.Message.Replace(temporary, name, StringComparison.Ordinal);
            throw new OutputException(name, $"this cannot be written: {said}", fault);
        }
    }
}
