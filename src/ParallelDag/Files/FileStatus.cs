using System.Runtime.InteropServices;

namespace ParallelDag.Files;

/// <summary>What stands behind a path.</summary>
internal enum FileKind
{
    /// <summary>Nothing.</summary>
    Missing,

    /// <summary>Bytes on a disk, wherever the path lies.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A terminal, a device, a pipe or a socket: what is written to it cannot be replaced, what is read from it cannot be read
    /// twice.</summary>
    Stream,
}

/// <summary>
/// The status of a file as far as the class library does not tell it: whether it is a regular one, how many names it has, whose it is.
/// Source: statx(2), whose structure is the same on every Linux; elsewhere the class library's attributes and the folder <c>/dev</c>
/// decide.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Links">How many names the file has.</param>
/// <param name="Owner">The owner's user and group; default where the system does not tell.</param>
/// <param name="Identity">The file itself, whatever its names; default where the system does not tell.</param>
internal readonly record struct FileStatus(FileKind Kind, int Links, (uint User, uint Group) Owner, (ulong Device, ulong Number) Identity)
{
    private const int WorkingFolder = -100; // AT_FDCWD
    private const uint BasicStatus = 0x7FF; // STATX_BASIC_STATS

    /// <summary>The status of what <paramref name="path"/> leads to, symbolic links followed.</summary>
    public static FileStatus Of(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            return default;
        if (OperatingSystem.IsLinux())
        {
            try
            {
                return statx(WorkingFolder, path, 0, BasicStatus, out Status status) == 0 ? From(status) : default;
            }
            catch (Exception fault) when (fault is EntryPointNotFoundException or DllNotFoundException)
            {
                // A C library without statx.
            }
        }

        if (Directory.Exists(path))
            return new FileStatus(FileKind.Folder, 1, default, default);
        if (!File.Exists(path))
            return default;
        bool device = !OperatingSystem.IsWindows() && Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal);
        return new FileStatus(device ? FileKind.Stream : FileKind.Regular, 1, default, default);
    }

    /// <summary>True when both paths lead to one file.</summary>
    public static bool AreSame(string first, string second)
    {
        FileStatus one = Of(first), other = Of(second);
        if (one.Kind == FileKind.Missing || other.Kind == FileKind.Missing)
            return false;
        StringComparison names = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return one.Identity != default ? one.Identity == other.Identity : string.Equals(Resolve(first), Resolve(second), names);

        static string Resolve(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
    }

    private static FileStatus From(in Status status)
    {
        const int TypeMask = 0xF000, RegularType = 0x8000, FolderType = 0x4000;
        FileKind kind = (status.Mode & TypeMask) switch
        {
            RegularType => FileKind.Regular,
            FolderType => FileKind.Folder,
            _ => FileKind.Stream,
        };
        ulong device = ((ulong)status.DeviceMajor << 32) | status.DeviceMinor;
        return new FileStatus(kind, (int)Math.Min(status.Links, int.MaxValue), (status.User, status.Group), (device, status.Number));
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable IDE1006, SYSLIB1054 // The name is the C library's; source generation would need unsafe code.
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out Status status);
#pragma warning restore IDE1006, SYSLIB1054

    /// <summary>struct statx, 256 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(20)]
        public uint User;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Number;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
