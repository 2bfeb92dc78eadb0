using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Tests.Durations;

/// <summary>Single kernels and collectives as others measured them on H100, in microseconds.</summary>
public class MeasuredTests
{
    private static readonly TimeModel Model = new(new ClusterSpec { Gpus = 16, Gpu = DeviceProfile.Find("H100")! });
    private static readonly GroupSpan Node = new(8, 1, 8, 1, 8);

    /// <summary>AIConfigurator's table of vLLM 0.19.0.</summary>
    [Theory]
    [InlineData(1, 8192, 8192, 47.8, 51.1)]
    [InlineData(512, 8192, 3584, 41.6, 42.0)]
    [InlineData(4096, 10240, 8192, 926.1, 872.5)]
    public void Matrix_products(double m, double n, double k, double measured, double model)
    {
        double micros = Model.Kernel(KernelClass.Gemm, PeakRate.Bits16, 2 * m * n * k, 2 * ((n * k) + (m * (n + k))), 0).Seconds * 1e6;
        Assert.Equal(model, micros, 0.06);
        Assert.InRange(micros / measured, .85, 1.15);
    }

    /// <summary>NCCL 2.27.3, and vLLM's own All-Reduce in a captured graph.</summary>
    [Theory]
    [InlineData(CollectiveKind.AllReduce, 512L << 20, 2111.4)]
    [InlineData(CollectiveKind.AllGather, 16L << 20, 67.1)]
    [InlineData(CollectiveKind.AllToAll, 128L << 20, 403.9)]
    [InlineData(CollectiveKind.AllReduce, 16L << 10, 5.2)]
    [InlineData(CollectiveKind.AllReduce, 2L << 20, 19.4)]
    public void Collectives_of_eight(CollectiveKind collective, long size, double measured) =>
        Assert.InRange(Model.Collective(collective, Node, size).Seconds * 1e6 / measured, .75, 1.25);

    /// <summary>NVIDIA/nccl-tests issue 283: 248 nodes of eight H200, 512 MiB; about 350 GB/s of bus bandwidth.</summary>
    [Fact]
    public void An_All_Reduce_over_248_nodes()
    {
        var model = new TimeModel(new ClusterSpec { Gpus = 1984, Gpu = DeviceProfile.Find("H200")! });
        double size = 512L << 20, seconds = model.Collective(CollectiveKind.AllReduce, new GroupSpan(1984, 248, 8, 248, 8), size).Seconds;
        Assert.Equal(349.2, 2 * 1983.0 / 1984 * size / seconds / 1e9, 0.5);
    }

    /// <summary>NVIDIA/nccl issue 1244 reports 46.3 us of H20.</summary>
    [Fact]
    public void Eight_bytes_over_two_nodes() =>
        Assert.Equal(45.9, Model.Collective(CollectiveKind.AllReduce, new GroupSpan(16, 2, 8, 2, 8), 8).Seconds * 1e6, 0.05);

    /// <summary>Calculon caa4b11, network.py: latency + size * scalar * (1 + offset / n) / (bandwidth * efficiency).</summary>
    [Theory]
    [InlineData(CollectiveKind.AllReduce, 2.0)]
    [InlineData(CollectiveKind.AllGather, 1.0)]
    [InlineData(CollectiveKind.ReduceScatter, 1.0)]
    public void A_line_of_a_plan_is_the_network_of_calculon(CollectiveKind collective, double scalar)
    {
        const double Latency = 7e-6, Efficiency = .65, Offset = -1;
        var overrides = new TimingSpec { Lines = [new CollectiveLine(collective, LineTraffic.Ring, Latency, 0, Efficiency)] };
        var model = new TimeModel(new ClusterSpec { Gpus = 8, Gpu = DeviceProfile.Find("H100")! }, overrides);
        foreach (int members in new[] { 2, 4, 8 })
        {
            foreach (double size in new[] { 1e6, 1e9 })
            {
                double due = Latency + (size * scalar * (1 + (Offset / members)) / (450e9 * Efficiency));
                Assert.Equal(due, model.Collective(collective, new GroupSpan(members, 1, members, 1, members), size).Seconds, due * 1e-9);
            }
        }
    }

    [Fact]
    public void A_link_of_its_own_is_a_ring()
    {
        var cluster = new ClusterSpec { Gpus = 8, Gpu = DeviceProfile.Find("H100")!, IntraNode = new LinkSpec(100e9, 3e-6) };
        NodeTime time = new TimeModel(cluster).Collective(CollectiveKind.AllReduce, Node, 1 << 30);
        Assert.Equal((14 * 3e-6) + (2 * 7.0 / 8 * (1 << 30) / 100e9), time.Seconds, 1e-12);
        Assert.Equal(TimeBound.Link, time.Bound);
    }
}
