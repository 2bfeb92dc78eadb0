using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using ParallelDag.Commands.Errors;

namespace ParallelDag.Commands.Exports;

/// <summary>Opens a picture with the program that the desktop has for it, and says where the picture lies when there is none.</summary>
internal static class Viewer
{
    // Launchers such as xdg-open end at once when they find no program, and with 0 when they have started one.
    private const int LauncherPatience = 300;

    /// <summary>Opens <paramref name="file"/>; warns with its path when no program can be told to have started.</summary>
    /// <exception cref="ReportedException">There is no way to open files here.</exception>
    public static void Open(Cmdlet cmdlet, string file)
    {
        try
        {
            using Process? viewer = Process.Start(StartInfo(file));
            bool failed = viewer is not null && viewer.WaitForExit(LauncherPatience) && viewer.ExitCode != 0;
            if (failed || (viewer is null && !OperatingSystem.IsWindows()))
                cmdlet.WriteWarning($"No program was found to open '{file}'. The file is complete; open it by hand.");
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            throw new ReportedException(ErrorRecords.ViewerNotStarted(file, exception));
        }
    }

    // The desktop's launcher by name: what it complains of belongs to nobody's console.
    private static ProcessStartInfo StartInfo(string file) => OperatingSystem.IsWindows()
        ? new ProcessStartInfo(file) { UseShellExecute = true }
        : new ProcessStartInfo(
            OperatingSystem.IsMacOS() ? "open" : "xdg-open", [file]) { RedirectStandardError = true, RedirectStandardOutput = true };
}
