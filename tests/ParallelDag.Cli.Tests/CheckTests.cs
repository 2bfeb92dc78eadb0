using System.Text.Json;

namespace ParallelDag.Cli.Tests;

public sealed class CheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_table_has_a_line_a_rule_and_a_sum()
    {
        string[] lines = CommandLine.Run("check", CommandLine.ReferencePlan)
            .Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using var report = JsonDocument.Parse(CommandLine.Run("check", CommandLine.ReferencePlan, "--json").Succeeded().Output);
        JsonElement[] checks = [.. report.RootElement.GetProperty("checks").EnumerateArray()];

        Assert.Equal(checks.Length + 1, lines.Length);
        for (int i = 0; i < checks.Length; i++)
        {
            Assert.StartsWith($"✓ {checks[i].GetProperty("id").GetString()}  {checks[i].GetProperty("title").GetString()} ", lines[i],
                StringComparison.Ordinal);
            Assert.EndsWith($"  {checks[i].GetProperty("evidence").GetString()}", lines[i], StringComparison.Ordinal);
            Assert.Equal("pass", checks[i].GetProperty("status").GetString());
        }

        Assert.Equal($"llm_parallel: {checks.Length} passed, 0 failed, 0 skipped", lines[^1]);
    }

    [Theory]
    [InlineData("dot", "graph.dot")]
    [InlineData("dot", "graph.gv")]
    [InlineData("dot", "graph")]
    [InlineData("json", "graph.json")]
    public void A_graph_of_ours_holds_what_its_plan_holds(string format, string file)
    {
        CommandLine.RunIn(_folder.Path, null, "export", CommandLine.ReferencePlan, "--format", format, "-o", file).Succeeded();

        string graph = CommandLine.RunIn(_folder.Path, null, "check", file).Succeeded().Output;

        Assert.Equal(Marks(CommandLine.Run("check", CommandLine.ReferencePlan).Succeeded().Output), Marks(graph));

        static string[] Marks(string table) =>
            [.. table.Split('\n').Where(line => line.Contains(" PD", StringComparison.Ordinal)).Select(line => line[..7])];
    }

    [Fact]
    public void Some_rules_alone()
    {
        _folder.Write("loop.dot", "digraph { a -> b -> a }");
        Finished run = CommandLine.RunIn(_folder.Path, null, "check", "loop.dot", "--rule", "pd012,PD001", "--json");
        using var report = JsonDocument.Parse(run.Output);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["PD001", "PD012"],
            report.RootElement.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("id").GetString()));
        Finished unknown = CommandLine.RunIn(_folder.Path, null, "check", "loop.dot", "--rule", "PD999");
        Assert.Equal(2, unknown.ExitCode);
        Assert.StartsWith("there is no rule 'PD999'; the rules are PD001", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_faulty_drawing_fails_with_its_lines_and_exit_code_1()
    {
        _folder.Write("hand.dot", "digraph {\n  a -> b\n  b -> c\n  c -> a\n}\n");

        Finished run = CommandLine.RunIn(_folder.Path, null, "check", "hand.dot");
        Finished json = CommandLine.RunIn(_folder.Path, null, "check", "hand.dot", "--json");

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Equal((1, ""), (json.ExitCode, json.Error));
        Assert.Contains("✗ PD001", run.Output, StringComparison.Ordinal);
        Assert.Contains("    hand.dot:2:3: node a\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("– PD010", run.Output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(json.Output);
        JsonElement first = report.RootElement.GetProperty("checks")[0];
        Assert.Equal("fail", first.GetProperty("status").GetString());
        Assert.Equal(["a", "b", "c", "a"], first.GetProperty("nodes").EnumerateArray().Select(node => node.GetString()));
    }

    [Fact]
    public void Strict_counts_what_was_not_checked_as_failed()
    {
        _folder.Write("hand.dot", "digraph {\n  a -> b\n}\n");

        string[] lenient = CommandLine.RunIn(_folder.Path, null, "check", "hand.dot", "--format", "junit").Output.Split('\n');
        Finished strict = CommandLine.RunIn(_folder.Path, null, "check", "hand.dot", "--format", "junit", "--strict");

        Assert.Contains(lenient, line => line.Contains("<skipped ", StringComparison.Ordinal));
        Assert.DoesNotContain("<skipped ", strict.Output, StringComparison.Ordinal);
        Assert.Equal(1, strict.ExitCode);
        CommandLine.Run("check", CommandLine.ReferencePlan, "--strict").Succeeded();
    }

    [Theory]
    [InlineData("sarif", "\"ruleId\":\"PD001\"")]
    [InlineData("junit", "<failure ")]
    [InlineData("github", "::error file=hand.dot,line=2,")]
    [InlineData("json", "\"status\": \"fail\"")]
    [InlineData("table", "✗ PD001")]
    public void Results_are_told_in_the_format_that_is_asked_for(string format, string part)
    {
        _folder.Write("hand.dot", "digraph {\n  a -> b\n  b -> a\n}\n");

        Finished run = CommandLine.RunIn(_folder.Path, null, "check", "hand.dot", "--format", format);

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains(part, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_is_held_against_its_plan()
    {
        CommandLine.RunIn(_folder.Path, null, "export", CommandLine.ReferencePlan, "--format", "json", "-o", "graph.json").Succeeded();
        string good = CommandLine.RunIn(_folder.Path, null, "check", "graph.json", "--plan", CommandLine.ReferencePlan).Succeeded().Output;
        Assert.Contains("✓ PD027", good, StringComparison.Ordinal);

        _folder.Write("hand.dot", "digraph {\n  a [label=\"Layer 1 Attention\\nGPUs: 0-15\"]\n}\n");
        Finished drawn = CommandLine.RunIn(_folder.Path, null, "check", "hand.dot", "--plan", CommandLine.ReferencePlan);
        Assert.Equal(1, drawn.ExitCode);
        Assert.Contains("GPUs 16-63 of the plan run nothing", drawn.Output, StringComparison.Ordinal);
        Assert.Equal(2, CommandLine.RunIn(_folder.Path, null, "check", "graph.json", "--plan", "missing.yaml").ExitCode);
    }

    [Fact]
    public void A_drawing_that_does_not_parse_is_refused()
    {
        _folder.Write("hand.dot", "digraph {\n  a -> \n");

        Assert.StartsWith("hand.dot:", Assert.Single(CommandLine.RunIn(_folder.Path, null, "check", "hand.dot").Refused().ErrorLines),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("render", "graph.dot", "this is a graph")]
    [InlineData("check", "config.json", "this is a model's config.json")]
    [InlineData("render", "config.json", "this is a model's config.json")]
    public void A_file_of_another_kind_is_refused_with_the_command_that_takes_it(string command, string file, string words)
    {
        _folder.Write("graph.dot", "digraph { a -> b }");
        _folder.Write("config.json", """{ "architectures": [{ "schema": 1 }], "model_type": "llama", "layers": 3 }""");

        Assert.Contains(words, Assert.Single(CommandLine.RunIn(_folder.Path, null, command, file).Refused().ErrorLines),
            StringComparison.Ordinal);
        Assert.Equal(["config.json", "graph.dot"], _folder.Files);
    }
}
