using System.Text.Json;

namespace ParallelDag.Cli.Tests;

/// <summary><c>paralleldag time</c> on plans and graphs.</summary>
public sealed class TimeTests
{
    private static readonly string Plan = CommandLine.ReferencePlan;

    [Fact]
    public void Tells_phases_and_serving_within_80_columns()
    {
        Finished result = CommandLine.Run("time", Plan);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Prefill  9.64 ms", result.Output, StringComparison.Ordinal);
        Assert.Contains("Decode  2.09 ms", result.Output, StringComparison.Ordinal);
        Assert.Contains("combine 22 %, dispatch 22 %, experts 16 %", result.Output, StringComparison.Ordinal);
        Assert.Contains("model, +-20 % on kernels and single-node throughput; 1.1-1.6x", result.Output, StringComparison.Ordinal);
        Assert.All(result.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void Json_has_seconds_and_shares()
    {
        using JsonDocument json = JsonDocument.Parse(CommandLine.Run("time", Plan, "--json").Output);
        JsonElement prefill = json.RootElement.GetProperty("phases")[0];
        Assert.Equal(9.639406e-3, prefill.GetProperty("makespanSeconds").GetDouble(), 1e-8);
        double shares = new[] { "utilisation", "exposedShare", "idleShare" }.Sum(name => prefill.GetProperty(name).GetDouble());
        Assert.Equal(1, shares, 1e-12);
        Assert.Equal(
            prefill.GetProperty("makespanSeconds").GetDouble(),
            prefill.GetProperty("criticalPath").EnumerateArray().Sum(step => step.GetProperty("seconds").GetDouble()), 1e-12);
        Assert.Equal(4, prefill.GetProperty("stages").GetArrayLength());
        Assert.Equal(9.639406e-3, json.RootElement.GetProperty("ttftSeconds").GetDouble(), 1e-8);
        Assert.Equal(2.089069e-3, json.RootElement.GetProperty("tpotLastSeconds").GetDouble(), 1e-8);
    }

    /// <summary>On one stream KV transfers and sends wait for the kernels, on two a receive waits for nobody.</summary>
    [Theory]
    [InlineData("four")]
    [InlineData("two")]
    [InlineData("one")]
    public void Streams_can_be_chosen(string streams)
    {
        using JsonDocument json = JsonDocument.Parse(CommandLine.Run("time", Plan, "--streams", streams, "--json").Output);
        JsonElement prefill = json.RootElement.GetProperty("phases")[0];
        Assert.Equal(streams == "two" ? .161 : .171, prefill.GetProperty("exposedShare").GetDouble(), 5e-4);
    }

    [Fact]
    public void A_written_graph_takes_the_same_time()
    {
        using var folder = new TemporaryFolder();
        string graph = folder["graph.json"];
        CommandLine.Run("export", Plan, "--format", "json", "--detail", "device", "--phase", "prefill", "-o", graph).Succeeded();
        using JsonDocument json = JsonDocument.Parse(CommandLine.Run("time", graph, "--json").Output);
        Assert.Equal(9.639406e-3, json.RootElement.GetProperty("phases")[0].GetProperty("makespanSeconds").GetDouble(), 1e-8);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("ttftSeconds").ValueKind);
    }

    [Theory]
    [InlineData("--streams", "three", "--streams takes four, two or one, not 'three'")]
    [InlineData("--serving", "fast", "--serving takes static, aggregated or disaggregated, not 'fast'")]
    [InlineData("--chunk", "0", "--chunk is 1 to 1,000,000, not 0")]
    [InlineData("--ttft-margin", "-1", "--ttft-margin is a factor above 0 and at most 100, not '-1'")]
    [InlineData("--calibrate", "nowhere.csv", "nowhere.csv")]
    public void Arguments_that_are_wrong_are_named(string option, string value, string message)
    {
        Assert.Contains(message, CommandLine.Run("time", Plan, option, value).Refused().Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_calibration_says_what_it_found()
    {
        using var folder = new TemporaryFolder();
        string csv = folder.Write("ops.csv", "op,shape,us\ngemm,512x8192x3584,80\ngemm,4096x10240x8192,1800\n");
        Finished result = CommandLine.Run("time", Plan, "--calibrate", csv);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("calibrated: gemm: 2 operators", result.Output.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }
}
