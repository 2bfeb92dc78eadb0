using ParallelDag.Collectives;

namespace ParallelDag.Tests.Collectives;

public class CollectiveCostTests
{
    private const long GiB = 1L << 30;

    // nccl-tests doc/PERFORMANCE.md factors; a=0, S=1 GiB, B=450 GB/s.
    [Theory]
    [InlineData(CollectiveKind.AllReduce, 8, 4.175662649e-3)]
    [InlineData(CollectiveKind.AllGather, 8, 2.087831324e-3)]
    [InlineData(CollectiveKind.ReduceScatter, 8, 2.087831324e-3)]
    [InlineData(CollectiveKind.AllToAll, 8, 2.087831324e-3)]
    [InlineData(CollectiveKind.AllReduce, 2, 2.386092942e-3)]
    [InlineData(CollectiveKind.AllGather, 2, 1.193046471e-3)]
    public void Times_are_those_of_the_ring(CollectiveKind collective, int members, double seconds) =>
        Assert.Equal(seconds, CollectiveCost.Seconds(collective, members, GiB, latency: 0, bandwidth: 450e9), 1e-12);

    [Fact]
    public void An_all_reduce_is_a_reduce_scatter_and_an_all_gather()
    {
        for (int members = 2; members < 100; members++)
        {
            double Seconds(CollectiveKind collective) => CollectiveCost.Seconds(collective, members, 12_345_678, 3e-6, 50e9);
            Assert.Equal(Seconds(CollectiveKind.ReduceScatter) + Seconds(CollectiveKind.AllGather), Seconds(CollectiveKind.AllReduce),
                1e-15);
        }
    }

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(8, 0)]
    public void One_member_or_no_bytes_take_no_time(int members, long size) =>
        Assert.All(Enum.GetValues<CollectiveKind>(),
            collective => Assert.Equal(0, CollectiveCost.Seconds(collective, members, size, 1e-6, 1e9)));

    [Fact]
    public void Latency_counts_steps_of_the_ring()
    {
        Assert.Equal(14e-6, CollectiveCost.Seconds(CollectiveKind.AllReduce, 8, 1, 1e-6, double.MaxValue), 1e-12);
        Assert.Equal(7e-6, CollectiveCost.Seconds(CollectiveKind.AllToAll, 8, 1, 1e-6, double.MaxValue), 1e-12);
        Assert.Equal(1e-6, CollectiveCost.Seconds(CollectiveKind.SendRecv, 2, 1, 1e-6, double.MaxValue), 1e-12);
    }
}
