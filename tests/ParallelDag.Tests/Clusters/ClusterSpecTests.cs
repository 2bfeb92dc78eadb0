using ParallelDag.Documents;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Clusters;

/// <summary>What process groups span, which link they need, and how a cluster is written and refused.</summary>
public sealed class ClusterSpecTests
{
    private static readonly ClusterSpec Hgx = new() { Gpus = 64, Gpu = DeviceProfile.Find("H100")! };

    private static readonly ClusterSpec Nvl72 = new() { Gpus = 144, GpusPerNode = 4, Domain = 72, Gpu = DeviceProfile.Find("GB200")! };

    // Two PCIe switches or NVLink pairs a host: four domains of two in each node of eight.
    private static readonly ClusterSpec Pairs = new() { Gpus = 16, Domain = 2, Gpu = DeviceProfile.Find("H100-NVL")! };

    [Theory]
    [InlineData("hgx", "0-7", 8, 1, 8, 1, 8, LinkLevel.Domain)]
    [InlineData("hgx", "0,4,8,12", 4, 2, 2, 2, 2, LinkLevel.Network)]
    [InlineData("hgx", "0-11", 12, 2, 8, 2, 8, LinkLevel.Network)]
    [InlineData("hgx", "0,8,16,24,32,40,48,56", 8, 8, 1, 8, 1, LinkLevel.Network)]
    [InlineData("nvl72", "0-11", 12, 1, 12, 3, 4, LinkLevel.Domain)]
    [InlineData("nvl72", "0-143", 144, 2, 72, 36, 4, LinkLevel.Network)]
    [InlineData("nvl72", "71-72", 2, 2, 1, 2, 1, LinkLevel.Network)]
    [InlineData("pairs", "0-1", 2, 1, 2, 1, 2, LinkLevel.Domain)]
    [InlineData("pairs", "0-3", 4, 2, 2, 1, 4, LinkLevel.Node)]
    [InlineData("pairs", "6-9", 4, 2, 2, 2, 2, LinkLevel.Network)]
    [InlineData("hgx", "5", 1, 1, 1, 1, 1, LinkLevel.Domain)]
    public void A_group_touches_domains_and_nodes(
        string cluster, string gpus, int members, int domains, int perDomain, int nodes, int perNode, LinkLevel level)
    {
        GroupSpan span = Named(cluster).SpanOf(GpuSet.Parse(gpus));
        Assert.Equal(new GroupSpan(members, domains, perDomain, nodes, perNode), span);
        Assert.Equal(level, span.Level);
    }

    [Fact]
    public void Spans_of_random_groups_agree_with_counting()
    {
        var random = new Random(11);
        for (int i = 0; i < 300; i++)
        {
            int perNode = 1 << random.Next(4);
            int domain = random.Next(2) == 0 ? perNode << random.Next(4) : Math.Max(1, perNode >> random.Next(3));
            ClusterSpec cluster = Hgx with { GpusPerNode = perNode, Domain = domain };
            int[] group = [.. Enumerable.Range(0, 64).Where(_ => random.Next(4) == 0).DefaultIfEmpty(3)];
            GroupSpan span = cluster.SpanOf(group);
            int[] domains = Counts(domain), nodes = Counts(perNode);
            Assert.Equal(
                new GroupSpan(group.Length, domains.Count(n => n > 0), domains.Max(), nodes.Count(n => n > 0), nodes.Max()),
                span);

            int[] Counts(int size) =>
                [.. Enumerable.Range(0, 64).Select(part => group.Count(gpu => gpu >= part * size && gpu < (part + 1) * size))];
        }
    }

    [Fact]
    public void A_GPU_has_its_share_of_the_NICs_of_its_node()
    {
        Assert.Equal(50e9, Hgx.LinkOf(LinkLevel.Network).Bandwidth);
        Assert.Equal(25e9, (Hgx with { NicsPerNode = 4 }).LinkOf(LinkLevel.Network).Bandwidth);
        Assert.Equal(100e9, (Hgx with { NicsPerNode = 16 }).LinkOf(LinkLevel.Network).Bandwidth);
        Assert.Equal(32e9, Pairs.LinkOf(LinkLevel.Node).Bandwidth);
    }

    [Theory]
    [InlineData("A100-80GB", 300e9)]
    [InlineData("H800", 200e9)]
    [InlineData("GB200", 900e9)]
    [InlineData("MI300X", 448e9)]
    public void Fast_links_are_those_of_the_GPU(string gpu, double bandwidth)
    {
        Assert.Equal(bandwidth, (Hgx with { Gpu = DeviceProfile.Find(gpu)! }).IntraNode.Bandwidth);
        Assert.Equal(bandwidth, Read($"\"gpu\": \"{gpu}\", \"intraNode\": {{\"latency\": \"3 us\"}}").IntraNode.Bandwidth);
    }

    [Fact]
    public void A_default_and_its_value_are_the_same_cluster()
    {
        Assert.Equal(Hgx, Hgx with { Domain = 8, NicsPerNode = 8, IntraNode = new(450e9, 2e-6), HostLink = new(32e9, 5e-6) });
        Assert.Equal(Hgx.GetHashCode(), (Hgx with { Domain = 8 }).GetHashCode());
        Assert.NotEqual(Hgx, Hgx with { Domain = 16 });
        Assert.NotEqual(Hgx, Hgx with { NicsPerNode = 4 });
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        ClusterSpec odd = Hgx with { NicsPerNode = 4, Domain = 32, InterNode = new LinkSpec(1e11 / 3, 1.5e-6) };
        foreach (ClusterSpec cluster in new[] { Hgx, Nvl72, Pairs, odd })
        {
            PlanSpec spec = TestPlans.Reference with { Cluster = cluster with { Gpus = 64 } };
            Assert.Equal(spec.Cluster, PlanReader.Read(PlanDocument.From(spec)).Cluster);
        }
    }

    [Theory]
    [InlineData("\"domain\": 12", "a domain of 12 would end inside a node of 8; give a multiple or a divisor of gpusPerNode")]
    [InlineData("\"domain\": 0", "0 is out of range; give 1 to 1048576")]
    [InlineData("\"nicsPerNode\": 0", "0 is out of range; give 1 to 1048576")]
    [InlineData("\"hostLink\": {\"bandwidth\": \"64 GB/s\"}", "a domain of 8 holds all 8 GPUs of a node; leave it out, or set")]
    [InlineData("\"hostLink\": {\"bandwidth\": \"0 GB/s\"}, \"domain\": 4", "bandwidth must be greater than 0")]
    public void What_no_cluster_can_be_is_refused(string keys, string message)
    {
        var fault = Assert.Throws<InputException>(() => Read($"\"gpu\": \"H100\", {keys}"));
        Assert.Contains(fault.Problems, problem => problem.ToString().Contains(message, StringComparison.Ordinal));
    }

    private static ClusterSpec Named(string name) => name == "hgx" ? Hgx : name == "nvl72" ? Nvl72 : Pairs;

    private static ClusterSpec Read(string cluster)
    {
        const string Plan = """
            {"name": "p", "model": {"layers": 4, "hidden": 64, "heads": 8, "ffn": 128, "vocab": 100},
            "cluster": {"gpus": 8, KEYS}, "workload": {"batch": 4, "promptLength": 16}, "prefill": {"tp": 2}}
            """;
        return PlanTexts.Plan(Plan.Replace("KEYS", cluster, StringComparison.Ordinal)).Cluster;
    }
}
