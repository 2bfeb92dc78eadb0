using ParallelDag.Strategies;

namespace ParallelDag.Tests.Strategies;

/// <summary>When decode finds its weights where prefill has them.</summary>
public class PoolPlacementTests
{
    private static readonly PhaseStrategy Both = new() { Pp = 2, Dp = 2, Ep = 2, Tp = 2, Replicas = 2 };

    private static IEnumerable<string> Differences(PhaseStrategy prefill, PhaseStrategy decode) =>
        PoolPlacement.Differences(prefill, decode, [2, 2], [2, 2]);

    [Fact]
    public void Equal_strategies_share() => Assert.True(PoolPlacement.SharesWeights(Both, Both, [2, 2], [2, 2]));

    [Fact]
    public void Every_key_that_says_who_holds_what_must_agree()
    {
        (PhaseStrategy Decode, string Difference)[] changes =
        [
            (Both with { Pp = 1 }, "pp 2 and 1"),
            (Both with { Dp = 4 }, "dp 2 and 4"),
            (Both with { Ep = 1 }, "ep 2 and 1"),
            (Both with { Tp = 4 }, "tp 2 and 4"),
            (Both with { Etp = 2 }, "etp 1 and 2"),
            (Both with { ExpertParallel = ExpertParallelMode.Folded }, "expertParallel Dedicated and Folded"),
            (Both with { AttentionOutput = AttentionOutput.AllGather }, "attentionOutput AllReduce and AllGather"),
            (Both with { RedundantExperts = 2 }, "redundantExperts 0 and 2"),
            (Both with { DenseTp = 1 }, "denseTp tp and 1"),
            (Both with { HeadTp = 4 }, "headTp tp and 4"),
            (Both with { VocabPadding = 8 }, "vocabPadding 1 and 8"),
            (Both with { Replicas = 3 }, "replicas 2 and 3"),
        ];
        foreach ((PhaseStrategy decode, string difference) in changes)
        {
            Assert.Equal([difference], Differences(Both, decode));
            Assert.False(PoolPlacement.SharesWeights(Both, decode, [2, 2], [2, 2]));
        }
    }

    [Fact]
    public void Keys_that_move_no_weight_may_differ() => Assert.Empty(Differences(Both with { DenseTp = 2 }, Both with
    {
        Sp = 2, Batch = 3, MicroBatches = 2, Replicas = 1, HeadTp = 2, Schedule = PhaseSchedule.Overlapped,
    }));

    [Fact]
    public void Stages_must_hold_the_same_layers() =>
        Assert.Equal(["layers per stage 2,2 and 1,3"], PoolPlacement.Differences(Both, Both, [2, 2], [1, 3]));

    /// <summary>
    /// Folded experts go by rank numbers: where tp counts fastest GPU (tp 1, dp 0) is rank 1, where dp does it is rank 2.
    /// </summary>
    [Fact]
    public void Folded_experts_share_only_where_both_orders_number_GPUs_alike()
    {
        PhaseStrategy folded = new()
        {
            Tp = 2, Dp = 2, Ep = 4, ExpertParallel = ExpertParallelMode.Folded, Order = ["tp", "dp", "sp", "pp", "ep"],
        };
        PhaseStrategy other = folded with { Order = ["dp", "tp", "sp", "pp", "ep"] };
        Assert.Empty(PoolPlacement.Differences(folded, folded, [4], [4]));
        Assert.Equal(["the experts of a GPU"], PoolPlacement.Differences(folded, other, [4], [4]));
        Assert.Equal(["the experts of a GPU"],
            PoolPlacement.Differences(folded with { Ep = 2, Etp = 2 }, other with { Ep = 2, Etp = 2 }, [4], [4]));
        Assert.Empty(PoolPlacement.Differences(folded with { Ep = 1 }, other with { Ep = 1 }, [4], [4]));
    }
}
