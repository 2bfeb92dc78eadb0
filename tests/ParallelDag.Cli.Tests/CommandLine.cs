using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace ParallelDag.Cli.Tests;

/// <summary>What a run of the program left behind.</summary>
internal sealed record Finished(int ExitCode, byte[] OutputBytes, string Error)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public string Output => Strict.GetString(OutputBytes);

    /// <summary>The lines on stderr.</summary>
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Asserts a refusal: exit code 2, nothing on stdout, whole lines on stderr and no stack trace.</summary>
    public Finished Refused()
    {
        Assert.Equal("", Output);
        Assert.NotEmpty(ErrorLines);
        Assert.EndsWith("\n", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Error, StringComparison.Ordinal);
        Assert.Equal(2, ExitCode);
        return this;
    }

    /// <summary>Asserts exit code 0 and a silent stderr.</summary>
    public Finished Succeeded()
    {
        Assert.Equal("", Error);
        Assert.Equal(0, ExitCode);
        return this;
    }
}

/// <summary>Runs the built program as a child process.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static string Program { get; } = Metadata("Program");

    public static string RepositoryRoot { get; } = Metadata("RepositoryRoot");

    public static string ReferencePlan { get; } = Path.Combine(RepositoryRoot, "examples", "llm_parallel.yaml");

    public static Finished Run(params string[] arguments) => RunIn(null, null, arguments);

    public static Finished RunIn(string? folder, Dictionary<string, string>? environment, params string[] arguments)
    {
        using Process process = Start(folder, environment, "dotnet", [Program, .. arguments]);
        return Finish(process);
    }

    /// <summary>Runs a line of the POSIX shell, in which <c>paralleldag</c> is the program.</summary>
    public static Finished RunShell(string folder, string line)
    {
        using Process process = Start(folder, null, "/bin/sh", ["-c", $"paralleldag() {{ dotnet '{Program}' \"$@\"; }}; {line}"]);
        return Finish(process);
    }

    public static Process Start(string? folder, Dictionary<string, string>? environment, string file, string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardErrorEncoding = new UTF8Encoding(false, true),
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach ((string name, string value) in environment ?? [])
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static Finished Finish(Process process)
    {
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        Task copied = process.StandardOutput.BaseStream.CopyToAsync(output);
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("the program did not end");
        }

        copied.Wait(Limit);
        return new Finished(process.ExitCode, output.ToArray(), error.Result);
    }

    private static string Metadata(string key) =>
        typeof(CommandLine).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}

/// <summary>A folder that is gone after the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("paralleldag-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>The relative names of all files, hidden ones included.</summary>
    public IEnumerable<string> Files =>
        Directory.EnumerateFiles(Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => System.IO.Path.GetRelativePath(Path, file).Replace('\\', '/')).Order(StringComparer.Ordinal);

    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>A test of pipes, signals and devices as POSIX has them.</summary>
public sealed class PosixFactAttribute : FactAttribute
{
    public PosixFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (OperatingSystem.IsWindows())
            Skip = "needs POSIX pipes, signals or devices";
    }
}

/// <summary>The same with several cases.</summary>
public sealed class PosixTheoryAttribute : TheoryAttribute
{
    public PosixTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (OperatingSystem.IsWindows())
            Skip = "needs POSIX pipes, signals or devices";
    }
}
