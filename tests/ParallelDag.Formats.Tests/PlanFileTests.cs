using ParallelDag.Graphs;

namespace ParallelDag.Formats.Tests;

public sealed class PlanFileTests : IDisposable
{
    private const string GoodPlan = """
        name: test
        model:
          layers: 8
          hidden: 64
          heads: 8
          kvHeads: 4
          ffn: 128
          vocab: 1000
          dtype: bf16
          moe: { experts: 8, topK: 2, ffn: 64, sharedExperts: 1, firstDenseLayers: 1 }
        cluster:
          gpus: 64
          gpusPerNode: 8
          gpu: { memory: 80 GiB, flops: 989 TFLOPS, memoryBandwidth: 3.35 TB/s }
          intraNode: { bandwidth: 450 GB/s, latency: 2 us }
          pool: unified
          memoryReserve: 10 %
        workload: { batch: 16, promptLength: 64, outputLength: 8, microBatches: 2, expertLoad: { zipf: 1.2 } }
        prefill: { pp: 2, ep: 4, tp: 2, sp: 2, attentionOutput: reduceScatter, spMethod: ring,
          order: [tp, sp, ep, dp, pp], layersPerStage: [4, 4] }
        decode: { pp: 2, tp: 4, ep: 2, expertParallel: folded, attentionOutput: reduceScatter }

        """;

    private static readonly string[] Values =
    [
        "0", "-1", "1", "3", "7", "65536", "65537", "1048577", "2147483647", "2147483648", "9223372036854775808",
        "99999999999999999999999999", "1.5", "1e3", "1e999", ".inf", "-.inf", ".nan",
        "0x10", "1_000", "'4'", "~", "", "true", "no", "[]", "{}", "[1, 2]", "{ a: 1 }", "[[]]", "80 GiB", "0 GB", "-1 GB", "1e400 GB/s",
        "1 us", "0 s", "200 %", "-5 %", "bf16", "folded", "ring",
        "./nowhere.json", "/", "..", "é", "\"\\0\"", "\"a\\nb\"", "'«'", "x", "uniform", "{ zipf: -1 }", "{ zipf: 1e308 }",
        "[0, 0, 0, 0, 0, 0, 0, 0]", "[tp, tp, ep, dp, pp]",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("paralleldag-").FullName;

    private string PlanPath => Path.Combine(_folder, "plan.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_plan_is_read_from_its_file()
    {
        File.WriteAllText(PlanPath, GoodPlan);

        DeploymentPlan plan = PlanFile.Load(PlanPath);

        Assert.StartsWith("test: prefill pp2 ep4 tp2 sp2 attentionOutput=reduceScatter spMethod=ring", plan.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_is_found_from_the_folder_of_the_plan()
    {
        string start = GoodPlan[..GoodPlan.IndexOf("model:", StringComparison.Ordinal)],
        rest = GoodPlan[GoodPlan.IndexOf("cluster:", StringComparison.Ordinal)..GoodPlan.IndexOf("prefill:", StringComparison.Ordinal)];
        File.WriteAllText(PlanPath, $"{start}model: ./models/config.json\n{rest}prefill: {{ tp: 2 }}\n");
        Directory.CreateDirectory(Path.Combine(_folder, "models"));
        File.WriteAllText(Path.Combine(_folder, "models", "config.json"), """
            { "model_type": "llama", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4,
              "intermediate_size": 128, "vocab_size": 100 }
            """);

        Assert.Equal(2, PlanFile.Load(PlanPath).Model.Layers.Count);
    }

    [Fact]
    public void Faults_of_a_plan_quote_the_users_own_line()
    {
        File.WriteAllText(PlanPath, GoodPlan.Replace("heads: 8", "heads: eight  # of them", StringComparison.Ordinal));

        InputProblem problem = Assert.Single(Assert.Throws<InputException>(() => PlanFile.Load(PlanPath, "./plan.yaml")).Problems);

        Assert.Equal("./plan.yaml", problem.File);
        Assert.Equal(new TextPosition(5, 10), problem.Position);
        Assert.Equal("  heads: eight  # of them", problem.LineText);
    }

    [Fact]
    public void Every_value_may_be_replaced_by_any_other()
    {
        string[] lines = GoodPlan.Split('\n');
        var random = new Random(20264);
        int read = 0, refused = 0;
        for (int round = 0; round < 6_000; round++)
        {
            string[] changed = [.. lines];
            for (int i = random.Next(1, 3); i > 0; i--)
            {
                int line = random.Next(changed.Length - 1);
                changed[line] = Mutate(changed[line], random);
            }

            File.WriteAllText(PlanPath, string.Join('\n', changed));
            IReadOnlyList<InputProblem> problems = Outcome.Of(() => PlanFile.Load(PlanPath, "plan.yaml"));
            if (problems.Count == 0)
                read++;
            else
                refused++;
            Assert.All(problems, problem =>
                Assert.True(problem.Position.Line >= 1 || problem.File != "plan.yaml", $"{problem} of\n{string.Join('\n', changed)}"));
        }

        Assert.True(read > 200 && refused > 3_000, $"{read} read, {refused} refused");
    }

    private static string Mutate(string line, Random random)
    {
        int colon = line.IndexOf(": ", random.Next(Math.Max(1, line.Length)), StringComparison.Ordinal);
        if (colon < 0)
            colon = line.IndexOf(':', StringComparison.Ordinal) - 1;
        if (colon < 0)
            return line + " x";
        int end = line.IndexOfAny([',', '}'], colon);
        if (end < 0)
            end = line.Length;
        return random.Next(8) switch
        {
            0 => "",
            1 => line + "\n" + line,
            2 => line.Replace(": ", "s: ", StringComparison.Ordinal),
            _ => line[..(colon + 2)] + Values[random.Next(Values.Length)] + line[end..],
        };
    }
}
