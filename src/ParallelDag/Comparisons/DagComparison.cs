using ParallelDag.Collections;
using ParallelDag.Comparisons;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>Two plans or graphs beside each other: a verdict, and every difference in the order that matters.</summary>
public sealed class DagComparison
{
    internal DagComparison(
        ComparisonSubject reference, ComparisonSubject difference, ComparisonVerdict verdict, IReadOnlyList<DagDifference> rows)
    {
        (Reference, Difference, Verdict) = (reference, difference, verdict);
        Rows = rows.ToValueList();
        Differences = rows.Where(row => !row.IsEqual).ToValueList();
    }

    /// <summary>The name of the reference.</summary>
    public string ReferenceName => Reference.Name;

    /// <summary>The name of the other.</summary>
    public string DifferenceName => Difference.Name;

    /// <summary>How the two stand to each other.</summary>
    public ComparisonVerdict Verdict { get; }

    /// <summary>The differences, what matters most first.</summary>
    public IReadOnlyList<DagDifference> Differences { get; }

    /// <summary>True when nothing differs.</summary>
    public bool AreEqual => Differences.Count == 0;

    /// <summary>The verdict in a sentence: <c>The same work, on other GPUs.</c></summary>
    public string Summary => Verdict switch
    {
        ComparisonVerdict.Equal => "Nothing differs.",
        ComparisonVerdict.SameWork => $"The same work, on other GPUs{Links()}.",
        ComparisonVerdict.SameGraph => "The same operators on the same GPUs; what differs is told below.",
        _ => "Not the same work: operators differ.",
    };

    /// <summary>Whether to take the other in place of the reference, and why; empty where nothing differs.</summary>
    public string Advice => AreEqual ? "" : ComparisonAdvice.Of(this).Text;

    /// <summary>Differences and, where that was asked for, what both agree in.</summary>
    internal IReadOnlyList<DagDifference> Rows { get; }

    /// <summary>The reference.</summary>
    internal ComparisonSubject Reference { get; }

    /// <summary>The other.</summary>
    internal ComparisonSubject Difference { get; }

    /// <summary>Differences and, where that was asked for, what both agree in. (A method, so that lists show each row once.)</summary>
    public IReadOnlyList<DagDifference> GetRows() => Rows;

    /// <summary>Differences of one kind.</summary>
    public IEnumerable<DagDifference> Of(DifferenceAspect aspect) => Differences.Where(row => row.Aspect == aspect);

    /// <summary><c>a and b: 12 differences</c>.</summary>
    public override string ToString() => $"{ReferenceName} and {DifferenceName}: "
        + (AreEqual ? "equal" : Words.Count(Differences.Count, "difference"));

    private string Links()
    {
        int links = Differences.Count(row => row.LinkChanged);
        return links == 0 ? "; all links are as they were" : $"; {Words.Count(links, "collective")} over other links";
    }
}
