using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Which instances hand over to which.</summary>
public class HandedSetsTests
{
    private static PhaseStrategy Sets(params int[] batches) =>
        new() { Instances = [.. batches.Select(batch => new PhaseStrategy { Batch = batch })] };

    private static List<(int Prefill, int Decode, long Count)> Pairs(PhaseStrategy prefill, PhaseStrategy decode) =>
        [.. HandedSets.Of(DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, prefill, decode, pool: PoolKind.Disaggregated)))
            .Select(pair => (pair.Prefill.Id.Set, pair.Decode.Id.Set, pair.Count))];

    [Fact]
    public void Sets_of_equal_batches_hand_over_one_to_one() => Assert.Equal([(1, 1, 4), (2, 2, 4)], Pairs(Sets(4, 4), Sets(4, 4)));

    /// <summary>Sequences 0 to 2 and 3 to 7 of prefill take places 0 to 4 and 5 to 7 of decode.</summary>
    [Fact]
    public void Sets_of_unequal_batches_share_what_overlaps() =>
        Assert.Equal([(1, 1, 3), (2, 1, 2), (2, 2, 3)], Pairs(Sets(3, 5), Sets(5, 3)));

    /// <summary>2 sequences into 8 places take places 0 and 4.</summary>
    [Fact]
    public void Few_sequences_spread_over_the_places_of_a_larger_batch()
    {
        HandedSequences handed = new(2, 8);
        Assert.Equal(2, handed.Count);
        Assert.Equal((0, 1), handed.OfDecode((0, 4)));
        Assert.Equal((1, 1), handed.OfDecode((4, 1)));
        Assert.Equal((2, 0), handed.OfDecode((5, 3)));
        Assert.Equal((0, 2), handed.OfPrefill((0, 2)));
    }

    /// <summary>Of 8 sequences 2 change hands: the first and the fifth.</summary>
    [Fact]
    public void A_small_decode_batch_takes_sequences_evenly()
    {
        HandedSequences handed = new(8, 2);
        Assert.Equal((0, 1), handed.OfPrefill((0, 1)));
        Assert.Equal((1, 0), handed.OfPrefill((1, 3)));
        Assert.Equal((1, 1), handed.OfPrefill((4, 4)));
    }
}
