namespace ParallelDag.Tests.Checks;

public class StageCoverageTests
{
    [Fact]
    public void PD010_counts_layers_and_stages()
    {
        CheckResult result = RuleAssert.Comes(CheckStatus.Pass, "PD010", SmallDag.Build());
        Assert.Equal("2 layers in 2 stages (prefill: 1-1 on 0-1, 2-2 on 2-3), each in one stage and computed on all of its GPUs",
            result.Evidence);
    }

    [Fact]
    public void PD010_is_not_checked_without_stages()
    {
        CheckResult result =
            RuleAssert.Comes(CheckStatus.Skipped, "PD010",
                new DagMutator(SmallDag.Build()).WithHeader(header => header with { Phases = [] }).Build());
        Assert.StartsWith("not checked: no plan", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD010_names_a_computation_node_outside_its_stage()
    {
        CheckResult result = RuleAssert.Comes(CheckStatus.Fail, "PD010", new DagMutator(SmallDag.Build()).Gpus("norm1", "0-2").Build());
        Assert.Equal("1 node outside the GPUs of prefill stage 1: norm1 (2)", result.Evidence);
        Assert.Equal(["norm1"], result.Nodes);
    }

    [Fact]
    public void PD010_tells_which_GPUs_nobody_computes_on()
    {
        CheckResult result =
            RuleAssert.Comes(CheckStatus.Fail, "PD010", new DagMutator(SmallDag.Build()).Gpus("norm1", "0").Gpus("project1", "0").Build());
        Assert.Contains("prefill stage 1, layer 1: no computation node on GPUs 1 of 0-1", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void PD010_names_a_node_whose_layer_another_stage_lists()
    {
        CheckResult result =
            RuleAssert.Comes(CheckStatus.Fail, "PD010",
                new DagMutator(SmallDag.Build()).Scope("norm2", scope => scope with { Layer = 1 }).Build());
        Assert.Contains("norm2 (stage 2, layer 1 is in stage 1)", result.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, 3, 3, "prefill layer 2 is in no stage")]
    [InlineData(1, 2, 2, 2, "prefill layer 2 is in two stages")]
    public void PD010_looks_for_gaps_and_overlaps(int first1, int last1, int first2, int last2, string fault)
    {
        Dag dag = new DagMutator(SmallDag.Build()).WithHeader(header => header with
        {
            Phases = [header.Phases[0] with
            {
                Stages = [header.Phases[0].Stages[0] with { FirstLayer = first1, LastLayer = last1 },
                    header.Phases[0].Stages[1] with { FirstLayer = first2, LastLayer = last2 }],
            }],
        }).Build();
        Assert.Contains(fault, RuleAssert.Comes(CheckStatus.Fail, "PD010", dag).Evidence, StringComparison.Ordinal);
    }
}
