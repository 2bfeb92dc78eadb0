namespace ParallelDag.Pester.Tests;

/// <summary>Every Pester test as a test of xunit: one PowerShell runs all of them, each is reported by itself.</summary>
public sealed class PesterTests
{
    /// <summary>A row for each Pester test. Known only after the run, so it cannot be listed beforehand.</summary>
    public static async Task<IEnumerable<TheoryDataRow<string, string, string>>> Outcomes() =>
        (await PesterRun.Result).Outcomes
            .Select(outcome => new TheoryDataRow<string, string, string>(outcome.Name, outcome.Result, outcome.Message)
        {
            TestDisplayName = $"{outcome.File}: {outcome.Name}",
            Skip = outcome.Result is "Skipped" ? $"SKIPPED: {outcome.Message}" : null,
        });

    [Theory]
    [MemberData(nameof(Outcomes), DisableDiscoveryEnumeration = true)]
    public void Pester(string name, string result, string message) =>
        Assert.True(result == "Passed", $"{name}: {result}\n{message}");

    [Fact]
    public async Task The_run_came_to_its_end()
    {
        PesterRun run = await PesterRun.Result;
        bool failed = run.Outcomes.Any(outcome => outcome.Result is not ("Passed" or "Skipped"));
        Assert.True(run.ExitCode == (failed ? 1 : 0) && run.Output.Contains("pester: ", StringComparison.Ordinal),
            $"exit code {run.ExitCode}\n{run.Output}");
    }

    [Fact]
    public async Task Every_file_had_tests()
    {
        PesterRun run = await PesterRun.Result;
        IEnumerable<string> silent =
            PesterRun.Files.Except(run.Outcomes.Where(outcome => outcome.Result is "Passed" or "Failed").Select(outcome => outcome.File));
        Assert.True(PesterRun.Files.Any() && !silent.Any(), $"no test has run in {string.Join(", ", silent)}\n{run.Output}");
    }
}
