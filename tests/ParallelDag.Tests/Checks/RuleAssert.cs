using ParallelDag.Checks;

namespace ParallelDag.Tests.Checks;

/// <summary>What tests of rules say again and again.</summary>
internal static class RuleAssert
{
    /// <summary>The rule <paramref name="id"/> fails, whatever else notices the same fault; returns its result.</summary>
    public static CheckResult Fails(string id, Dag dag)
    {
        CheckReport report = CheckRunner.Run(dag);
        Assert.Contains(id, report.Failures.Select(result => result.Id));
        CheckResult result = report.Find(id)!;
        AssertOneLine(result);
        return result;
    }

    /// <summary>The rule <paramref name="id"/> comes out as <paramref name="status"/>; returns its result.</summary>
    public static CheckResult Comes(CheckStatus status, string id, Dag dag)
    {
        CheckResult result = RuleText.Of(dag, id);
        Assert.True(result.Status == status, result.ToString());
        AssertOneLine(result);
        return result;
    }

    private static void AssertOneLine(CheckResult result)
    {
        Assert.NotEmpty(result.Evidence);
        Assert.DoesNotContain(result.Evidence, char.IsControl);
    }
}
