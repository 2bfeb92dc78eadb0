using ParallelDag.Documents;
using ParallelDag.Layers;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Strategies;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Plans as documents: what is written reads back, and nothing is written that could be left out.</summary>
public class PlanDocumentTests
{
#if MUTANTS
    private const int Plans = 40;
#else
    private const int Plans = 150;
#endif

    /// <summary>
    /// What is written though a reader would fill it: the degrees that every plan shows, and the parts of a list's items.
    /// </summary>
    private static readonly string[] Always =
    [
        "name", "prefill.pp", "prefill.ep", "prefill.tp", "prefill.sp", "decode.pp", "decode.ep", "decode.tp", "decode.sp",
        "workload.outputLength", "cluster.gpusPerNode", "cluster.intraNode", "cluster.interNode", "cluster.hostLink",
    ];

    [Fact]
    public void Every_plan_reads_back_equal_and_nothing_written_can_be_left_out()
    {
        for (int seed = 0; seed < Plans; seed++)
        {
            PlanSpec spec = Spec(seed);
            DocumentMap document = PlanDocument.From(spec);
            Assert.Equal(spec, Read(document));
            foreach (string path in Paths(document, "").Where(path => !Always.Contains(path) && !IsNamed(path)))
                Assert.True(Read(Without(document, path)) != spec, $"seed {seed}: {path} is written and says nothing");
        }
    }

    /// <summary>
    /// What is read of a plan that names its engine has the engine's habits; written, it says all that they would fill, defaults too.
    /// </summary>
    [Fact]
    public void A_plan_of_an_engine_reads_back_equal()
    {
        foreach (EngineKind engine in Enum.GetValues<EngineKind>())
        {
            DocumentMap open = PlanDocument.From(TestPlans.Reference);
            string name = engine.ToString().ToLowerInvariant();
            PlanSpec spec = Read(open with
            {
                Entries = [.. open.Entries, new DocumentEntry("engine", default, new DocumentScalar(name, Quoted: false, default))],
            })!;
            Assert.Equal(engine, spec.Engine);
            Assert.NotEqual(TestPlans.Reference.Decode, spec.Decode);
            DocumentMap document = PlanDocument.From(spec);
            Assert.Equal(spec, Read(document));
            Assert.Equal(name, Assert.IsType<DocumentScalar>(document.Find("engine")).Text);
            string[] filled = ["attentionOutput", "vocabPadding", "order", "pipelineMessage"];
            Assert.All(filled, key => Assert.NotNull(Assert.IsType<DocumentMap>(document.Find("decode")).Find(key)));
        }
    }

    [Fact]
    public void The_reference_plan_in_words()
    {
        string[] expected =
        [
            "name 'llm_parallel'", "model.layers 16", "model.hidden 512", "model.heads 8", "model.ffn 2048", "model.moe.experts 16",
            "model.moe.topK 2", "model.vocab 32000", "cluster.gpus 64", "cluster.gpusPerNode 8", "cluster.gpu H100-SXM-80GB",
            "cluster.intraNode.bandwidth 450 GB/s", "cluster.intraNode.latency 2 us", "cluster.interNode.bandwidth 50 GB/s",
            "cluster.interNode.latency 5 us", "workload.batch 4", "workload.promptLength 10240", "workload.outputLength 128",
            "prefill.pp 4", "prefill.ep 4", "prefill.tp 2", "prefill.sp 2", "prefill.attentionOutput allGather", "decode.pp 4",
            "decode.ep 4", "decode.tp 2", "decode.sp 1", "decode.attentionOutput allGather",
        ];
        Assert.Equal(expected, Lines(PlanDocument.From(TestPlans.Reference), ""));
    }

    /// <summary>The four degrees are written whatever they are, and nothing else of a strategy at its defaults.</summary>
    [Fact]
    public void A_strategy_at_its_defaults() =>
        Assert.Equal(["pp 1", "ep 1", "tp 1", "sp 1"], Lines(PlanDocument.From(new PhaseStrategy()), ""));

    /// <summary>Each in the largest unit in which it is exact.</summary>
    [Theory]
    [InlineData(450e9, "450 GB/s")]
    [InlineData(1.5e9, "1.5 GB/s")]
    [InlineData(1, "0.000000001 GB/s")]
    public void A_bandwidth_keeps_every_digit(double bandwidth, string text)
    {
        DocumentMap link = PlanDocument.From(new LinkSpec(bandwidth, 0));
        Assert.Equal([$"bandwidth {text}", "latency 0 us"], Lines(link, ""));
    }

    [Theory]
    [InlineData(2e-6, "2 us")]
    [InlineData(2.5e-7, "0.25 us")]
    [InlineData(1.0 / 3, "")]
    public void A_latency_keeps_every_digit(double latency, string text)
    {
        DocumentMap link = PlanDocument.From(new LinkSpec(1e9, latency));
        string written = Lines(link, "")[1];
        Assert.True(text.Length == 0 || written == $"latency {text}", written);
        ClusterSpec cluster = TestPlans.Reference.Cluster with { IntraNode = new LinkSpec(1e9, latency) };
        Assert.Equal(latency, PlanReader.ReadCluster(PlanDocument.From(cluster)).IntraNode.Latency);
    }

    [Fact]
    public void A_device_of_its_own_is_written_by_its_numbers()
    {
        var device = new DeviceProfile("custom", 96L << 30, 1.25e15, 4.8e12 + 1);
        Assert.Equal(
            ["memory 103079215104 B", "flops 1250 TFLOPS", "memoryBandwidth 4.800000000001 TB/s"],
            Lines(PlanDocument.From(device), ""));
        ClusterSpec cluster = TestPlans.Reference.Cluster with { Gpu = device };
        Assert.Equal(device, PlanReader.ReadCluster(PlanDocument.From(cluster)).Gpu);
        Assert.Equal("H100-SXM-80GB", Assert.IsType<DocumentScalar>(PlanDocument.From(DeviceProfile.Find("H100")!)).Text);
    }

    /// <summary>A model that only its config.json can state is named, from the folder that the plan is meant for.</summary>
    [Fact]
    public void A_model_beyond_plan_files_is_named_by_its_file()
    {
        string folder = Path.Combine(Path.GetTempPath(), "plans"), file = Path.Combine(folder, "models", "config.json");
        ModelSpec model = TestPlans.Dense;
        ModelSpec own = model with
        {
            Layers = [.. model.Layers.Select(layer => layer with
            {
                Formats = [new ModuleFormat("self_attn.q_proj", NumberFormat.Fp8)],
            })],
        };
        PlanSpec spec = TestPlans.Of(own, new PhaseStrategy()) with { ModelFile = file };
        Assert.Equal("models/config.json", Model(PlanDocument.From(spec, folder)));
        Assert.Equal("../models/config.json", Model(PlanDocument.From(spec, Path.Combine(folder, "day"))));
        Assert.Equal(file.Replace('\\', '/'), Model(PlanDocument.From(spec)));
        Assert.Throws<InputException>(() => PlanDocument.From(spec with { ModelFile = null }));

        // A model that a plan can state is written whole, whatever file it came from.
        Assert.IsType<DocumentMap>(PlanDocument.From(spec with { Model = model }).Find("model"));

        static string Model(DocumentMap document) => Assert.IsType<DocumentScalar>(document.Find("model")).Text;
    }

    /// <summary>A random plan with devices, links, limits and times of its own.</summary>
    private static PlanSpec Spec(int seed)
    {
        PlanSpec spec = TestPlans.Random(seed).GetSpec();
        var random = new Random(seed);
        if (random.Next(2) == 0)
        {
            spec = spec with
            {
                Limits = new LimitsSpec
                {
                    Ttft = Maybe(random.NextDouble() + 0.1),
                    Bubble = Maybe(random.NextDouble()),
                    CommunicationShare = Maybe(random.NextDouble()),
                    TotalThroughput = 1 + random.Next(1000),
                    ExpertImbalance = spec.Model.Experts is null ? null : Maybe(1 + random.NextDouble()),
                    CrossNode = random.Next(2) == 0 ? ["tp"] : null,
                },
            };
        }

        if (random.Next(2) == 0)
        {
            spec = spec with
            {
                Cluster = spec.Cluster with
                {
                    Gpu = new DeviceProfile("custom", random.NextInt64(1L << 20, 1L << 40), random.Next(1, 2000) * 1e12,
                        random.Next(1, 9000) * 1e9),
                    IntraNode = new LinkSpec(random.Next(1, 900) * 1e9, random.Next(0, 5000) * 1e-9),
                    InterNode = new LinkSpec(random.Next(1, 900) * 1e8, random.NextDouble()),
                    MemoryReserve = random.Next(0, 99) / 100.0,
                },
            };
        }

        return PlanValidator.Validate(spec).Count == 0 ? spec : TestPlans.Random(seed).GetSpec();

        double? Maybe(double value) => random.Next(2) == 0 ? value : null;
    }

    private static PlanSpec? Read(DocumentMap document)
    {
        try
        {
            return PlanReader.Read(document).GetSpec();
        }
        catch (InputException)
        {
            return null;
        }
    }

    /// <summary>Parts with a name say all that they are, and so do links, devices and lines.</summary>
    private static bool IsNamed(string path) =>
        path.StartsWith("model.mixers.", StringComparison.Ordinal) || path.StartsWith("model.feedForwards.", StringComparison.Ordinal)
        || path.StartsWith("cluster.intraNode.", StringComparison.Ordinal) || path.StartsWith("cluster.hostLink.", StringComparison.Ordinal)
        || path.StartsWith("cluster.interNode.", StringComparison.Ordinal);

    private static IEnumerable<string> Paths(DocumentMap map, string path) => map.Entries.SelectMany(entry =>
        entry.Value is DocumentMap inner ? Paths(inner, $"{path}{entry.Key}.").Prepend($"{path}{entry.Key}") : [$"{path}{entry.Key}"]);

    private static DocumentMap Without(DocumentMap map, string path)
    {
        string[] parts = path.Split('.', 2);
        return map with
        {
            Entries =
            [
                .. map.Entries.Where(entry => parts.Length > 1 || entry.Key != parts[0])
                    .Select(entry => entry.Key == parts[0] ? entry with { Value = Without((DocumentMap)entry.Value, parts[1]) } : entry),
            ],
        };
    }

    private static List<string> Lines(DocumentNode node, string path) => node switch
    {
        DocumentMap map => [.. map.Entries.SelectMany(entry => Lines(entry.Value, path.Length == 0 ? entry.Key : $"{path}.{entry.Key}"))],
        DocumentScalar scalar => [$"{path} {(scalar.Quoted ? $"'{scalar.Text}'" : scalar.Text)}"],
        DocumentList list => [.. list.Items.SelectMany((item, i) => Lines(item, $"{path}[{i}]"))],
        _ => [],
    };
}
