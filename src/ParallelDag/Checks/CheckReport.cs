using ParallelDag.Collections;

namespace ParallelDag;

/// <summary>The results of all rules that were run on one DAG, in the order of their identifiers.</summary>
public sealed class CheckReport
{
    internal CheckReport(string name, IReadOnlyList<CheckResult> results)
    {
        Name = name;
        Results = results.ToValueList();
    }

    /// <summary>The name of the DAG.</summary>
    public string Name { get; }

    /// <summary>One result a rule.</summary>
    public IReadOnlyList<CheckResult> Results { get; }

    /// <summary>True when no rule failed; skipped rules do not count.</summary>
    public bool Holds => Results.All(result => result.Status != CheckStatus.Fail);

    /// <summary>True when every rule passed; a skipped one counts as failed.</summary>
    public bool HoldsStrictly => Results.All(result => result.Status == CheckStatus.Pass);

    /// <summary>The results of the rules that failed.</summary>
    public IEnumerable<CheckResult> Failures => Results.Where(result => result.Status == CheckStatus.Fail);

    /// <summary>How many rules came out so.</summary>
    public int Count(CheckStatus status) => Results.Count(result => result.Status == status);

    /// <summary>The result of the rule called <paramref name="id"/>, or null when it was not run.</summary>
    public CheckResult? Find(string id) =>
        Results.FirstOrDefault(result => string.Equals(result.Id, id, StringComparison.OrdinalIgnoreCase));

    /// <summary><c>llm_parallel: 12 passed, 0 failed, 1 skipped</c>.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Name}: {Count(CheckStatus.Pass)} passed, {Count(CheckStatus.Fail)} failed, {Count(CheckStatus.Skipped)} skipped");
}
