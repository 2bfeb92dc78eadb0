namespace ParallelDag.Search;

/// <summary>Which larger degree of a strategy would fit the memory: strategies that are alike but for one degree, by that degree.</summary>
internal sealed class LargerDegrees(IReadOnlyList<PhaseRow> rows)
{
    private readonly Dictionary<PhaseStrategy, List<int>> _tp = By(rows, strategy => strategy.Tp, strategy => strategy with { Tp = 1 });
    private readonly Dictionary<PhaseStrategy, List<int>> _pp = By(rows, strategy => strategy.Pp, strategy => strategy with { Pp = 1 });

    /// <summary>The least larger tp that fits with all else the same, or null.</summary>
    public int? Tp(PhaseStrategy strategy) => Next(_tp, strategy with { Tp = 1 }, strategy.Tp);

    /// <summary>The least larger pp.</summary>
    public int? Pp(PhaseStrategy strategy) => Next(_pp, strategy with { Pp = 1 }, strategy.Pp);

    private static int? Next(Dictionary<PhaseStrategy, List<int>> fitting, PhaseStrategy key, int degree) =>
        fitting.TryGetValue(key, out List<int>? degrees) ? degrees.Where(other => other > degree).Select(other => (int?)other).Min() : null;

    private static Dictionary<PhaseStrategy, List<int>> By(
        IReadOnlyList<PhaseRow> rows, Func<PhaseStrategy, int> degree, Func<PhaseStrategy, PhaseStrategy> key)
    {
        var fitting = new Dictionary<PhaseStrategy, List<int>>();
        foreach (PhaseRow row in rows.Where(row => row.Fits > 0))
        {
            PhaseStrategy own = key(row.Strategy);
            if (!fitting.TryGetValue(own, out List<int>? degrees))
                fitting.Add(own, degrees = []);
            degrees.Add(degree(row.Strategy));
        }

        return fitting;
    }
}
