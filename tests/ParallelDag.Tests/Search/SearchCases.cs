using ParallelDag.Durations;
using ParallelDag.Layers;
using ParallelDag.Precisions;
using ParallelDag.Search;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Search;

/// <summary>Problems to search.</summary>
internal static class SearchCases
{
    /// <summary>Llama-70B in bf16 for prompts of 4,096 tokens and outputs of 512, within 500 ms and 25 ms.</summary>
    public static SearchProblem Llama70B(int gpus) => new()
    {
        Name = "llama", Model = Serving.LlamaServing.Model("70B"),
        Cluster = new ClusterSpec { Gpus = gpus, Gpu = DeviceProfile.Find("H100")! },
        Workload = new WorkloadSpec { Batch = 1, PromptLength = 4096, OutputLength = 512 },
        Limits = new LimitsSpec { Ttft = .5, Tpot = .025 },
    };

    /// <summary>A small model, cluster and limits.</summary>
    public static (SearchProblem Problem, SearchOptions Options) Random(int seed, int mostGpus = 12)
    {
        var random = new Random(seed);
        int Pick(params int[] values) => values[random.Next(values.Length)];
        bool experts = random.Next(3) == 0;
        int heads = Pick(4, 6, 8, 12), kvHeads = Pick(heads, heads / 2), gpus = Pick(4, 6, 8, mostGpus);
        ModelSpec model = new ModelOutline
        {
            Layers = Pick(3, 4, 6), Hidden = heads * 64, Heads = heads, KvHeads = kvHeads, HeadDim = 64,
            Ffn = Pick(1536, 3072), Vocab = 4096,
            Moe = experts ? new MoeFeedForward { ExpertCount = Pick(4, 6, 8), TopK = Pick(1, 2), Ffn = Pick(384, 768) } : null,
        };
        double weights = ParallelDag.Accounting.ModelSize.WeightBytes(model);
        var gpu = DeviceProfile.Find(Pick(0, 1) == 0 ? "H100" : "MI300X")! with
        {
            Name = "small", MemoryBytes = (long)(weights * (.4 + random.NextDouble())) + 20_000_000,
        };
        var problem = new SearchProblem
        {
            Name = "random", Model = model,
            Cluster = new ClusterSpec { Gpus = gpus, Gpu = gpu, GpusPerNode = Pick(2, 4, 8), },
            Workload = new WorkloadSpec { Batch = 1, PromptLength = Pick(96, 500, 1024, 8192), OutputLength = Pick(2, 17, 128) },
            Limits = random.Next(4) == 0 ? null
                : new LimitsSpec
                {
                    Ttft = Math.Pow(10, -3.4 + (random.NextDouble() * 2)),
                    Tpot = Math.Pow(10, -3.6 + (random.NextDouble() * .7)),
                },
        };
        var options = new SearchOptions
        {
            Modes = Pick(0, 1, 2) switch
            {
                0 => [ServingMode.Disaggregated],
                1 => [ServingMode.Aggregated],
                _ => [ServingMode.Disaggregated, ServingMode.Aggregated],
            },
            Degrees = random.Next(2) == 0 ? [1, 2, 3] : null,
            AttentionOutputs = random.Next(3) == 0 ? [.. Enum.GetValues<AttentionOutput>()] : null,
            Top = 25,
        };

        // Drawn last, so that other cases stay as they were.
        if (random.Next(3) == 0)
        {
            problem = problem with
            {
                Limits = (problem.Limits ?? new LimitsSpec()) with
                {
                    OutputThroughput = random.Next(2) == 0 ? Math.Pow(10, 2 + (random.NextDouble() * 3)) : null,
                    TotalThroughput = random.Next(2) == 0 ? Math.Pow(10, 3 + (random.NextDouble() * 3)) : null,
                },
            };
        }

        return (problem, random.Next(4) == 0 ? options with { Precisions = [NumberFormat.Bf16, NumberFormat.Fp8] } : options);
    }

    /// <summary>The priced strategies of a phase.</summary>
    public static IReadOnlyList<PhaseRow> Rows(SearchProblem problem, SearchOptions options, PhaseKind phase) =>
        new PhaseSearch(problem, options, new FormTable(problem, new TimeModel(problem.Cluster, problem.Timing)), phase,
            problem.Cluster.Gpus - 1).Run(new SearchProgress());
}
