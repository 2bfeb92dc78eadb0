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
