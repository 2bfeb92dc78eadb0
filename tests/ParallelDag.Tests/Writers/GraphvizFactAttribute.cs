using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ParallelDag.Tests.Writers;

/// <summary>A test that asks Graphviz; skipped, and counted as skipped, where Graphviz is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GraphvizFactAttribute : FactAttribute
{
    public GraphvizFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!Graphviz.IsInstalled)
            Skip = "Graphviz (dot) is not installed";
    }
}

/// <summary>Graphviz as a second opinion.</summary>
internal static class Graphviz
{
    public static bool IsInstalled { get; } = TryRun("dot", ["-V"], "", out _, out _);

    /// <summary>Runs a program on <paramref name="input"/>; the text that it prints, or a failed test with its complaint.</summary>
    public static string Run(string program, string[] arguments, string input)
    {
        Assert.True(TryRun(program, arguments, input, out string output, out string errors),
            $"{program}: {errors}\n{input[..Math.Min(input.Length, 2000)]}");
        return output;
    }

    private static bool TryRun(string program, string[] arguments, string input, out string output, out string errors)
    {
        output = errors = "";
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false), StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> complaint = process.StandardError.ReadToEndAsync();
            Task<string> answer = process.StandardOutput.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            process.WaitForExit();
            output = answer.Result;
            errors = complaint.Result;
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
