using ParallelDag.Chakra.Checking;
using ParallelDag.Chakra.Reading;
using ParallelDag.Wording;

namespace ParallelDag.Chakra;

/// <summary>
/// Reads anybody's set of Chakra traces: <c>name.0.et</c>, <c>name.1.et</c> and so on in one folder, with the groups file beside them
/// (<c>name.groups.json</c>, <c>name.json</c>, <c>groups.json</c> or <c>comm_group.json</c>).
/// </summary>
public static class ChakraTraces
{
    /// <summary>The rules that traces are held against, in the order in which they are told.</summary>
    public static IReadOnlyList<CheckRule> Rules => TraceRules.All;

    /// <summary>True for a name that traces have (<c>.et</c>).</summary>
    public static bool IsTrace(string path) => TraceSet.IsTrace(path);

    /// <summary>What the names of a set begin with, the same for all its files.</summary>
    public static string SetOf(string path) => TraceSet.Split(path).Stem;

    /// <summary>
    /// Tells of traces of an earlier, larger export that lie beside those of <paramref name="ranks"/> ranks and do not belong to them; null
    /// when there are none.
    /// </summary>
    /// <param name="stem">The path that all names begin with.</param>
    /// <param name="ranks">How many ranks there are.</param>
    public static string? Leftover(string stem, int ranks)
    {
        int[] older = [.. TraceSet.RanksOf(stem).Where(rank => rank >= ranks)];
        return older.Length == 0 ? null : Words.Invariant(
            $"{Words.Count(older.Length, "trace")} of an earlier export ({OneLine.Quote(Path.GetFileName(stem))}.{older[0]}.et ")
            + Words.Invariant($"to .{older[^1]}.et) lie beside them and do not belong to them; delete them before you check the set");
    }

    /// <summary>
    /// Finds what a simulator hides: cycles, ids that are there twice, unknown dependencies, groups that do not exist or have one rank,
    /// collectives and messages without a partner or of another size, sizes of 0, and orders of ranks that do not agree. O(V log V + E).
    /// </summary>
    /// <param name="path">One trace of the set.</param>
    /// <param name="groups">The groups file; null: the one beside the traces.</param>
    /// <param name="ids">The rules wanted, by identifier; null: all.</param>
    /// <param name="displayName">The trace as the user named it; null: the path.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">A file cannot be read or is no trace, or an identifier names no rule for traces.</exception>
    public static CheckReport Check(
        string path,
        string? groups = null,
        IReadOnlyCollection<string>? ids = null,
        string? displayName = null,
        CancellationToken cancellation = default)
    {
        foreach (string id in ids ?? [])
        {
            if (!Rules.Any(rule => Matches(rule.Id, id)))
                throw new InputException(
                    $"there is no rule '{id}' for traces; the rules are {string.Join(", ", Rules.Select(rule => rule.Id))}");
        }

        CheckReport report = TraceChecker.Check(TraceSet.Read(path, groups, displayName, cancellation), cancellation);
        return ids is null ? report
            : new CheckReport(report.Name, [.. report.Results.Where(result => ids.Any(id => Matches(result.Id, id)))]);

        static bool Matches(string known, string asked) => string.Equals(known, asked, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The traces as one graph at Device level: calls of a collective joined, both ends of a message too.</summary>
    /// <param name="path">One trace of the set.</param>
    /// <param name="groups">The groups file; null: the one beside the traces.</param>
    /// <param name="displayName">The trace as the user named it; null: the path.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">A file cannot be read or is no trace, or the traces do not fit together.</exception>
    public static Dag Read(string path, string? groups = null, string? displayName = null, CancellationToken cancellation = default) =>
        TraceDag.Of(TraceSet.Read(path, groups, displayName, cancellation), cancellation);
}
