using ParallelDag.Checks;

namespace ParallelDag.Tests.Checks;

/// <summary>A report of rules that fail (a norm without GPUs), pass and are skipped (no plan).</summary>
public class CheckReportTests
{
    private static CheckReport Report(params string[] rules) =>
        CheckRunner.Run(new RowGraph().Node("a", null, "", null, "[a=1]", "[a=1]").Build(), rules);

    [Theory]
    [InlineData("PD004", true, true, "rows: 1 passed, 0 failed, 0 skipped")]
    [InlineData("PD004,PD013", true, false, "rows: 1 passed, 0 failed, 1 skipped")]
    [InlineData("PD013", true, false, "rows: 0 passed, 0 failed, 1 skipped")]
    [InlineData("PD003,PD004,PD013", false, false, "rows: 1 passed, 1 failed, 1 skipped")]
    [InlineData("PD003,PD004", false, false, "rows: 1 passed, 1 failed, 0 skipped")]
    public void A_report_holds_where_no_rule_failed_and_strictly_where_all_passed(
        string rules, bool holds, bool strictly, string text)
    {
        CheckReport report = Report(rules.Split(','));
        Assert.Equal((holds, strictly, text), (report.Holds, report.HoldsStrictly, report.ToString()));
        Assert.Equal(rules.Contains("PD003", StringComparison.Ordinal) ? ["PD003"] : [], report.Failures.Select(result => result.Id));
    }

    [Fact]
    public void Results_are_found_and_counted()
    {
        CheckReport report = Report("PD013", "PD003", "PD004");
        Assert.Equal(["PD003", "PD004", "PD013"], report.Results.Select(result => result.Id));
        Assert.Equal("PD004", report.Find("pd004")!.Id);
        Assert.Null(report.Find("PD001"));
        Assert.Equal((1, 1, 1),
            (report.Count(CheckStatus.Pass), report.Count(CheckStatus.Fail), report.Count(CheckStatus.Skipped)));
    }

    /// <summary>A rule for something else than a graph is skipped on one; rules run everywhere unless they say where.</summary>
    [Fact]
    public void A_rule_of_another_subject_is_skipped()
    {
        var rule = new CheckRule("XX001", "Title", "What it looks at", "set of traces");
        Dag dag = new RowGraph().Node("a", null).Build();
        CheckResult result = rule.Check(new Inspection(rule, new GraphSurvey(OperatorPart.Of(dag), default), everywhere: false, default));
        Assert.Equal((CheckStatus.Skipped, "not checked: no set of traces", "XX001"), (result.Status, result.Evidence, result.Id));
        Assert.True(rule.RunsWhere(dag));
        Assert.Equal(("XX001 Title", "Title", "What it looks at"), (rule.ToString(), rule.Title, rule.Description));
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("3-3", "3-3")]
    [InlineData(" 1 - 4 , 7 ", "1-4 7-7")]
    [InlineData("0-2147483646", "0-2147483646")]
    [InlineData("0-2147483647", "")]
    [InlineData("1-", "")]
    [InlineData("-3", "")]
    [InlineData("1-2-3", "")]
    [InlineData("1,", "")]
    [InlineData(",1", "")]
    [InlineData("a-3", "")]
    [InlineData("5-5,5-5", "5-5 5-5")]
    [InlineData("12-15", "12-15")]
    public void Ranges_of_indices_follow_their_notation(string? text, string expected) =>
        Assert.Equal(expected, string.Join(' ', IndexRanges.Parse(text).Select(range => $"{range.First}-{range.Last}")));
}
