using System.Text.Json;

namespace ParallelDag.Cli.Tests;

public sealed class DescribeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_reference_plan_is_described_for_machines()
    {
        using var document = JsonDocument.Parse(CommandLine.Run("describe", CommandLine.ReferencePlan, "--json").Succeeded().Output);
        JsonElement prefill = document.RootElement.GetProperty("phases")[0], decode = document.RootElement.GetProperty("phases")[1];

        Assert.Equal("llm_parallel", document.RootElement.GetProperty("name").GetString());
        Assert.Equal(32_768, document.RootElement.GetProperty("model").GetProperty("kvCacheBytesPerToken").GetInt64());
        Assert.Equal(("prefill", 64), (prefill.GetProperty("name").GetString(), prefill.GetProperty("gpuCount").GetInt32()));
        Assert.Equal(("decode", 32), (decode.GetProperty("name").GetString(), decode.GetProperty("gpuCount").GetInt32()));
        Assert.Equal("""{"tp":2,"sp":2,"ep":4,"dp":1,"pp":4}""", Compact(prefill.GetProperty("axes")));
        Assert.Equal(["0-15", "16-31", "32-47", "48-63"], Gpus(prefill));
        Assert.Equal("0-1,4-5,8-9,12-13", Gpus(decode)[0]);
        JsonElement groups = prefill.GetProperty("groups");
        Assert.Equal("[0,1]", Compact(groups.GetProperty("tp")[0]));
        Assert.Equal("[0,2]", Compact(groups.GetProperty("sp")[0]));
        Assert.Equal("[0,4,8,12]", Compact(groups.GetProperty("ep")[0]));
        Assert.Equal("[]", Compact(groups.GetProperty("dp")));
        Assert.Equal("[0,16,32,48]", Compact(groups.GetProperty("pp")[0]));
        JsonElement memory = prefill.GetProperty("memory")[0];
        Assert.Equal(
            memory.GetProperty("weightBytes").GetInt64() + memory.GetProperty("kvCacheBytes").GetInt64()
                + memory.GetProperty("activationBytes").GetInt64(),
            memory.GetProperty("totalBytes").GetInt64());
        Assert.True(memory.GetProperty("fits").GetBoolean());

        static string[] Gpus(JsonElement phase) =>
            [.. phase.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("gpus").GetString()!)];
    }

    [Fact]
    public void A_description_for_people_fits_80_columns_and_names_every_stage()
    {
        string text = CommandLine.Run("describe", CommandLine.ReferencePlan).Succeeded().Output;

        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("GPUs 48-63", text, StringComparison.Ordinal);
        Assert.Contains("854,999,552", text, StringComparison.Ordinal);
    }

    /// <summary>H100: matrix products at .80 of the peak and .85 of the bandwidth, fitted with a mean error of 6.5 %.</summary>
    [Fact]
    public void The_numbers_that_times_rest_on_come_with_their_source()
    {
        using var document = JsonDocument.Parse(CommandLine.Run("describe", CommandLine.ReferencePlan, "--json").Succeeded().Output);
        JsonElement timing = document.RootElement.GetProperty("timing");
        JsonElement gemm = timing.GetProperty("efficiencies").EnumerateArray().First();
        Assert.Equal("gemm .8 .85 4E-06 .065 fitted to the measured tables of AIConfigurator 095f58a", FormattableString.Invariant(
            $"{gemm.GetProperty("kernel")} {gemm.GetProperty("compute").GetDouble():.###} {gemm.GetProperty("memory").GetDouble():.###} ")
            + FormattableString.Invariant($"{gemm.GetProperty("latencySeconds").GetDouble()} {gemm.GetProperty("error").GetDouble():.###} ")
            + gemm.GetProperty("source"));
        Assert.Equal(5, timing.GetProperty("lines").EnumerateArray()
            .Count(line => line.GetProperty("collective").GetString() == "all-reduce"));
        Assert.Contains("  a: fitted to the measured tables of AIConfigurator 095f58a",
            CommandLine.Run("describe", CommandLine.ReferencePlan).Output, StringComparison.Ordinal);
    }

    /// <summary>Three prefill instances of 2 x 2 GPUs each and two of decode behind them, as xPyD has it.</summary>
    [Fact]
    public void Instances_are_told_with_their_GPUs()
    {
        string plan = _folder.Write("xpyd.yaml", """
            name: xpyd
            model: { layers: 2, hidden: 64, heads: 8, ffn: 128, vocab: 100 }
            cluster: { gpus: 32, gpu: H100, pool: disaggregated }
            workload: { batch: 4, promptLength: 16, outputLength: 8 }
            prefill: { tp: 2, pp: 2, replicas: 3 }
            decode: { tp: 8, replicas: 2, batch: 6 }
            """);
        using var document = JsonDocument.Parse(CommandLine.Run("describe", plan, "--json").Succeeded().Output);
        string[] Instances(int phase) => [.. document.RootElement.GetProperty("phases")[phase].GetProperty("instances").EnumerateArray()
            .Select(gpus => gpus.GetString()!)];
        Assert.Equal(["0-3", "4-7", "8-11"], Instances(0));
        Assert.Equal(["12-19", "20-27"], Instances(1));
        string text = CommandLine.Run("describe", plan).Succeeded().Output;
        Assert.Contains("  instance 3  GPUs 8-11", text, StringComparison.Ordinal);
        Assert.Contains("  instance 2  GPUs 20-27", text, StringComparison.Ordinal);
    }

    /// <summary>
    /// Llama-3.1-8B: 8,030,261,248 parameters by its model card; 2 * 32 layers * 8 heads * 128 * 2 bytes of cache a token.
    /// </summary>
    [Fact]
    public void A_model_alone_is_described_from_its_config()
    {
        _folder.Write("config.json", """
            { "model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 8,
              "intermediate_size": 14336, "vocab_size": 128256, "tie_word_embeddings": false, "torch_dtype": "bfloat16" }
            """);

        using var document =
            JsonDocument.Parse(CommandLine.RunIn(_folder.Path, null, "describe", "config.json", "--json").Succeeded().Output);

        Assert.Equal(8_030_261_248, document.RootElement.GetProperty("model").GetProperty("totalParameters").GetInt64());
        Assert.Equal(8_030_261_248, document.RootElement.GetProperty("model").GetProperty("activeParameters").GetInt64());
        Assert.Equal(131_072, document.RootElement.GetProperty("model").GetProperty("kvCacheBytesPerToken").GetInt64());
        Assert.Equal(0, document.RootElement.GetProperty("phases").GetArrayLength());
    }

    /// <summary>vLLM and SGLang take the folder of a checkpoint as the model; its name is that of the folder.</summary>
    [Fact]
    public void The_folder_of_a_checkpoint_stands_for_its_config()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "GLM-4.6"));
        _folder.Write("GLM-4.6/config.json", """
            { "model_type": "llama", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 8, "num_key_value_heads": 4,
              "intermediate_size": 256, "vocab_size": 1000 }
            """);
        _folder.Write("plan.yaml", """
            name: folder
            model: ./GLM-4.6
            cluster: { gpus: 2, gpu: H100 }
            workload: { batch: 2, promptLength: 8, outputLength: 2 }
            prefill: { tp: 2 }
            """);

        string alone = Describe("GLM-4.6"), file = Describe("GLM-4.6/config.json"), plan = Describe("plan.yaml");

        Assert.StartsWith("GLM-4.6\n", alone, StringComparison.Ordinal);
        Assert.Equal(file, alone);
        Assert.Contains("2 x MHA 8/4", plan.Replace("GQA", "MHA", StringComparison.Ordinal), StringComparison.Ordinal);

        string Describe(string input) => CommandLine.RunIn(_folder.Path, null, "describe", input).Succeeded().Output;
    }

    [Fact]
    public void An_unknown_model_type_is_refused_with_the_known_ones()
    {
        _folder.Write("config.json", """{ "model_type": "abacus" }""");

        string problem = Assert.Single(CommandLine.RunIn(_folder.Path, null, "describe", "config.json").Refused().ErrorLines);

        Assert.StartsWith("config.json:1:", problem, StringComparison.Ordinal);
        Assert.Contains("abacus", problem, StringComparison.Ordinal);
        Assert.Contains("deepseek_v3", problem, StringComparison.Ordinal);
    }

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);
}
