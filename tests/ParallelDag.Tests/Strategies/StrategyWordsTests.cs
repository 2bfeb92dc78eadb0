using ParallelDag.Strategies;

namespace ParallelDag.Tests.Strategies;

/// <summary>What strategies and workloads count and say of themselves.</summary>
public class StrategyWordsTests
{
    private static readonly PhaseStrategy Dedicated = new() { Replicas = 7, Pp = 2, Tp = 3, Sp = 5, Dp = 11, Ep = 13 };

    private static readonly PhaseStrategy Folded = Dedicated with { ExpertParallel = ExpertParallelMode.Folded };

    /// <summary>Dedicated experts have GPUs of their own, which take sequences of their own; folded ones lie on attention's.</summary>
    [Fact]
    public void Dedicated_experts_multiply_GPUs_and_folded_ones_do_not()
    {
        Assert.Equal(7 * 2 * 3 * 5 * 11 * 13, Dedicated.WorldSize);
        Assert.Equal(7 * 2 * 3 * 5 * 11, Folded.WorldSize);
        Assert.Equal(11 * 13, Dedicated.DataParts);
        Assert.Equal(11, Folded.DataParts);
        Assert.Equal(Dedicated.WorldSize + Folded.WorldSize, new PhaseStrategy { Instances = [Dedicated, Folded] }.WorldSize);
    }

    [Fact]
    public void A_strategy_says_what_is_not_the_default()
    {
        Assert.Equal("tp1", new PhaseStrategy().ToString());
        Assert.Equal("pp2 dp11 ep13 tp3 sp5 replicas=7 expertParallel=folded", Folded.ToString());
        Assert.Equal("batch=4 redundantExperts=2 dedup=true layersPerStage=1,2 balance=true",
            new PhaseStrategy { Batch = 4, RedundantExperts = 2, Dedup = true, LayersPerStage = [1, 2], Balance = true }.ToString());
        Assert.Equal("denseTp=1 headTp=2 vocabPadding=64 spMethod=ulysses schedule=overlapped order=dp,tp",
            new PhaseStrategy
            {
                DenseTp = 1, HeadTp = 2, VocabPadding = 64, SpMethod = SequenceMethod.Ulysses, Schedule = PhaseSchedule.Overlapped,
                Order = ["dp", "tp"],
            }.ToString());
        Assert.Equal("tp2 + tp3", new PhaseStrategy { Instances = [new() { Tp = 2 }, new() { Tp = 3 }] }.ToString());
    }

    [Fact]
    public void A_workload_says_what_it_is_of()
    {
        var workload = new WorkloadSpec { Batch = 4, PromptLength = 64, OutputLength = 8 };
        Assert.Equal("batch 4, prompt 64, output 8", workload.ToString());
        Assert.Equal("batch 4, prompt 64, output 8, 2 micro-batches, expert load zipf 1.2",
            (workload with { MicroBatches = 2, ExpertLoad = ExpertLoad.Zipf(1.2) }).ToString());
        Assert.Equal("uniform", ExpertLoad.Uniform.ToString());
        Assert.Equal("listed", ExpertLoad.Listed([1, 1]).ToString());
    }

    [Fact]
    public void A_strategy_may_have_a_batch_and_micro_batches_of_its_own()
    {
        var workload = new WorkloadSpec { Batch = 4, PromptLength = 64, MicroBatches = 2 };
        Assert.Equal((4, 2), Of(new PhaseStrategy()));
        Assert.Equal((6, 2), Of(new PhaseStrategy { Batch = 6 }));
        Assert.Equal((4, 3), Of(new PhaseStrategy { MicroBatches = 3 }));

        (int, int) Of(PhaseStrategy strategy) => (workload.Of(strategy).Batch, workload.Of(strategy).MicroBatches);
    }

    [Fact]
    public void One_set_of_instances_is_exchanged_for_another()
    {
        PhaseStrategy first = new() { Tp = 2 }, second = new() { Tp = 3 }, own = new() { Tp = 4 };
        Assert.Equal(own, InstanceSets.With(first, 0, own));
        var sets = new PhaseStrategy { Instances = [first, second] };
        Assert.Equal([own, second], InstanceSets.With(sets, 0, own).Instances!);
        Assert.Equal([first, own], InstanceSets.With(sets, 1, own).Instances!);
    }

    /// <summary>Sets of a phase follow one another; decode begins behind all of prefill, wherever its last set lies.</summary>
    [Fact]
    public void Decode_begins_behind_the_last_GPU_of_prefill()
    {
        long[] Firsts(PhaseStrategy prefill, PhaseStrategy decode) =>
            [.. PoolPlacement.Places(prefill, decode).Select(place => place.First)];
        PhaseStrategy two = new() { Tp = 2 }, four = new() { Tp = 4 };
        Assert.Equal([0, 2], Firsts(two, four));
        Assert.Equal([0, 4, 6, 10], Firsts(new() { Instances = [four, two] }, new() { Instances = [four, two] }));

        // The first set of prefill lies behind the second.
        Assert.Equal([8, 2, 12, 16], Firsts(
            new() { Instances = [four with { FirstGpu = 8 }, two with { FirstGpu = 2 }] }, new() { Instances = [four, two] }));
    }

    /// <summary>Of three equal layers on two stages the first takes two: the longest early stages of those that are equally fast.</summary>
    [Fact]
    public void Of_equally_fast_splits_early_stages_are_the_longest()
    {
        Assert.Equal([2, 1], LayerSplit.Balanced([1, 1, 1], 2, 0, 0));
        Assert.Equal([2, 2, 1], LayerSplit.Balanced([1, 1, 1, 1, 1], 3, 0, 0));
    }

    [Fact]
    public void Micro_batches_of_all_instances_are_counted_together()
    {
        var layout = DeploymentPlan.Create(Support.TestPlans.Of(
            Support.TestPlans.Dense, new PhaseStrategy { Replicas = 3 }, batch: 5, microBatches: 2)).PrefillLayout!;
        Assert.Equal([9, 6], [BatchSplit.Size(layout, 0), BatchSplit.Size(layout, 1)]);
    }
}
