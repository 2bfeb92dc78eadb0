using ParallelDag.Layers;

namespace ParallelDag.Tests.Layers;

public class ExpertPlacementTests
{
    private static ExpertPlacement Place(int experts, int ranks, int redundant = 0, ExpertLoad? load = null) =>
        ExpertPlacement.Of(experts, redundant, load ?? ExpertLoad.Uniform, ranks);

    [Fact]
    public void A_uniform_load_keeps_experts_in_order()
    {
        ExpertPlacement placement = Place(16, 4);
        Assert.Equal(["0-3", "4-7", "8-11", "12-15"], Enumerable.Range(0, 4).Select(rank => placement.ExpertsOf(rank).ToString()));
        Assert.Equal(1, placement.Imbalance, 1e-12);
    }

    [Theory]
    [InlineData(1.2, 0)]
    [InlineData(1.2, 8)]
    [InlineData(0.5, 16)]
    [InlineData(3, 48)]
    public void Balancing_never_makes_a_skewed_load_worse(double exponent, int redundant)
    {
        ExpertLoad load = ExpertLoad.Zipf(exponent);
        Assert.True(Place(64, 8, redundant, load).Imbalance < ExpertPlacement.Contiguous(64, redundant, load, 8).Imbalance);
    }

    [Fact]
    public void Every_expert_lives_somewhere_and_every_rank_is_full()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            int ranks = random.Next(1, 9), slots = random.Next(1, 6), experts = random.Next(1, (ranks * slots) + 1);
            var load = ExpertLoad.Listed(Enumerable.Range(0, experts).Select(_ => random.NextDouble() + 0.01));
            ExpertPlacement placement = Place(experts, ranks, (ranks * slots) - experts, load);
            Assert.Equal(slots, placement.Slots);
            Assert.Equal(Enumerable.Range(0, experts),
                Enumerable.Range(0, ranks).SelectMany(rank => placement.ExpertsOf(rank).AsEnumerable()).Distinct().Order());
        }
    }

    [Fact]
    public void Copies_of_an_expert_live_on_ranks_of_their_own()
    {
        ExpertPlacement placement = Place(8, 4, 4, ExpertLoad.Zipf(1.2));
        Assert.All(Enumerable.Range(0, 4), rank => Assert.Equal(3, placement.ExpertsOf(rank).Count));
    }

    [Fact]
    public void Tokens_are_integers_that_sum_to_what_is_routed()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            int ranks = random.Next(1, 7), experts = ranks * random.Next(1, 9);
            ExpertLoad load = random.Next(2) == 0 ? ExpertLoad.Uniform : ExpertLoad.Zipf(random.NextDouble() * 2);
            long routed = random.NextInt64(0, 100_000_000);
            long[][] counts = Place(experts, ranks, 0, load).Apportion(routed);
            Assert.Equal(routed, counts.Sum(rank => rank.Sum()));
            Assert.All(counts.SelectMany(rank => rank), count => Assert.True(count >= 0));
            if (load.IsUniform)
                Assert.InRange(counts.SelectMany(rank => rank).Max() - counts.SelectMany(rank => rank).Min(), 0, 1);
        }
    }

    [Fact]
    public void A_few_tokens_spread_over_ranks_before_a_rank_gets_a_second_one()
    {
        long[][] counts = Place(16, 4).Apportion(8);
        Assert.All(counts, rank => Assert.Equal(2, rank.Sum()));
    }
}
