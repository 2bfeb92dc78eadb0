using ParallelDag.Layers;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>Small plans that together meet every operator and strategy.</summary>
internal static class DamagedPlans
{
    private static readonly ModelOutline Dense = new() { Layers = 3, Vocab = 1000 };

    private static readonly ModelOutline Moe = Dense with { Moe = new MoeFeedForward { ExpertCount = 8, TopK = 2, Ffn = 32 } };

    private static readonly ModelOutline Latent = Dense with
    {
        Mixer = new LatentAttention { Heads = 8, QLoraRank = 24, KvLoraRank = 16, QkNopeHeadDim = 8, QkRopeHeadDim = 4, VHeadDim = 8 },
        Moe = new MoeFeedForward { ExpertCount = 8, TopK = 2, Ffn = 32, SharedExperts = 1, SharedFfn = 32 },
        FirstDenseLayers = 1,
    };

    public static IEnumerable<(string Name, PlanSpec Spec)> All
    {
        get
        {
            yield return ("dense", TestPlans.Of(
                Dense, new PhaseStrategy { Pp = 2, Tp = 2, Dp = 2, AttentionOutput = AttentionOutput.AllReduce },
                    new PhaseStrategy { Pp = 2, Tp = 2, Dp = 2, AttentionOutput = AttentionOutput.AllReduce }));
            yield return ("moe dedicated", TestPlans.Of(
                Moe, new PhaseStrategy { Ep = 2, Tp = 2, Sp = 2, AttentionOutput = AttentionOutput.AllGather },
                    new PhaseStrategy { Ep = 2, Tp = 2, AttentionOutput = AttentionOutput.AllGather }));
            yield return ("moe same experts", TestPlans.Of(
                Moe, new PhaseStrategy { Ep = 2, Tp = 2, Pp = 2 }, new PhaseStrategy { Ep = 2, Tp = 2, Pp = 2 }, microBatches: 2));
            yield return ("folded", TestPlans.Of(
                Moe, new PhaseStrategy { Tp = 2, Dp = 2, Ep = 2, Etp = 2, ExpertParallel = ExpertParallelMode.Folded,
                    AttentionOutput = AttentionOutput.ReduceScatter }, prompt: 32));
            yield return ("own experts on equal tokens", TestPlans.Of(
                Moe, new PhaseStrategy { Tp = 4, Ep = 4, ExpertParallel = ExpertParallelMode.Folded },
                    new PhaseStrategy { Tp = 4, Ep = 4, ExpertParallel = ExpertParallelMode.Folded }));
            yield return ("gathered tokens", TestPlans.Of(
                Moe, new PhaseStrategy { Tp = 2, Dp = 3, Ep = 6, ExpertParallel = ExpertParallelMode.Folded,
                    Dispatch = ExpertDispatch.AllGather }, new PhaseStrategy { Tp = 2, Dp = 2, Etp = 4,
                        ExpertParallel = ExpertParallelMode.Folded },
                    pool: PoolKind.Disaggregated));
            yield return ("dense and head over data parallel ranks", TestPlans.Of(
                Dense, new PhaseStrategy { Tp = 2, Dp = 2, DenseTp = 4, HeadTp = 4 },
                    new PhaseStrategy { Tp = 2, Dp = 2, DenseTp = 1, HeadTp = 1, VocabPadding = 64,
                        AttentionOutput = AttentionOutput.ReduceScatter }, pool: PoolKind.Disaggregated));
            yield return ("tokens once to each rank", TestPlans.Of(
                Moe, new PhaseStrategy { Dp = 4, Ep = 4, ExpertParallel = ExpertParallelMode.Folded, Dedup = true }));
            yield return ("mla", TestPlans.Of(
                Latent, new PhaseStrategy { Tp = 2, Dp = 2, Ep = 2, Pp = 2 }, new PhaseStrategy { Tp = 2, Ep = 2 },
                    pool: PoolKind.Disaggregated));
            yield return ("ring", TestPlans.Of(
                Dense, new PhaseStrategy { Pp = 2, Sp = 3, Tp = 2, SpMethod = SequenceMethod.Ring,
                    AttentionOutput = AttentionOutput.AllReduce }, microBatches: 2, prompt: 48));
            yield return ("ulysses", TestPlans.Of(
                Dense, new PhaseStrategy { Sp = 2, Tp = 2, SpMethod = SequenceMethod.Ulysses,
                    AttentionOutput = AttentionOutput.ReduceScatter }, new PhaseStrategy { Tp = 4 }, pool: PoolKind.Disaggregated));
            yield return ("layers and micro-batches that are alike", TestPlans.Of(
                Moe with { Layers = 5 }, new PhaseStrategy { Tp = 2, Ep = 2 }, microBatches: 3, batch: 12));
            yield return ("stages that are alike", TestPlans.Of(
                Moe with { Layers = 11 }, new PhaseStrategy { Pp = 5, Tp = 2, Ep = 2 }, microBatches: 3, batch: 12));
            yield return ("uneven", TestPlans.Of(
                Moe, new PhaseStrategy { Dp = 2, Ep = 2, Sp = 2, RedundantExperts = 2 }, new PhaseStrategy { Dp = 3, Tp = 2 }, batch: 13,
                    prompt: 37).Skewed());
        }
    }

    /// <summary>The same with experts of which some are asked for more often.</summary>
    private static PlanSpec Skewed(this PlanSpec spec) => spec with { Workload = spec.Workload with { ExpertLoad = ExpertLoad.Zipf(1.2) } };
}
