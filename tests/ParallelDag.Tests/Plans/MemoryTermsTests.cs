using ParallelDag.Layers;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Memory term by term: the terms add up, on the fullest GPU and over all of them.</summary>
public sealed class MemoryTermsTests
{
#if MUTANTS
    private const int Plans = 8;
#else
    private const int Plans = 60;
#endif

    [Fact]
    public void Terms_add_up_on_the_fullest_GPU_and_over_all()
    {
        for (int seed = 0; seed < Plans; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);
            foreach (PhaseDescription phase in PlanDescription.Of(plan).Phases)
            {
                RankMemory[] ranks = [.. MemoryPlan.RanksOf(plan, phase.Layout).SelectMany(stage => stage)];
                Assert.Equal(phase.Memory.Max(stage => stage.TotalBytes), phase.MemoryTerms.Sum(term => term.FullestGpuBytes));
                Assert.Equal(ranks.Sum(rank => rank.Total), phase.MemoryTerms.Sum(term => term.AllGpusBytes));
                Assert.Equal(ranks.Sum(rank => rank.KvCache), phase.MemoryTerms.Single(term => term.Name == "KV cache").AllGpusBytes);
                Assert.Equal(ranks.Sum(rank => rank.Activations), phase.MemoryTerms[^1].AllGpusBytes);
            }
        }
    }

    /// <summary>One copy of every weight is the model.</summary>
    [Fact]
    public void Weights_once_are_the_model()
    {
        for (int seed = 0; seed < Plans; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);
            PlanDescription description = PlanDescription.Of(plan);
            foreach (PhaseDescription phase in description.Phases)
            {
                PhaseStrategy strategy = phase.Layout.Strategy;
                if (strategy.VocabPadding > 1)
                    continue; // An engine then holds more than the model has.
                bool beside = phase.Layout.Stages.Count > 1 || (strategy.HeadTp == 1 && strategy.Tp > 1);
                long head = plan.Model.Vocabulary.Tied && beside
                    ? phase.MemoryTerms.Where(term => term.Name == "head").Sum(term => term.WholeBytes) : 0;
                Assert.Equal(
                    description.Model.WeightBytes,
                    phase.MemoryTerms.Where(term => term.Modules.Length > 0).Sum(term => term.WholeBytes) - head);
            }
        }
    }

    /// <summary>
    /// By hand, prefill of the reference plan: QKV 512 x 1536 bf16 in 16 layers is 24 MiB, over pp 4 and tp 2 3 MiB a GPU, copied by ep 4
    /// and sp 2; the output projection, 8 MiB, is whole on tp (attentionOutput: allGather), so it is copied 16 times.
    /// </summary>
    [Theory]
    [InlineData("attention", "k_proj, q_proj, v_proj", 24L << 20, "pp 4, tp 2", 3L << 20, 192L << 20, 8)]
    [InlineData("attention", "o_proj", 8L << 20, "pp 4", 2L << 20, 128L << 20, 16)]
    [InlineData("KV cache", "", 1280L << 20, "pp 4, ep 4, tp 2, sp 2", 20L << 20, 1280L << 20, 1)]
    public void Of_the_reference_plan(string name, string modules, long whole, string divisors, long fullest, long all, double copies)
    {
        PhaseDescription prefill = PlanDescription.Of(DeploymentPlan.Create(TestPlans.Reference)).Phases[0];
        MemoryTerm term = prefill.MemoryTerms.Single(term => term.Name == name && term.Modules == modules);
        Assert.Equal(
            (whole, divisors, fullest, all, copies),
            (term.WholeBytes, term.DividedBy, term.FullestGpuBytes, term.AllGpusBytes, term.Copies));
    }

    [Fact]
    public void Experts_of_the_reference_plan_are_divided_by_ep_and_tp()
    {
        PlanDescription description = PlanDescription.Of(DeploymentPlan.Create(TestPlans.Reference));
        foreach (PhaseDescription phase in description.Phases)
        {
            MemoryTerm experts = phase.MemoryTerms.Single(term => term.Name == "expert");
            Assert.Equal((1536L << 20, "pp 4, ep 4, tp 2", 48L << 20), (experts.WholeBytes, experts.DividedBy, experts.FullestGpuBytes));
        }

        PoolUse pool = description.Pool!;
        Assert.Empty(pool.Differences);
        Assert.Equal(
            (64, 96, 2_042_896_384, 0, 671_088_640),
            (pool.Gpus, pool.GpusApart, pool.SharedWeightBytes, pool.TwiceWeightBytes, pool.CacheBytesInPlace));
    }

    /// <summary>
    /// What is left of a term on the fullest GPU: the embedding is on the first stage alone and the fullest GPU on the last, so neither end
    /// is divided by pp; terms come in the order of weight classes.
    /// </summary>
    [Fact]
    public void All_terms_of_the_reference_plan()
    {
        PhaseDescription decode = PlanDescription.Of(DeploymentPlan.Create(TestPlans.Reference)).Phases[1];
        Assert.Equal(
            [
                "attention k_proj, q_proj, v_proj 25165824 pp 4, tp 2 3145728",
                "attention o_proj 8388608 pp 4 2097152",
                "expert down_proj, gate_proj, up_proj 1610612736 pp 4, ep 4, tp 2 50331648",
                "router gate 262144 pp 4 65536",
                "norm attention_norm, ffn_norm 32768 pp 4 8192",
                "norm final_norm 1024 - 1024",
                "embedding embed_tokens 32768000 tp 2 0",
                "head lm_head 32768000 tp 2 16384000",
                "KV cache  1358954496 pp 4, ep 4, tp 2 42467328",
                "activations  0 - 96000",
            ],
            decode.MemoryTerms.Select(term => FormattableString.Invariant(
                $"{term.Name} {term.Modules} {term.WholeBytes} {term.DividedBy} {term.FullestGpuBytes}")));
        Assert.Null(decode.MemoryTerms[^1].Copies);
        Assert.All(decode.MemoryTerms.SkipLast(1), term => Assert.Equal((double)term.AllGpusBytes / term.WholeBytes, term.Copies));
    }

    private static readonly GroupedAttention Attention = new() { Heads = 8, KvHeads = 4, HeadDim = 8 };

    private static readonly LatentAttention Latent =
        new() { Heads = 8, KvLoraRank = 8, QkNopeHeadDim = 4, QkRopeHeadDim = 2, VHeadDim = 6 };

    private static readonly GatedDeltaNet Net = new() { KeyHeads = 8, ValueHeads = 8, KeyHeadDim = 4, ValueHeadDim = 4 };

    public static TheoryData<Mixer[], PhaseStrategy, PhaseKind, string> Caches => new()
    {
        { [Attention], new() { Tp = 2, Sp = 2 }, PhaseKind.Prefill, "tp 2, sp 2" },
        { [Attention], new() { Pp = 2, Dp = 2, Replicas = 2 }, PhaseKind.Prefill, "replica 2, pp 2, dp 2" },

        // Layers of several kinds divide by what one of them does, in any order.
        { [Attention, Attention with { Window = 8 }], new() { Tp = 2, Sp = 2 }, PhaseKind.Prefill, "tp 2, sp 2" },
        { [Attention, Net], new() { Tp = 2 }, PhaseKind.Decode, "tp 2" },
        { [Net, Attention], new() { Tp = 2 }, PhaseKind.Decode, "tp 2" },

        // A latent and a single head are whole on every rank of tp.
        { [Latent], new() { Tp = 2, Dp = 2 }, PhaseKind.Decode, "dp 2" },
        { [Attention with { KvHeads = 1 }], new() { Tp = 2, Dp = 2 }, PhaseKind.Decode, "dp 2" },

        // Eight ranks of tp, of which two each split the tokens of a head of four.
        { [Attention], new() { Tp = 8, KvParallel = 2 }, PhaseKind.Decode, "dcp 2, htp 4" },
    };

    [Theory]
    [MemberData(nameof(Caches))]
    public void A_cache_is_divided_by_what_splits_it(Mixer[] mixers, PhaseStrategy strategy, PhaseKind phase, string divisors)
    {
        ModelSpec dense = TestPlans.Dense;
        ModelSpec model = dense with
        {
            Layers = ModelSpec.LayersOf(4, layer => dense.Layer(1) with { Mixer = mixers[layer % mixers.Length] }),
        };
        Assert.Equal(divisors, CacheOf(TestPlans.Of(
            model, phase == PhaseKind.Prefill ? strategy : null, phase == PhaseKind.Decode ? strategy : null)).DividedBy);
    }

    /// <summary>Experts that fold over data-parallel ranks divide no cache; on GPUs of their own they do.</summary>
    [Fact]
    public void Expert_parallelism_divides_a_cache_where_it_has_sequences_of_its_own()
    {
        var folded = new PhaseStrategy { Dp = 4, Ep = 4, ExpertParallel = ExpertParallelMode.Folded };
        Assert.Equal("dp 4", CacheOf(TestPlans.Of(TestPlans.Moe, null, folded)).DividedBy);
        Assert.Equal("dp 2, ep 4", CacheOf(TestPlans.Of(TestPlans.Moe, null, new PhaseStrategy { Dp = 2, Ep = 4 })).DividedBy);
    }

    private static MemoryTerm CacheOf(PlanSpec spec) =>
        PlanDescription.Of(DeploymentPlan.Create(spec)).Phases[0].MemoryTerms.Single(term => term.Name == "KV cache");

    /// <summary>
    /// On one pool with unlike layouts GPUs hold what is smaller of both twice; on pools of their own nothing is shared or twice.
    /// </summary>
    [Fact]
    public void A_disaggregated_pool_has_no_differences_to_tell()
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2 }, new PhaseStrategy { Tp = 4 });
        PoolUse together = PlanDescription.Of(DeploymentPlan.Create(spec)).Pool!;
        Assert.Equal((4, 6, 0), (together.Gpus, together.GpusApart, together.SharedWeightBytes));
        RankMemory[] decode = MemoryPlan.RanksOf(DeploymentPlan.Create(spec), DeploymentPlan.Create(spec).DecodeLayout!)[0];
        Assert.Equal(decode[0].Weights + decode[1].Weights, together.TwiceWeightBytes);
        PoolUse apart = PlanDescription.Of(DeploymentPlan.Create(spec with
        {
            Cluster = spec.Cluster with { Pool = PoolKind.Disaggregated },
        })).Pool!;
        Assert.Equal((6, 6, 0, 0), (apart.Gpus, apart.GpusApart, apart.SharedWeightBytes, apart.TwiceWeightBytes));
        Assert.Empty(apart.Differences);
    }

    [Theory]
    [InlineData(4, 2, "tp 2 and 4")]
    [InlineData(2, 4, "pp 4 and 2|layers per stage 4,4,4,4 and 8,8")]
    public void A_pool_that_does_not_share_weights_says_why(int tp, int pp, string differences)
    {
        PlanSpec spec = TestPlans.Reference with
        {
            Decode = TestPlans.Reference.Decode! with { Tp = tp == 4 ? 4 : 2, Pp = pp == 4 ? 2 : 4 },
        };
        PoolUse pool = PlanDescription.Of(DeploymentPlan.Create(spec)).Pool!;
        Assert.Equal(differences.Split('|'), pool.Differences);
        Assert.Equal(0, pool.SharedWeightBytes);
        Assert.True(pool.TwiceWeightBytes > 0);
    }
}
