using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace ParallelDag.Pester.Tests;

/// <summary>One run of every Pester file in one PowerShell process, and what came of it.</summary>
internal sealed record PesterRun(int ExitCode, string Output, IReadOnlyList<PesterOutcome> Outcomes)
{
    private static readonly Lazy<Task<PesterRun>> Shared = new(StartAsync);

    /// <summary>The run, started by the first test that asks.</summary>
    public static Task<PesterRun> Result => Shared.Value;

    /// <summary>The test files, by the names that their outcomes carry.</summary>
    public static IEnumerable<string> Files =>
        Directory.EnumerateFiles(InRepository("tests"), "*.Tests.ps1").Select(Path.GetFileName).Order(StringComparer.Ordinal)!;

    private static async Task<PesterRun> StartAsync()
    {
        string results = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            (int code, string output) =
                await RunAsync(InRepository("tests/run-pester.ps1"), "-InThisProcess", "-Pester", Metadata("Pester"), "-Results", results);
            PesterOutcome[] outcomes = File.Exists(results)
                ? JsonSerializer.Deserialize<PesterOutcome[]>(await File.ReadAllTextAsync(results))!
                : [];
            return new PesterRun(code, output, outcomes);
        }
        finally
        {
            File.Delete(results);
        }
    }

    // `dotnet pwsh` would ask for `dotnet tool restore` first; the restore of this project has brought the same files.
    private static async Task<(int Code, string Output)> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet"
            ? host
            : "dotnet")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            WorkingDirectory = InRepository(""),
        };
        foreach (string argument in (string[])[Metadata("PowerShell"), "-NoProfile", "-NonInteractive", "-File", script, .. arguments])
            start.ArgumentList.Add(argument);
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    private static string InRepository(string path) => Path.Combine(Metadata("Repository"), path);

    private static string Metadata(string key) =>
        typeof(PesterRun).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}

/// <summary>What one Pester test, or a block or file that broke outside its tests, came to.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Name">Describe, context and test, joined by dots.</param>
/// <param name="Result">Pester's word: Passed, Failed, Skipped, NotRun.</param>
/// <param name="Message">Why it failed, with the line; why it was skipped.</param>
internal sealed record PesterOutcome(string File, string Name, string Result, string Message);
