using ParallelDag.Collections;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>What a save of a watched plan came to.</summary>
public enum PlanState
{
    /// <summary>The plan keeps every rule.</summary>
    Good,

    /// <summary>The plan can be read and breaks a rule.</summary>
    BreaksRules,

    /// <summary>The file is no plan: gone, half written or wrong.</summary>
    Unreadable,
}

/// <summary>A state of a watched plan: its checks, what changed since the last good state, and the files that were drawn anew.</summary>
public sealed class PlanUpdate
{
    internal PlanUpdate(int number, string path, DateTimeOffset time) => (Number, Path, Time) = (number, path, time);

    /// <summary>The number of the state, from 1.</summary>
    public int Number { get; }

    /// <summary>The plan file.</summary>
    public string Path { get; }

    /// <summary>When it was looked at.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>What the save came to.</summary>
    public PlanState State => Plan is null ? PlanState.Unreadable : Checks!.Holds ? PlanState.Good : PlanState.BreaksRules;

    /// <summary>The plan; null where the file could not be read.</summary>
    public DeploymentPlan? Plan { get; internal init; }

    /// <summary>The checks; null where the file could not be read.</summary>
    public CheckReport? Checks { get; internal init; }

    /// <summary>What is wrong with the file, a line each.</summary>
    public IReadOnlyList<string> Problems { get; internal init => field = value.ToValueList(); } = ValueList.Create<string>([]);

    /// <summary>What differs from the last good state; null for the first one, and where the file could not be read.</summary>
    public DagComparison? Comparison { get; internal init; }

    /// <summary>The files that were drawn anew.</summary>
    public IReadOnlyList<string> Files { get; private set; } = ValueList.Create<string>([]);

    /// <summary>Notes the files that were drawn anew.</summary>
    public void SetFiles(IReadOnlyList<string> files) => Files = files.ToValueList();

    /// <summary>The state in a sentence.</summary>
    public string Summary => State switch
    {
        PlanState.Unreadable => string.Join("; ", Problems),
        _ when Comparison is null => Checks!.ToString(),
        PlanState.BreaksRules => $"{string.Join(", ", Checks!.Failures.Select(rule => rule.Id))} fails; {Comparison}",
        _ => Comparison.AreEqual ? "as before" : $"{Comparison.Summary} {Comparison.Advice}",
    };

    /// <summary><c>2 Good: ...</c>.</summary>
    public override string ToString() => Words.Invariant($"{Number} {State}: ") + Summary;
}
