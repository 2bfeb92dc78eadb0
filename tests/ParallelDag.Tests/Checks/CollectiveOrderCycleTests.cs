using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>Collectives around a ring, each sharing one GPU with the next: all of them wait, and six steps of the ring are told.</summary>
public class CollectiveOrderCycleTests
{
    [Theory]
    [InlineData(3, "")]
    [InlineData(6, "")]
    [InlineData(7, " and 1 more step")]
    [InlineData(8, " and 2 more steps")]
    public void Six_steps_of_a_ring_are_told(int collectives, string more)
    {
        var builder = new DagBuilder();
        for (int i = 0; i < collectives; i++)
        {
            builder.AddNode($"c{i}", new NodeFacts
            {
                Op = Ops.FfnAllReduce, Name = $"c{i}", Kind = NodeKind.Communication, Collective = CollectiveKind.AllReduce, GroupSize = 2,
            }, new NodeScope(), GpuSet.FromGpus([i, (i + 1) % collectives]));
        }

        for (int i = 0; i < collectives; i++)
            builder.AddEdge(i, (i + 1) % collectives, EdgeKind.Data);
        CheckResult result = RuleAssert.Comes(CheckStatus.Fail, "PD012", builder.Build(new DagHeader { Name = "ring" }));
        var steps = Enumerable.Range(0, collectives).Select(i =>
            $"c{i} before c{(i + 1) % collectives} on GPU {(i + 1) % collectives}").Take(6);
        Assert.Equal($"{collectives} collectives wait for each other: {string.Join(", ", steps)}{more}", result.Evidence);
        Assert.Equal(collectives, result.Nodes.Count);
        Assert.Equal(collectives, result.Edges.Count);
    }

    [Theory]
    [InlineData("Pipeline Send", true)]
    [InlineData("RECV kv", true)]
    [InlineData("receive tokens", true)]
    [InlineData("P2P copy", true)]
    [InlineData("KV Transfer", true)]
    [InlineData("All-Reduce", false)]
    [InlineData("Exchange", false)]
    public void A_transfer_is_known_by_its_name(string name, bool transfer) => Assert.Equal(transfer, CollectiveOrder.IsTransfer(name));
}
