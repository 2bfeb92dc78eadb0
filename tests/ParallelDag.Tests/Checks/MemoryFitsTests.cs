using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// PD013 on headers of one phase of two stages: weights of 4 GiB, a cache of 2 and activations of 1 on a GPU of 10.
/// </summary>
public class MemoryFitsTests
{
    private const long GiB = 1L << 30;

    private static DagMemory Stage(
        int stage, double union, double weights = 4, double capacity = 10, PhaseKind phase = PhaseKind.Prefill) =>
        new(new PhaseId(phase), stage, (long)(weights * GiB), 2 * GiB, GiB, (long)(union * GiB), (long)(capacity * GiB));

    private static CheckResult Run(bool phases, params DagMemory[]? memory)
    {
        var graph = new RowGraph();
        if (phases)
            graph.Phase("prefill", "", (1, 1, "0"), (2, 2, "1"));
        return RuleText.Of(graph.Build(DetailLevel.Operator, header => header with { Memory = memory }), "PD013");
    }

    private static void Says(string evidence, params DagMemory[] memory) => Assert.Equal(evidence, Run(true, memory).Evidence);

    /// <summary>7 GiB of its own are what a stage counts at least; 10 GiB are there.</summary>
    [Theory]
    [InlineData(7, null)]
    [InlineData(10, null)]
    [InlineData(6.5, "prefill stage 2 counts 6979321856 bytes over all phases, fewer than the 7516192768 of its own weights, cache and "
        + "activations")]
    [InlineData(10.5, "prefill stage 2 needs 10.5 GiB of 10 GiB on a GPU, 512 MiB too much")]
    public void A_stage_counts_its_own_and_fits(double union, string? fault)
    {
        if (fault is null)
            Assert.Equal(CheckStatus.Pass, Run(true, Stage(1, 7), Stage(2, union)).Status);
        else
            Says(fault, Stage(1, 7), Stage(2, union));
    }

    [Fact]
    public void A_stage_counts_weights()
    {
        Says("prefill stage 1 counts no weights", Stage(1, 7, weights: 0), Stage(2, 7));
        Says("prefill stage 1 counts no weights", Stage(1, 7, weights: -1), Stage(2, 7));
        var least = new DagMemory(new PhaseId(PhaseKind.Prefill), 1, 1, 0, 0, 1, 10);
        Assert.Equal(CheckStatus.Pass, Run(true, least, Stage(2, 7)).Status);
    }

    /// <summary>Sums of what a hostile file may say do not wrap round.</summary>
    [Fact]
    public void Sizes_beyond_a_long_are_added_up()
    {
        var hostile = new DagMemory(new PhaseId(PhaseKind.Prefill), 1, long.MaxValue, long.MaxValue, long.MaxValue, 5, 10);
        Assert.StartsWith("prefill stage 1 counts 5 bytes over all phases, fewer than the 27670116110564327421 of its own",
            Run(true, hostile, Stage(2, 7)).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_stage_is_counted_once()
    {
        Says("prefill stage 1 is counted twice", Stage(1, 7), Stage(2, 7), Stage(1, 7));
        Says("prefill stage 2 is not counted", Stage(1, 7));
        Says("prefill stage 3 is counted though the graph has no such stage", Stage(1, 7), Stage(2, 7), Stage(3, 7));
        Says("decode stage 1 is counted though the graph has no such stage",
            Stage(1, 7), Stage(2, 7), Stage(1, 7, phase: PhaseKind.Decode));
        Assert.Equal(4, Run(true, [.. Enumerable.Range(1, 9).Select(stage => Stage(stage, 7))]).Evidence.Split("; ").Length);
        Assert.Equal(CheckStatus.Pass, Run(false, Stage(1, 7), Stage(2, 7)).Status);
        Assert.StartsWith("prefill stage 3 is counted though", Run(true, [.. Enumerable.Range(1, 9).Select(stage => Stage(10 - stage, 7))])
            .Evidence, StringComparison.Ordinal);
    }

    /// <summary>The fullest GPU is the one whose share of its capacity is largest, whatever it holds in bytes.</summary>
    [Theory]
    [InlineData(7, 8, 20, 40, "prefill stage 1, holds 7 GiB of 8 GiB")]
    [InlineData(7, 10, 38, 40, "prefill stage 2, holds 38 GiB of 40 GiB")]
    public void The_fullest_GPU_is_told(double first, double firstOf, double second, double secondOf, string fullest) => Assert.Equal(
        $"2 stages of 1 phase fit; the fullest GPU, of {fullest}",
        Run(true, Stage(1, first, capacity: firstOf), Stage(2, second, capacity: secondOf)).Evidence);

    [Fact]
    public void It_is_not_checked_where_no_memory_is_told()
    {
        Assert.Equal(CheckStatus.Skipped, Run(true, []).Status);
        Assert.Equal(CheckStatus.Skipped, Run(true, null).Status);
    }
}
