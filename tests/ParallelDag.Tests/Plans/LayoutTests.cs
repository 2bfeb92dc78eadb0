using ParallelDag.Meshes;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

public class LayoutTests
{
    // vLLM, distributed/utils.py get_pp_indices: the remainder goes to the stages counted back from the last but one.
    [Theory]
    [InlineData(61, 4, new[] { 15, 15, 16, 15 })]
    [InlineData(16, 4, new[] { 4, 4, 4, 4 })]
    [InlineData(7, 4, new[] { 2, 2, 2, 1 })]
    [InlineData(5, 1, new[] { 5 })]
    public void Layers_that_do_not_divide_go_to_the_stages_before_the_last(int layers, int stages, int[] split) =>
        Assert.Equal(split, LayerSplit.Even(layers, stages));

    [Fact]
    public void A_balanced_split_has_the_smallest_slowest_stage()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            double[] costs = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => (double)random.Next(1, 10))];
            int stages = random.Next(1, costs.Length + 1);
            double entry = random.Next(0, 8), exit = random.Next(0, 8);
            int[] split = LayerSplit.Balanced(costs, stages, entry, exit);
            Assert.Equal(costs.Length, split.Sum());
            Assert.All(split, count => Assert.True(count >= 1));
            Assert.Equal(Splits(costs.Length, stages).Min(candidate => Slowest(costs, candidate, entry, exit)),
                Slowest(costs, split, entry, exit));
        }

        static double Slowest(double[] costs, int[] split, double entry, double exit)
        {
            double slowest = 0;
            for (int stage = 0, layer = 0; stage < split.Length; layer += split[stage], stage++)
                slowest = Math.Max(slowest,
                    costs.Skip(layer).Take(split[stage]).Sum() + (stage == 0 ? entry : 0) + (stage == split.Length - 1 ? exit : 0));
            return slowest;
        }

        static IEnumerable<int[]> Splits(int layers, int stages) => stages == 1
            ? [[layers]]
            : Enumerable.Range(1, layers - stages + 1)
            .SelectMany(first => Splits(layers - first, stages - 1).Select(rest => (int[])[first, .. rest]));
    }

    [Fact]
    public void Decode_finds_its_weights_where_prefill_has_sp_0()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Reference);
        Assert.True(plan.SharesWeights);
        PhaseLayout prefill = plan.PrefillLayout!, decode = plan.DecodeLayout!;
        for (int rank = 0; rank < decode.Mesh.Size; rank++)
        {
            int gpu = decode.RankGpus[rank];
            Assert.Equal(0, prefill.Mesh.Coordinate(gpu, Axis.Sp));
            foreach (Axis axis in new[] { Axis.Tp, Axis.Ep, Axis.Dp, Axis.Pp })
                Assert.Equal(decode.Mesh.Coordinate(rank, axis), prefill.Mesh.Coordinate(gpu, axis));
        }
    }

    [Fact]
    public void Another_strategy_in_decode_holds_weights_twice_from_GPU_0()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Reference with { Decode = new PhaseStrategy { Pp = 2, Ep = 4, Tp = 2 } });
        Assert.False(plan.SharesWeights);
        Assert.Equal("0-15", plan.DecodeLayout!.Stages.Select(stage => stage.Gpus).Aggregate((a, b) => a.Union(b)).ToString());
    }

    [Fact]
    public void A_disaggregated_decode_follows_the_prefill_GPUs()
    {
        PlanSpec spec = TestPlans.Reference with { Cluster =
            TestPlans.Reference.Cluster with { Gpus = 96, Pool = PoolKind.Disaggregated } };
        Assert.Equal((64, 95),
            (DeploymentPlan.Create(spec).DecodeLayout!.RankGpus[0], DeploymentPlan.Create(spec).DecodeLayout!.RankGpus[^1]));
    }

    [Fact]
    public void Folded_groups_number_a_stages_ranks_in_increasing_order()
    {
        PlanSpec spec = TestPlans.Of(
            TestPlans.Moe,
            new PhaseStrategy { Pp = 2, Dp = 8, Ep = 2, Etp = 2, ExpertParallel = ExpertParallelMode.Folded,
                Order = ["pp", "dp", "tp", "sp", "ep"] });
        PhaseLayout layout = DeploymentPlan.Create(spec).PrefillLayout!;
        Assert.Equal([0, 2, 4, 6, 8, 10, 12, 14], layout.StageGpus[0]);
        Assert.Equal([[0, 2], [4, 6], [8, 10], [12, 14]], layout.Groups(Axis.Etp).Take(4));
        Assert.Equal([[0, 4], [2, 6], [8, 12], [10, 14]], layout.Groups(Axis.Ep).Take(4));
        Assert.Equal([[0, 8], [2, 10], [4, 12], [6, 14]], layout.Groups(Axis.Edp).Take(4));
    }

    [Fact]
    public void Shared_weights_count_once_and_resident_cache_too()
    {
        DeploymentPlan shared =
            DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2 }, new PhaseStrategy { Tp = 2 }));
        DagMemory[] memory = [.. MemoryPlan.Of(shared)];
        Assert.Equal(memory[0].WeightBytes, memory[1].WeightBytes);

        // All of prefill's cache lies where decode needs it, so decode's cache is the union of both.
        long union = memory[0].WeightBytes + memory[1].KvCacheBytes + Math.Max(memory[0].ActivationBytes, memory[1].ActivationBytes);
        Assert.All(memory, entry => Assert.Equal(union, entry.UnionBytes));

        DeploymentPlan twice =
            DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2 }, new PhaseStrategy { Dp = 2 }));
        DagMemory[] both = [.. MemoryPlan.Of(twice)];
        Assert.True(both[0].UnionBytes > both[0].WeightBytes + both[1].WeightBytes);
    }

    [Fact]
    public void Cache_of_one_GPU_is_the_published_bytes_per_token()
    {
        // Llama-3.1-70B, 327,680 bytes per token; batch 2, prompt 4096: prefill holds the prompt, decode 8 tokens more.
        var llama = new ModelOutline { Layers = 80, Hidden = 8192, Heads = 64, KvHeads = 8, HeadDim = 128, Ffn = 28672, Vocab = 128256 };
        DeploymentPlan plan =
            DeploymentPlan.Create(TestPlans.Of(llama, new PhaseStrategy { Tp = 8 }, new PhaseStrategy { Tp = 8 }, batch: 2, prompt: 4096));
        DagMemory[] memory = [.. MemoryPlan.Of(plan)];
        Assert.Equal(327_680L / 8 * 2 * 4096, memory[0].KvCacheBytes);
        Assert.Equal(327_680L / 8 * 2 * (4096 + 8), memory[1].KvCacheBytes);
        Assert.Equal(1_342_177_280L * 2, PlanDescription.Of(plan).KvHandOff!.NeededBytes);
    }
}
