namespace ParallelDag.Cli.Tests;

/// <summary><c>paralleldag import</c>.</summary>
public sealed class ImportTests
{
    private static readonly string Mixtral = Path.Combine(CommandLine.RepositoryRoot, "examples", "configs", "mixtral-8x7b.json");

    [Fact]
    public void A_command_line_becomes_a_plan_that_can_be_checked()
    {
        using var folder = new TemporaryFolder();
        Finished run = CommandLine.Run(
            "import", "--engine", "vllm", "--model", Mixtral, "--gpu", "H100", "--", "vllm", "serve", "mistralai/Mixtral-8x7B", "-tp", "8",
                "--max-num-seqs", "16", "--turbo");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("tp: 8", run.Output, StringComparison.Ordinal);
        Assert.Contains("not understood: --turbo", run.ErrorLines);
        CommandLine.Run("check", folder.Write("plan.yaml", run.Output)).Succeeded();
    }

    [Fact]
    public void What_launch_wrote_reads_back()
    {
        using var folder = new TemporaryFolder();
        string plan = Path.Combine(CommandLine.RepositoryRoot, "examples", "gallery", "deepseek_r1_tep8.yaml");
        string config = Path.Combine(CommandLine.RepositoryRoot, "examples", "configs", "deepseek-r1.json");
        CommandLine.RunIn(folder.Path, null, "launch", plan, "--engine", "trtllm", "--model", "m", "-o", ".").Succeeded();
        Finished run = CommandLine.RunIn(
            folder.Path, null, "import", "--engine", "trtllm", "--model", config, "--gpu", "H200", "deepseek_r1_tep8.sh");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("ep: 8", run.Output, StringComparison.Ordinal);
        Assert.Contains("dispatch: none", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no command of vLLM here", "import", "--engine", "vllm", "--", "echo", "x")]
    [InlineData("there is no device profile 'H9'", "import", "--engine", "vllm", "--gpu", "H9", "--", "vllm", "serve", "x")]
    [InlineData("missing.sh", "import", "--engine", "vllm", "missing.sh")]
    public void Is_refused_in_a_line(string message, params string[] arguments) =>
        Assert.Contains(message, CommandLine.Run(arguments).Refused().Error, StringComparison.Ordinal);

    [Fact]
    public void A_plan_with_an_engine_is_described_with_it()
    {
        using var folder = new TemporaryFolder();
        string config = Path.Combine(CommandLine.RepositoryRoot, "examples", "configs", "deepseek-r1.json").Replace('\\', '/');
        string plan = folder.Write("plan.yaml",
            $"name: plan\nengine: sglang\nmodel: {config}\ncluster: {{ gpus: 32, gpu: H200 }}\nworkload: "
                + $"{{ batch: 32, promptLength: 1024 }}\n"
            + "prefill: { tp: 8, pp: 4 }\n");
        Finished run = CommandLine.Run("describe", plan).Succeeded();
        Assert.Contains("Engine         sglang", run.Output, StringComparison.Ordinal);
        Assert.Contains("layersPerStage=15,15,15,16", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"engine\": \"sglang\"", CommandLine.Run("describe", plan, "--json").Succeeded().Output, StringComparison.Ordinal);
    }
}
