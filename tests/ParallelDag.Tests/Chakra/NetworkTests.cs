using ParallelDag.Chakra.Writing;

namespace ParallelDag.Tests.Chakra;

/// <summary>The network file against what ASTRA-sim's backend makes of it.</summary>
public class NetworkTests
{
    private static ClusterSpec Cluster(int gpusPerNode, int? domain = null)
    {
        var cluster = new ClusterSpec { Gpus = 64, GpusPerNode = gpusPerNode, Gpu = DeviceProfile.Find("H100")! };
        return domain is int gpus ? cluster with { Domain = gpus } : cluster;
    }

    [Fact]
    public void One_node_is_one_tier() => Assert.Equal(
        "topology: [ FullyConnected ]\nnpus_count: [ 8 ]\nbandwidth: [ 419.09515857696533 ]\nlatency: [ 2000 ]\n",
        new NetworkTiers(Cluster(8), 8).ToYaml());

    [Fact]
    public void Several_nodes_are_two() => Assert.Equal(
        "topology: [ FullyConnected, FullyConnected ]\nnpus_count: [ 8, 4 ]\n"
            + "bandwidth: [ 419.09515857696533, 46.566128730773926 ]\nlatency: [ 2000, 5000 ]\n",
        new NetworkTiers(Cluster(8), 32).ToYaml());

    [Theory]
    [InlineData(8, 4, 32, "4, 2, 4")] // Two domains in a node.
    [InlineData(4, 72, 72, "72")] // Eighteen hosts of four in one domain.
    [InlineData(4, 72, 144, "72, 2")]
    [InlineData(8, null, 12, "12")] // One and a half nodes.
    [InlineData(8, null, 1, "1")]
    public void Domains_nodes_and_network_are_dimensions(int gpusPerNode, int? domain, int ranks, string counts)
    {
        var tiers = new NetworkTiers(Cluster(gpusPerNode, domain), ranks);
        Assert.Contains($"npus_count: [ {counts} ]\n", tiers.ToYaml(), StringComparison.Ordinal);
        Assert.Equal(ranks != 12, tiers.IsRegular);
    }

    /// <summary>Four a node, two nodes: seen in runs, 0 to 4 takes the network's time, 0 to 5 that of a link inside a node.</summary>
    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(0, 4, false)]
    [InlineData(0, 5, true)]
    [InlineData(1, 4, true)]
    [InlineData(7, 3, false)]
    public void What_differs_in_both_places_is_shortened(int first, int second, bool shortened) =>
        Assert.Equal(shortened, new NetworkTiers(Cluster(4), 8).IsShortened(first, second));
}
