using System.Text.Json;

namespace ParallelDag.Cli.Tests;

/// <summary><c>paralleldag search</c>.</summary>
public class SearchTests
{
    private static readonly string Config = Path.Combine(CommandLine.RepositoryRoot, "examples", "configs", "llama-3.1-70b.json");

    private static readonly string[] Llama =
    [
        "search", Config, "--gpus", "32", "--gpu", "H100", "--prompt", "4096", "--output", "512",
        "--mode", "disaggregated", "--degrees", "1,2,4,8",
    ];

    [Fact]
    public void Json_has_the_documented_names()
    {
        Finished result = CommandLine.Run([.. Llama, "--ttft", "500ms", "--tpot", "25ms", "--top", "3", "--json"]);
        result.Succeeded();
        JsonElement root = JsonDocument.Parse(result.Output).RootElement;
        Assert.True(root.GetProperty("evaluations").GetInt64() > 100);
        Assert.Equal(116, root.GetProperty("verdicts").GetProperty("Pareto").GetInt32());
        Assert.Equal(3, root.GetProperty("candidates").GetArrayLength());
        JsonElement best = root.GetProperty("candidates")[0];
        Assert.Equal(["rank", "mode", "prefill", "decode", "prefillReplicas", "decodeReplicas", "gpus", "batch", "ttftSeconds",
            "tpotSeconds", "tokensPerSecondPerGpu", "tokensPerSecondPerUser", "requestsPerSecond", "verdict", "reason"],
            best.EnumerateObject().Select(property => property.Name).Take(15));
        Assert.Equal(("tp2", "tp8", 178), (best.GetProperty("prefill").GetString(), best.GetProperty("decode").GetString(),
            best.GetProperty("batch").GetInt32()));
    }

    [Fact]
    public void Text_shows_the_best_first()
    {
        Finished result = CommandLine.Run([.. Llama, "--ttft", "500ms", "--tpot", "25ms"]);
        Assert.Contains("  1*   20    178   426 ms  24.9 ms     357.4   40.1  6 x tp2 > 1 x tp8\n", result.Output,
            StringComparison.Ordinal);
        Assert.Contains("116 on the Pareto front", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    /// <summary>An environment asks for the fewest GPUs, unless the arguments ask for something else.</summary>
    [Fact]
    public void An_environment_is_answered_with_the_fewest_gpus()
    {
        string environment = Path.Combine(CommandLine.RepositoryRoot, "examples", "environments", "sixteen_gpus.yaml");
        string Search(params string[] more) =>
            CommandLine.Run(["search", environment, "--top", "5", "--csv", .. more]).Succeeded().Output;
        Assert.Equal(Search("--sort", "gpus"), Search());
        Assert.NotEqual(Search("--sort", "throughput"), Search());
    }

    /// <summary>What was found is a plan: it holds, takes the time that was told, and starts.</summary>
    [Fact]
    public void The_best_plan_is_a_plan_that_every_command_takes()
    {
        using var folder = new TemporaryFolder();
        CommandLine.RunIn(folder.Path, null, [.. Llama, "--ttft", "500ms", "--tpot", "25ms", "--top", "1", "-o", "found"]).Succeeded();
        Assert.Equal(
            ["found/llama-3.1-70b_best.yaml", "found/llama-3.1-70b_pareto.svg", "found/llama-3.1-70b_search.md"],
            folder.Files.Select(file => file.Replace('\\', '/')).Order(StringComparer.Ordinal));
        string best = folder["found/llama-3.1-70b_best.yaml"];
        CommandLine.Run("check", best, "--strict").Succeeded();
        JsonElement times = JsonDocument.Parse(CommandLine.Run("time", best, "--json").Succeeded().Output).RootElement;
        Assert.Equal(24.947, times.GetProperty("tpotSeconds").GetDouble() * 1000, 0.01);
        Assert.Equal(357.45, times.GetProperty("tokensPerSecondPerGpu").GetDouble(), 0.1);
        CommandLine.RunIn(folder.Path, null, "launch", best, "--engine", "vllm", "--model", "org/model", "-o", "start");
        Assert.Equal(7, folder.Files.Count(file => file.StartsWith("start", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_no_strategy_keeps_is_named_with_what_it_lacks()
    {
        Finished result = CommandLine.Run([.. Llama, "--ttft", "50ms", "--tpot", "25ms"]);
        Assert.Contains("no strategy keeps ttft 50.0 ms: the soonest first token takes 164 ms (tp8), 229",
            result.Output.Replace("\n  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    /// <summary>The search is ended at once, whatever it is doing; waiting for a save too.</summary>
    [PosixTheory]
    [InlineData("search", "examples/deepseek_v3.yaml", "--gpus", "1024", "--top", "5000")]
    [InlineData("watch", "examples/llm_parallel.yaml")]
    public void Ctrl_C_ends_it(params string[] arguments)
    {
        using System.Diagnostics.Process process =
            CommandLine.Start(CommandLine.RepositoryRoot, null, "dotnet", [CommandLine.Program, .. arguments]);
        if (arguments[0] == "watch")
            process.StandardOutput.ReadLine();
        else
            Thread.Sleep(1500);
        Assert.False(process.HasExited);
        System.Diagnostics.Process.Start("kill", ["-INT", FormattableString.Invariant($"{process.Id}")]).WaitForExit();

        // Generous for machines under load; the cmdlets' tests have the bound of a second.
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Equal(130, process.ExitCode);
        Assert.Equal("", process.StandardError.ReadToEnd());
    }

    [Fact]
    public void The_most_that_fits_is_told()
    {
        Finished batch = CommandLine.Run([.. Llama, "--tpot", "100ms", "--fit", "batch"]).Succeeded();
        Assert.Matches(@"The largest batch that fits: [\d,]+ sequences at once", batch.Output);
        JsonElement context = JsonDocument.Parse(CommandLine.Run(["search", Config, "--gpus", "8", "--gpu", "H100", "--output", "512",
            "--mode", "aggregated", "--degrees", "1,2,4,8", "--fit", "context", "--json"]).Succeeded().Output).RootElement;
        int prompt = context.GetProperty("promptLength").GetInt32();
        Assert.True(prompt > 100_000 && prompt % 256 == 0, $"{prompt}");
        Assert.Equal(prompt + 512, context.GetProperty("candidates")[0].GetProperty("contextLength").GetInt32());
    }

    [Fact]
    public void Formats_and_limits_of_throughput_are_asked_for()
    {
        JsonElement root = JsonDocument.Parse(CommandLine.Run([.. Llama, "--ttft", "500ms", "--tpot", "25ms", "--precision", "bf16,fp8",
            "--output-throughput", "0.3tokens/ms", "--top", "400", "--json"]).Succeeded().Output).RootElement;
        JsonElement[] candidates = [.. root.GetProperty("candidates").EnumerateArray()];
        Assert.Equal(["bf16", "fp8"], candidates.Select(row => row.GetProperty("precision").GetString()!).Distinct().Order());
        Assert.All(candidates, row => Assert.True(row.GetProperty("tokensPerSecondPerGpu").GetDouble() >= 300));
        Assert.True(root.GetProperty("verdicts").GetProperty("Throughput").GetInt64() > 0);
    }

    [Fact]
    public void A_search_does_not_overwrite_its_input()
    {
        using var folder = new TemporaryFolder();
        string environment = File.ReadAllText(Path.Combine(CommandLine.RepositoryRoot, "examples", "environments", "sixteen_gpus.yaml"));
        folder.Write("sixteen_gpus_best.yaml", environment);
        Finished refused = CommandLine.RunIn(folder.Path, null, "search", "sixteen_gpus_best.yaml", "--top", "1", "-o", ".").Refused();
        Assert.Contains("this is the plan itself; choose another folder", refused.Error, StringComparison.Ordinal);
        Assert.Equal(environment, File.ReadAllText(folder["sixteen_gpus_best.yaml"]));
        Assert.Single(folder.Files);
    }

    [Theory]
    [InlineData("--fit context finds the longest prompt; leave --prompt out", "--fit", "context", "--prompt", "8")]
    [InlineData("--precision: there is no format 'fp9'; known are ", "--precision", "bf16,fp9")]
    [InlineData("--output-throughput is a rate such as 500 or 0.5tokens/ms, not 'fast'", "--output-throughput", "fast")]
    [InlineData("a config.json tells the model alone; give --gpu too", "--gpus", "8", "--prompt", "8", "--output", "8")]
    [InlineData("--gpu: there is no device profile 'H999'", "--gpus", "8", "--gpu", "H999", "--prompt", "8", "--output", "8")]
    [InlineData("an output of 1 token leaves nothing to decode", "--gpus", "8", "--gpu", "H100", "--prompt", "8", "--output", "1")]
    [InlineData("--ttft is a time such as 500ms or 2s, not 'soon'", "--ttft", "soon")]
    [InlineData("--degrees is a list of whole numbers from 1 on", "--degrees", "1,x")]
    [InlineData("--json and --csv cannot both be printed", "--json", "--csv")]
    public void Faults_are_a_line_with_the_way_out(string fault, params string[] arguments)
    {
        string line = Assert.Single(CommandLine.Run(["search", Config, .. arguments]).Refused().ErrorLines);
        Assert.StartsWith(fault, line, StringComparison.Ordinal);
    }
}
