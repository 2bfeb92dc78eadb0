using ParallelDag.Layers;

namespace ParallelDag.Benchmarks;

/// <summary>
/// A DeepSeek-V3-sized model (61 layers, 256 experts) on more and more of a cluster: from ten thousand nodes to over ten million at Device
/// level.
/// </summary>
internal static class ScalePlans
{
    /// <summary>Plans in order of size, each about ten times the one before.</summary>
    public static IReadOnlyList<(string Name, DeploymentPlan Plan)> All { get; } =
    [
        ("8 GPUs", Of(gpus: 8, stages: 1, microBatches: 1)),
        ("64 GPUs", Of(gpus: 64, stages: 1, microBatches: 1)),
        ("2,048 GPUs, 10 micro-batches", Of(gpus: 2048, stages: 16, microBatches: 10)),
        ("2,048 GPUs, 110 micro-batches", Of(gpus: 2048, stages: 16, microBatches: 110)),
    ];

    /// <summary>The reference plan (examples/llm_parallel.yaml).</summary>
    public static DeploymentPlan Reference { get; } = DeploymentPlan.Create(new PlanSpec
    {
        Name = "llm_parallel",
        Model = new ModelSpec
        {
            Hidden = 512,
            Vocabulary = new VocabularySpec { Size = 32000 },
            Layers = ModelSpec.LayersOf(16, _ => new LayerSpec
            {
                Mixer = new GroupedAttention { Heads = 8, KvHeads = 8, HeadDim = 64 },
                FeedForward = new MoeFeedForward { ExpertCount = 16, TopK = 2, Ffn = 2048 },
            }),
        },
        Cluster = new ClusterSpec { Gpus = 64, Gpu = DeviceProfile.Find("H100")! },
        Workload = new WorkloadSpec { Batch = 4, PromptLength = 10240, OutputLength = 128 },
        Prefill = new PhaseStrategy { Pp = 4, Ep = 4, Tp = 2, Sp = 2, AttentionOutput = AttentionOutput.AllGather },
        Decode = new PhaseStrategy { Pp = 4, Ep = 4, Tp = 2, AttentionOutput = AttentionOutput.AllGather },
    });

    private static DeploymentPlan Of(int gpus, int stages, int microBatches)
    {
        const int Tp = 4;
        int dp = gpus / stages / Tp;
        return DeploymentPlan.Create(new PlanSpec
        {
            Name = "scale",
            Model = new ModelSpec
            {
                Hidden = 7168,
                Vocabulary = new VocabularySpec { Size = 129280 },
                Layers = ModelSpec.LayersOf(61, layer => new LayerSpec
                {
                    Mixer = new LatentAttention { Heads = 128, QLoraRank = 1536, KvLoraRank = 512, QkNopeHeadDim = 128, QkRopeHeadDim = 64,
                        VHeadDim = 128 },
                    FeedForward = layer <= 3
                        ? new DenseFeedForward { Ffn = 18432 }
                        : new MoeFeedForward { ExpertCount = 256, TopK = 8, Ffn = 2048, SharedExperts = 1, SharedFfn = 2048,
                            ScoreCorrection = true },
                }),
            },
            Cluster = new ClusterSpec { Gpus = gpus, Gpu = DeviceProfile.Find("H200")! },
            Workload = new WorkloadSpec { Batch = dp * microBatches, PromptLength = 4096, MicroBatches = microBatches },
            Prefill = new PhaseStrategy { Pp = stages, Tp = Tp, Dp = dp, Ep = 8, ExpertParallel = ExpertParallelMode.Folded,
                AttentionOutput = AttentionOutput.ReduceScatter },
        });
    }
}
