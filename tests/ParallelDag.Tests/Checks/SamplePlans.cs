using ParallelDag.Layers;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Checks;

/// <summary>Plans for tests of rules: the reference plan, and random plans of every strategy that the validator lets through.</summary>
internal static class SamplePlans
{
    /// <summary>The reference plan: 16 MoE layers, PP4 EP4 TP2 SP2 and PP4 EP4 TP2.</summary>
    public static DeploymentPlan Reference(int layers = 16) => DeploymentPlan.Create(new PlanSpec
    {
        Name = "llm_parallel",
        Model = new ModelOutline
        {
            Layers = layers, Hidden = 512, Heads = 8, KvHeads = 8, HeadDim = 64, Ffn = 2048, Vocab = 32000,
            Moe = new MoeFeedForward { ExpertCount = 16, TopK = 2, Ffn = 2048 },
        },
        Cluster = new ClusterSpec { Gpus = 64, Gpu = DeviceProfile.Find("H100-SXM-80GB")! },
        Workload = new WorkloadSpec { Batch = 4, PromptLength = 10240, OutputLength = 128 },
        Prefill = new PhaseStrategy { Pp = 4, Ep = 4, Tp = 2, Sp = 2, AttentionOutput = AttentionOutput.AllGather },
        Decode = new PhaseStrategy { Pp = 4, Ep = 4, Tp = 2, AttentionOutput = AttentionOutput.AllGather },
    });

    /// <summary>A random valid plan. Sizes are small and often do not divide.</summary>
    public static DeploymentPlan Random(int seed)
    {
        var random = new Random(seed);
        for (int attempt = 0; attempt < 10_000; attempt++)
        {
            try
            {
                return DeploymentPlan.Create(Draw(random, seed));
            }
            catch (InputException)
            {
                // The draw breaks a rule of plans; draw again.
            }
        }

        throw new InvalidOperationException($"seed {seed} draws no valid plan");
    }

    private static PlanSpec Draw(Random random, int seed)
    {
        int T(params int[] choices) => choices[random.Next(choices.Length)];
        bool Coin(int of = 2) => random.Next(of) == 0;
        int heads = T(4, 8, 12), headDim = T(16, 64);
        MoeFeedForward? moe = Coin(4) ? null : new MoeFeedForward
        {
            ExpertCount = T(4, 8, 16), TopK = T(1, 2, 3), Ffn = T(64, 96), SharedExperts = T(0, 0, 1), RouterBias = Coin(),
        };
        if (moe is { SharedExperts: > 0 })
            moe = moe with { SharedFfn = moe.SharedExperts * moe.Ffn };
        var model = new ModelOutline
        {
            Layers = T(2, 3, 4, 5), Hidden = heads * headDim, Heads = heads, KvHeads = T(heads, heads / 2, 1, 2), HeadDim = headDim,
            Ffn = T(96, 128), Vocab = T(1000, 1001),
            GatedFfn = Coin(), TiedEmbeddings = Coin(), QkNorm = Coin()
                ? QkNormKind.PerHead
                : QkNormKind.None, Moe = moe, FirstDenseLayers = T(0, 0, 1),
            Mixer = Coin(5) ? new LatentAttention { Heads = heads, QLoraRank = Coin() ? 48 : null, KvLoraRank = 32, QkNopeHeadDim = 16,
                QkRopeHeadDim = 8, VHeadDim = 16 } : null,
        };
        return new PlanSpec
        {
            Name = $"random_{seed}",
            Model = model,
            Cluster = new ClusterSpec { Gpus = 128, Gpu = DeviceProfile.Find("H100-SXM-80GB")!,
                Pool = Coin(3) ? PoolKind.Disaggregated : PoolKind.Unified },
            Workload = new WorkloadSpec { Batch = T(1, 4, 5, 8, 13, 16), PromptLength = T(16, 37, 64, 101), OutputLength = T(1, 8),
                CachedPrompt = Coin(8)
                ? 0.3
                : 0, MicroBatches = T(1, 1, 2, 3), ExpertLoad = T(0, 0, 1) == 0 ? ExpertLoad.Uniform
                : ExpertLoad.Zipf(1.2) },
            Prefill = Coin(6) ? null : Phase(decode: false),
            Decode = Coin(6) ? null : Phase(decode: true),
        };

        PhaseStrategy Phase(bool decode)
        {
            bool folded = moe is not null && Coin(3);
            string[] order = [.. PhaseStrategy.DefaultOrder];
            if (Coin(3))
                random.Shuffle(order);
            return new PhaseStrategy
            {
                RedundantExperts = moe is null ? 0 : T(0, 0, 0, 4),
                DenseTp = Coin(3) ? T(1, 2, 4, 8) : null, HeadTp = Coin(3) ? T(1, 2, 4, 8) : null, VocabPadding = T(1, 1, 64),
                Dispatch = moe is null || Coin() ? null : (ExpertDispatch)random.Next(3),
                Pp = T(1, 2, 3), Tp = T(1, 2, 4), Sp = decode ? 1 : T(1, 2, 3), Ep = moe is null ? 1 : T(1, 2, 4), Dp = T(1, 1, 2),
                AttentionOutput = (AttentionOutput)random.Next(3), ExpertParallel = folded
                    ? ExpertParallelMode.Folded
                    : ExpertParallelMode.Dedicated,
                Etp = folded ? T(1, 1, 2) : 1, SpMethod = (SequenceMethod)random.Next(3), Order = [.. order], Balance = Coin(4),
                Batch = Coin(4) ? T(2, 6, 13, 24) : null, MicroBatches = Coin(4) ? T(1, 2, 3) : null,
                Replicas = T(1, 1, 1, 2), Chunk = !decode && Coin(4) ? T(40, 100, 256) : null,
                KvParallel = decode ? T(1, 1, 2, 4) : 1,
                PipelineMessage = Coin() ? PipelineMessage.Scattered : PipelineMessage.Whole,
                Schedule = Coin(3) ? PhaseSchedule.Overlapped : PhaseSchedule.Gpipe,
            };
        }
    }
}
