using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Checks;

/// <summary>What is proposed between a producer on GPUs 0-1 and a consumer on GPU 2, by their placements: DTensor's table.</summary>
public class RemedyTests
{
    private const string Send = "add a Send/Recv from GPUs 0-1 to GPU 2";

    private static string Between(string? before, string? after, string producer = Ops.FfnUp, string consumer = Ops.FfnDown,
        string tensor = "[hidden=4]") =>
        Remedy.Between(new RowGraph()
            .Node("a", producer, "", "0-1", "", tensor, facts => facts with
            {
                OutputPlacement = before is null ? null : PlacementList.Parse(before),
            })
            .Node("b", consumer, "", "2", tensor, "", facts => facts with
            {
                InputPlacement = after is null ? null : PlacementList.Parse(after),
            }).Build(), 0, 1);

    [Theory]
    [InlineData("tp=S(hidden)", "tp=R", "add an All-Gather over GPUs 0-2")]
    [InlineData("tp=P", "tp=R", "add an All-Reduce over GPUs 0-2")]
    [InlineData("tp=P", "tp=S(hidden)", "add a Reduce-Scatter over GPUs 0-2")]
    [InlineData("tp=S(heads)", "tp=S(hidden)", "add an All-to-All over GPUs 0-2")]
    [InlineData("tp=R", "tp=S(hidden)", Send)]
    [InlineData("tp=R", "tp=P", Send)]
    [InlineData("tp=S(hidden)", "tp=P", Send)]
    [InlineData("tp=P", "tp=P", Send)]
    [InlineData("tp=P", "sp=R", Send)]
    [InlineData("tp=R, sp=P", "tp=S(hidden), sp=R", "add an All-Reduce over GPUs 0-2")]
    [InlineData("tp=P, sp=S(hidden)", "tp=P, sp=R", "add an All-Gather over GPUs 0-2")]
    [InlineData("sp=S(hidden), tp=P", "dp=R, sp=R", "add an All-Gather over GPUs 0-2")]
    [InlineData(null, "tp=R", Send)]
    [InlineData("tp=P", null, Send)]
    public void Placements_demand_a_collective(string? before, string? after, string remedy) =>
        Assert.Equal(remedy, Between(before, after));

    /// <summary>Where nothing tells placements, tokens go to experts and back by an All-to-All.</summary>
    [Theory]
    [InlineData(Ops.FfnNorm, Ops.Experts, null, null, "[hidden=4]", "add an All-to-All over GPUs 0-2")]
    [InlineData(Ops.Experts, Ops.FfnNorm, null, null, "[hidden=4]", "add an All-to-All over GPUs 0-2")]
    [InlineData(Ops.Experts, Ops.FfnNorm, "tp=P", null, "[hidden=4]", "add an All-to-All over GPUs 0-2")]
    [InlineData(Ops.Experts, Ops.FfnNorm, null, "tp=R", "[hidden=4]", "add an All-to-All over GPUs 0-2")]
    [InlineData(Ops.Experts, Ops.FfnNorm, "tp=P", "tp=R", "", "add an All-to-All over GPUs 0-2")]
    [InlineData(Ops.Experts, Ops.FfnNorm, "tp=P", "tp=R", "[hidden=4]", "add an All-Reduce over GPUs 0-2")]
    [InlineData(Ops.FfnNorm, Ops.FfnUp, null, null, "[hidden=4]", Send)]
    [InlineData(Ops.FfnNorm, Ops.FfnUp, "tp=P", "tp=R", "", Send)]
    public void Tokens_are_exchanged_with_experts(
        string producer, string consumer, string? before, string? after, string tensor, string remedy) =>
        Assert.Equal(remedy, Between(before, after, producer, consumer, tensor));

    [Fact]
    public void GPUs_and_collectives_are_named_as_people_do()
    {
        Assert.Equal(["GPU 3", "GPUs 0-3", "GPUs "],
            new[] { GpuSet.Parse("3"), GpuSet.Range(0, 3), GpuSet.Empty }.Select(Remedy.Words));
        Assert.Equal(["an All-Gather", "an All-Reduce", "an All-to-All", "a Reduce-Scatter", "a Send/Recv"],
            new[] { CollectiveKind.AllGather, CollectiveKind.AllReduce, CollectiveKind.AllToAll, CollectiveKind.ReduceScatter,
                CollectiveKind.SendRecv }.Select(Remedy.Article));
    }

    [Fact]
    public void Nodes_without_GPUs_have_none() => Assert.Equal("add a Send/Recv from GPUs  to GPU 2",
        Remedy.Between(new RowGraph().Node("a", Ops.FfnUp).Node("b", Ops.FfnDown, "", "2").Build(), 0, 1));
}
