using System.Text;
using ParallelDag.Wording;

namespace ParallelDag.Files;

/// <summary>Where an output goes, links followed, and how it gets there.</summary>
/// <param name="Path">The full path of the file itself.</param>
/// <param name="Status">What is there now.</param>
internal readonly record struct OutputTarget(string Path, FileStatus Status)
{
    private const int MostLinks = 40;
    private const int LongestName = 255;

    /// <summary>True for what is there already and is written through: a device, a pipe, a descriptor of the process.</summary>
    public bool IsStream => Status.Kind == FileKind.Stream || (Status.Kind == FileKind.Regular && IsDescriptor(Path));

    /// <summary>Follows a path as far as it leads, also to a file that is not there yet.</summary>
    /// <exception cref="OutputException">It is a folder, leads in a circle, or has a name that no file can have.</exception>
    public static OutputTarget Of(string path)
    {
        if (path.Length == 0 || System.IO.Path.EndsInDirectorySeparator(path) || Directory.Exists(path))
            throw new OutputException(path, "this is a folder; name a file for the output");
        string full = System.IO.Path.GetFullPath(path);
        FileStatus status = FileStatus.Of(full);
        if (status.Kind == FileKind.Stream)
            return new OutputTarget(full, status);
        for (int links = 0; !IsDescriptor(full) && new FileInfo(full).LinkTarget is string next; links++)
        {
            if (links == MostLinks)
                throw new OutputException(path, "this is a symbolic link that leads in a circle");
            full = System.IO.Path.GetFullPath(next, System.IO.Path.GetDirectoryName(full)!);
        }

        if (Directory.Exists(full))
            throw new OutputException(path, "this is a folder; name a file for the output");
        if (!OperatingSystem.IsWindows() && Encoding.UTF8.GetByteCount(System.IO.Path.GetFileName(full)) > LongestName)
            throw new OutputException(path, Words.Invariant($"the file's name is longer than {LongestName} bytes; choose a shorter one"));
        return new OutputTarget(full, status);
    }

    /// <summary>A descriptor of the process, such as /dev/stdout, is already open for somebody; its file must not get another behind his
    /// back.</summary>
    private static bool IsDescriptor(string path) =>
        !OperatingSystem.IsWindows()
        && (path.StartsWith("/proc/", StringComparison.Ordinal) || path.StartsWith("/dev/fd/", StringComparison.Ordinal));
}
