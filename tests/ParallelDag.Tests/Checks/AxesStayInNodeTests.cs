using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// PD021 on eight GPUs, tp within dp: tp groups are neighbours, dp groups are GPUs 0, 2, 4, 6 and 1, 3, 5, 7 for a tp of 2.
/// </summary>
public class AxesStayInNodeTests
{
    [Theory]
    [InlineData("tp=2 dp=4", 2, 2, "tp", "pass: 4 groups of tp in all, each within one node of 2 GPUs")]
    [InlineData("tp=2 dp=4", 4, 4, "tp dp", "fail: 2 of 2 dp groups of prefill leave their node of 4 GPUs, such as 0,2,4,6; lower dp, or "
        + "order the axes so that it comes further in")]
    [InlineData("tp=2 dp=4", 2, 8, "tp dp", "pass: 6 groups of tp, dp in all, each within one domain of 8 GPUs")]
    [InlineData("tp=2 dp=4", 8, 2, "dp", "pass: 2 groups of dp in all, each within one node of 8 GPUs")]
    [InlineData("tp=2 dp=4", 3, 3, "tp", "fail: 1 of 4 tp groups of prefill leave their node of 3 GPUs, such as 2-3; lower tp, or order "
        + "the axes so that it comes further in")]
    [InlineData("tp=4 dp=2", 2, 2, "tp", "fail: 2 of 2 tp groups of prefill leave their node of 2 GPUs, such as 0-3; lower tp, or order "
        + "the axes so that it comes further in")]
    [InlineData("tp=2 dp=4", 2, 2, "sp tp etp", "pass: 4 groups of sp, tp, etp in all, each within one node of 2 GPUs")]
    [InlineData("tp=2 dp=4", 2, 2, "tp xp", "fail: 'xp' is no axis of a mesh")]
    [InlineData("tp=2 dp=4", 0, 0, "tp", "skipped: not checked: no cluster in the graph, so nobody knows which GPUs are a node")]
    [InlineData("", 2, 2, "tp", "skipped: not checked: no mesh (axes, order and stages) in the graph")]
    public void Groups_lie_in_one_node_or_domain(string mesh, int perNode, int domain, string axes, string expected) =>
        RuleText.Is(expected, "", Run(mesh, perNode, domain, axes.Split(' ')));

    private static CheckResult Run(string mesh, int perNode, int domain, params string[] axes)
    {
        RowGraph graph = new RowGraph().Node("a", Ops.FfnNorm, "prefill s1 l1", "0-7");
        Dag dag = (mesh.Length == 0 ? graph : graph.Phase("prefill", mesh, (1, 1, "0-7"))).Build(
            header: header => header with
            {
                Cluster = perNode == 0 ? null
                    : new ClusterSpec { Gpus = 8, GpusPerNode = perNode, Domain = domain, Gpu = DeviceProfile.Find("H100")! },
                Limits = new LimitsSpec { CrossNode = [.. axes] },
            });
        return RuleText.Of(dag, "PD021");
    }
}
