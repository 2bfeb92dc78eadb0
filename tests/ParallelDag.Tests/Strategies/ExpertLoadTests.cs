namespace ParallelDag.Tests.Strategies;

public class ExpertLoadTests
{
    /// <summary>1, 1/2, 1/3 and 1/4 over their sum 25/12.</summary>
    [Fact]
    public void Zipf_shares_fall_as_one_over_the_rank_of_an_expert()
    {
        double[] shares = ExpertLoad.Zipf(1).Shares(4);
        Assert.Equal([0.48, 0.24, 0.16, 0.12], shares.Select(share => Math.Round(share, 12)));
    }

    [Fact]
    public void Listed_fractions_are_shares_of_their_sum() =>
        Assert.Equal([0.5, 0.3, 0.2], ExpertLoad.Listed([5, 3, 2]).Shares(3));

    [Fact]
    public void A_uniform_load_gives_every_expert_the_same() =>
        Assert.Equal([0.25, 0.25, 0.25, 0.25], ExpertLoad.Uniform.Shares(4));

    [Fact]
    public void Only_the_uniform_load_is_uniform()
    {
        Assert.True(ExpertLoad.Uniform.IsUniform);
        Assert.False(ExpertLoad.Zipf(1).IsUniform);
        Assert.False(ExpertLoad.Listed([1, 1]).IsUniform);
    }
}
