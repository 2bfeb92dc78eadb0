using ParallelDag.Checks;

namespace ParallelDag.Tests.Checks;

/// <summary>Stages of layers 1-2, 3-5 and 6-6, listed in any order.</summary>
public class StageIndexTests
{
    private static readonly PhaseId Prefill = new(PhaseKind.Prefill), Decode = new(PhaseKind.Decode);

    private static DagPhase Phase(PhaseId phase) => new(phase, ["pp"], new Dictionary<string, int> { ["pp"] = 3 },
    [
        new DagStage(3, 6, 6, GpuSet.Of(2)), new DagStage(1, 1, 2, GpuSet.Of(0)), new DagStage(2, 3, 5, GpuSet.Of(1)),
        new DagStage(2, 9, 9, GpuSet.Of(5)),
    ]);

    private static StageIndex Of(params DagPhase[] phases) =>
        new(new DagBuilder().Build(new DagHeader { Name = "stages", Phases = phases }));

    [Fact]
    public void A_graph_of_one_phase_need_not_name_it()
    {
        DagPhase prefill = Phase(Prefill), decode = Phase(Decode);
        Assert.Same(prefill, Of(prefill).PhaseOf(null));
        Assert.Null(Of(prefill, decode).PhaseOf(null));
        Assert.Null(Of().PhaseOf(null));
        Assert.Same(decode, Of(prefill, decode).PhaseOf(Decode));
        Assert.Same(prefill, Of(prefill, decode).PhaseOf(Prefill));
        Assert.Null(Of(prefill).PhaseOf(Decode));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, null)]
    public void A_stage_is_found_by_its_number_the_first_of_two(int stage, int? gpu)
    {
        DagPhase phase = Phase(Prefill);
        Assert.Equal(gpu, Of(phase).Find(phase, stage)?.Gpus.First);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(1, 2, 1)]
    [InlineData(3, 5, 2)]
    [InlineData(4, 4, 2)]
    [InlineData(6, 6, 3)]
    [InlineData(2, 3, null)]
    [InlineData(5, 6, null)]
    [InlineData(0, 1, null)]
    [InlineData(7, 7, null)]
    [InlineData(1, 6, null)]
    public void A_stage_is_found_by_the_layers_that_it_lists(int first, int last, int? stage)
    {
        DagPhase phase = Phase(Prefill);
        Assert.Equal(stage, Of(phase).Holding(phase, first, last)?.Index);
    }
}
