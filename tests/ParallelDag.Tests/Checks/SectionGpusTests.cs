using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>Ten layers on five stages of two GPUs each: stage 2 is layers 3 and 4 on GPUs 2 and 3.</summary>
public class SectionGpusTests
{
    private static SectionGpus? Of(Dag dag) => SectionGpus.Of(new GraphSurvey(OperatorPart.Of(dag), default), dag.Phases[0]);

    /// <summary>Stages of one GPU and one layer each.</summary>
    private static Dag Stages(string gpus, string? pool = null) => new RowGraph().Phase("prefill", $"pp={gpus.Split(' ').Length}",
        [.. gpus.Split(' ').Select((gpu, at) => (at + 1, at + 1, gpu))]).Node("a", Ops.FfnNorm, "prefill s1 l1", "0")
            .Build(header: header => header with { Pool = pool is null ? null : GpuSet.Parse(pool) });

    [Theory]
    [InlineData("0 1 2", null, false)]
    [InlineData("0 1 2 3", null, true)]
    [InlineData("0 1 2 3", "0-3", true)]
    [InlineData("0 1 2 3", "0-7", true)]
    [InlineData("0 1 2 3", "0-2", false)]
    public void Four_stages_in_the_pool_can_stand_for_each_other(string gpus, string? pool, bool can) =>
        Assert.Equal(can, Of(Stages(gpus, pool)) is not null);

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    [InlineData(6, false)]
    public void Stages_between_the_first_and_the_last_are_between(int stage, bool between) =>
        Assert.Equal(between, Of(GraphScript.Good("stages"))!.IsBetween(stage));

    [Theory]
    [InlineData(1, 1, true, false)]
    [InlineData(2, 1, false, true)]
    [InlineData(3, 2, true, false)]
    [InlineData(4, 2, false, true)]
    [InlineData(5, 2, false, false)]
    [InlineData(9, 5, true, false)]
    [InlineData(10, 5, false, true)]
    [InlineData(1, 0, false, false)]
    [InlineData(1, -1, false, false)]
    [InlineData(10, 6, false, false)]
    public void A_layer_begins_or_ends_its_stage(int layer, int stage, bool begins, bool ends) => Assert.Equal(
        (begins, ends), Of(GraphScript.Good("stages"))!.EndsOf(new NodeScope { Layer = layer, Stage = stage }));

    [Fact]
    public void What_is_in_no_layer_or_stage_ends_nothing()
    {
        SectionGpus gpus = Of(GraphScript.Good("stages"))!;
        Assert.Null(gpus.EndsOf(new NodeScope { Stage = 2 }));
        Assert.Null(gpus.EndsOf(new NodeScope { Layer = 3 }));
    }

    /// <summary>Sets are alike where they are the same places of stages that lie so far apart.</summary>
    [Theory]
    [InlineData("2-3", "4-5", 1, true)]
    [InlineData("4-5", "2-3", -1, true)]
    [InlineData("2-3", "8-9", 3, true)]
    [InlineData("2-3", "4-5", 2, false)]
    [InlineData("2-3", "4-5", 0, false)]
    [InlineData("2-3", "4-5", -1, false)]
    [InlineData("2-3", "2-3", 0, true)]
    [InlineData("2", "4", 1, true)]
    [InlineData("3", "5", 1, true)]
    [InlineData("2", "5", 1, false)]
    [InlineData("2", "4-5", 1, false)]
    [InlineData("2-5", "4-7", 1, true)]
    [InlineData("2-5", "4-5", 1, false)]
    [InlineData("2-5", "2,4", 0, false)]
    [InlineData("2,4", "6,8", 2, true)]
    [InlineData("2,4", "6,9", 2, false)]
    [InlineData("77", "78", 0, false)]
    [InlineData("2,77", "4,77", 1, false)]
    [InlineData("77", "77", 0, true)]
    public void Sets_are_alike_by_their_places_in_a_stage(string set, string other, int stages, bool alike)
    {
        Dag dag = GraphScript.Changed("stages", $"gpus prefill_l3_attention_norm {set}; gpus prefill_l3_ffn_norm {other}");
        SectionGpus gpus = Of(dag)!;
        int Entry(string id) => dag.GpuColumn[dag.Nodes.First(node => node.Id == id).Index];
        int own = Entry("prefill_l3_attention_norm"), like = Entry("prefill_l3_ffn_norm");
        Assert.Equal(alike, gpus.AreAlike(own, like, stages));
        if (alike)
            Assert.Equal(gpus.ShapeOf(own), gpus.ShapeOf(like));
    }
}
