using System.Text.Json;

namespace ParallelDag.Cli.Tests;

public class CheckTests
{
    [Fact]
    public void The_table_has_a_line_a_rule_and_a_sum()
    {
        string[] lines = CommandLine.Run("check", CommandLine.ReferencePlan).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using var report = JsonDocument.Parse(CommandLine.Run("check", CommandLine.ReferencePlan, "--json").Succeeded().Output);
        JsonElement[] checks = [.. report.RootElement.GetProperty("checks").EnumerateArray()];

        Assert.Equal(checks.Length + 1, lines.Length);
        for (int i = 0; i < checks.Length; i++)
        {
            Assert.StartsWith($"✓ {checks[i].GetProperty("id").GetString()}  {checks[i].GetProperty("title").GetString()} ", lines[i], StringComparison.Ordinal);
            Assert.EndsWith($"  {checks[i].GetProperty("evidence").GetString()}", lines[i], StringComparison.Ordinal);
            Assert.Equal("pass", checks[i].GetProperty("status").GetString());
        }

        Assert.Equal($"llm_parallel: {checks.Length} passed, 0 failed, 0 skipped", lines[^1]);
    }
}
