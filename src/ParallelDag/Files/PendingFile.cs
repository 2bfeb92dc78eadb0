namespace ParallelDag.Files;

/// <summary>A file that is written already but does not stand in its place yet.</summary>
/// <param name="Name">The target, as the user named it.</param>
/// <param name="Target">The target, links followed.</param>
/// <param name="Temporary">Where the content is.</param>
/// <param name="InPlace">True when the old file's content is overwritten instead of the file being replaced.</param>
/// <param name="Mode">The mode of the old file; null where there is none.</param>
internal sealed record PendingFile(string Name, OutputTarget Target, string Temporary, bool InPlace, UnixFileMode? Mode) : IDisposable
{
    private string? _old;

    private bool IsNew => Target.Status.Kind == FileKind.Missing;

    /// <summary>Opens a temporary file for a target: in the same folder, so that it can be renamed, or where that may not be,
    /// elsewhere.</summary>
    public static (PendingFile File, FileStream Stream) Create(string name, OutputTarget target, bool overwriteReadOnly)
    {
        UnixFileMode? mode = null;
        bool exists = target.Status.Kind == FileKind.Regular;
        if (exists)
        {
            // Renaming would get around a file that may not be written.
            if (!overwriteReadOnly)
                new FileStream(target.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)
                    .Dispose();
            if (!OperatingSystem.IsWindows())
                mode = File.GetUnixFileMode(target.Path);
        }

        string folder = Path.GetDirectoryName(target.Path)!;
        try
        {
            (string temporary, FileStream stream) = Open(folder, mode);
            bool inPlace = exists && (target.Status.Links > 1 || target.Status.Owner != FileStatus.Of(temporary).Owner);
            return (new PendingFile(name, target, temporary, inPlace, mode), stream);
        }
        catch (UnauthorizedAccessException) when (exists)
        {
            // The file may be written, but its folder takes no other.
            (string temporary, FileStream stream) = Open(Path.GetTempPath(), mode);
            return (new PendingFile(name, target, temporary, InPlace: true, mode), stream);
        }
    }

    /// <summary>Puts the file in its place.</summary>
    /// <param name="keepOld">Keep the old file until <see cref="Dispose"/>, so that <see cref="Restore"/> can bring it back.</param>
    public void Place(bool keepOld)
    {
        if (InPlace)
        {
            if (keepOld)
                File.Copy(Target.Path, _old = NewName(Path.GetTempPath()));
            Overwrite(Temporary);
            return;
        }

        if (Mode is UnixFileMode mode && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(Temporary, mode);
        if (IsNew)
        {
            File.Move(Temporary, Target.Path, overwrite: true);
            return;
        }

        bool readOnly = OperatingSystem.IsWindows() && new FileInfo(Target.Path).IsReadOnly;
        if (readOnly)
            File.SetAttributes(Target.Path, FileAttributes.Normal);
        if (keepOld)
            File.Replace(Temporary, Target.Path, _old = NewName(Path.GetDirectoryName(Target.Path)!), ignoreMetadataErrors: true);
        else
            File.Move(Temporary, Target.Path, overwrite: true);
        if (readOnly)
            File.SetAttributes(Target.Path, FileAttributes.ReadOnly);
    }

    /// <summary>Brings back what was there before <see cref="Place"/>.</summary>
    public void Restore()
    {
        if (IsNew)
            Try(Target.Path, File.Delete);
        else if (_old is not null && InPlace)
            Try(_old, Overwrite);
        else if (_old is not null)
            Try(_old, old => File.Move(old, Target.Path, overwrite: true));
    }

    /// <summary>Removes what is left of the work.</summary>
    public void Dispose()
    {
        Try(Temporary, File.Delete);
        if (_old is not null)
            Try(_old, File.Delete);
    }

    /// <summary>Tidies up; what cannot be removed stays, because the fault that led here is the one to report.</summary>
    public static void Try(string path, Action<string> tidy)
    {
        try
        {
            tidy(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static (string Temporary, FileStream Stream) Open(string folder, UnixFileMode? mode)
    {
        string temporary = NewName(folder);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 1 << 16,
        };

        // From the first byte on nobody may read what he could not read in the old file.
        if (mode is UnixFileMode known && !OperatingSystem.IsWindows())
            options.UnixCreateMode = known | UnixFileMode.UserWrite;
        return (temporary, new FileStream(temporary, options));
    }

    /// <summary>A name of 37 bytes, whatever the target's: names may have 255.</summary>
    private static string NewName(string folder) => Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");

    private void Overwrite(string source)
    {
        bool readOnly = Mode is UnixFileMode known && !OperatingSystem.IsWindows() && !known.HasFlag(UnixFileMode.UserWrite);
        if (readOnly && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(Target.Path, Mode!.Value | UnixFileMode.UserWrite);
        using (FileStream content = File.OpenRead(source))
        using (var target = new FileStream(Target.Path, FileMode.Truncate, FileAccess.Write, FileShare.Read))
            content.CopyTo(target);
        if (readOnly && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(Target.Path, Mode!.Value);
    }
}
