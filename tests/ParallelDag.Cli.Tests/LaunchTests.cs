namespace ParallelDag.Cli.Tests;

/// <summary><c>paralleldag launch</c>.</summary>
public sealed class LaunchTests
{
    [Fact]
    public void Writes_scripts_and_tells_their_names()
    {
        using var folder = new TemporaryFolder();
        string plan = Path.Combine(CommandLine.RepositoryRoot, "examples", "llama_70b.yaml");
        Finished run = CommandLine.RunIn(folder.Path, null, "launch", plan, "--engine", "vllm", "--model", "org/model", "-o", "out")
            .Succeeded();
        Assert.Equal(["out/llama_70b.sh"], folder.Files);
        Assert.Equal("made for vLLM 0.30\nwrote out/llama_70b.sh\n", run.Output.Replace('\\', '/'));
        Assert.EndsWith(
            "\nexec vllm serve org/model --tensor-parallel-size 8 --max-model-len 4608 --max-num-seqs 16\n",
                File.ReadAllText(folder["out/llama_70b.sh"]));
    }

    [Fact]
    public void Refuses_at_the_plans_keys_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        Finished run = CommandLine.RunIn(
            folder.Path, null, "launch", CommandLine.ReferencePlan, "--engine", "vllm", "--model", "m", "-o", "out").Refused();
        Assert.Equal(3, run.ErrorLines.Length);
        Assert.All(run.ErrorLines, line => Assert.Matches(@"llm_parallel\.yaml:2[12]:\d+: ", line));
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void Warns_on_stderr_and_goes_on()
    {
        using var folder = new TemporaryFolder();
        string plan = Path.Combine(CommandLine.RepositoryRoot, "examples", "gallery", "llmd_wide_ep.yaml");
        Finished run = CommandLine.RunIn(folder.Path, null, "launch", plan, "--engine", "sglang", "--model", "m");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(run.ErrorLines, line =>
            line.Contains("llmd_wide_ep.yaml:7:24: warning: SGLang's kernels", StringComparison.Ordinal));
        Assert.Equal(5, folder.Files.Count());
    }

    [Theory]
    [InlineData("--engine is required", "launch", "PLAN", "--model", "m")]
    [InlineData("--model", "launch", "PLAN", "--engine", "vllm")]
    [InlineData("--engine takes vllm, sglang or trtllm, not 'megatron'", "launch", "PLAN", "--engine", "megatron", "--model", "m")]
    [InlineData("--port is 1 to 65,000, not 0", "launch", "PLAN", "--engine", "vllm", "--model", "m", "--port", "0")]
    public void Arguments_are_checked(string message, params string[] arguments)
    {
        Finished run = CommandLine.Run([.. arguments.Select(argument => argument == "PLAN" ? CommandLine.ReferencePlan : argument)])
            .Refused();
        Assert.Contains(message.Replace(" is required", "", StringComparison.Ordinal), run.Error, StringComparison.Ordinal);
    }
}
