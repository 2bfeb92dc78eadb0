using ParallelDag.Checks;

namespace ParallelDag.Tests.Checks;

public class CheckRunnerTests
{
    [Fact]
    public void A_good_graph_fails_nothing()
    {
        CheckReport report = CheckRunner.Run(ParallelDag.Lowering.DagGenerator.Generate(SamplePlans.Reference(4)));
        Assert.True(report.Holds, string.Join('\n', report.Failures));
        Assert.Equal(
            CheckRule.All.Select(rule => rule.Id).Except(["PD018", "PD019", "PD020", "PD021", "PD027"]),
            report.Results.Select(result => result.Id));
    }

    [Fact]
    public void Rules_have_distinct_ids_in_order_and_words()
    {
        Assert.Equal(CheckRule.All.Select(rule => rule.Id).Distinct().Order(StringComparer.Ordinal), CheckRule.All.Select(rule => rule.Id));
        Assert.All(CheckRule.All, rule => Assert.Matches("^PD0[0-9]{2}$", rule.Id));
        Assert.All(CheckRule.All, rule => Assert.True(rule.Title.Length > 0 && rule.Description.Length > rule.Title.Length));
    }

    [Fact]
    public void Rules_are_chosen_by_id_in_any_case()
    {
        CheckReport report = CheckRunner.Run(SmallDag.Build(), ["pd004", "PD001"]);
        Assert.Equal(["PD001", "PD004"], report.Results.Select(result => result.Id));
    }

    [Fact]
    public void An_unknown_rule_is_refused_with_the_list_of_rules()
    {
        var error = Assert.Throws<InputException>(() => CheckRunner.Run(SmallDag.Build(), ["PD099"]));
        Assert.Contains("PD099", error.Message, StringComparison.Ordinal);
        Assert.Contains("PD001, PD002", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_token_ends_every_rule()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Dag dag = SmallDag.Build();
        Assert.All(
            CheckRule.All, rule =>
            Assert.Throws<OperationCanceledException>(() => CheckRunner.Run(dag, [rule.Id], cancellation: source.Token)));
    }

    [Fact]
    public void The_empty_graph_passes_nothing_that_it_has_not_got()
    {
        Dag empty = new DagBuilder().Build(new DagHeader { Name = "empty" });
        CheckReport report = CheckRunner.Run(empty);
        Assert.Equal(["PD001"], report.Results.Where(result => result.Status == CheckStatus.Pass).Select(result => result.Id));
        Assert.True(report.Holds);
    }
}
