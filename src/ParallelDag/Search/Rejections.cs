using ParallelDag.Serving;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>
/// Why candidates are not among the answers: for each range of batches the number that decided, what it had to keep, and what would help.
/// </summary>
internal sealed class Rejections(SearchProblem problem, SearchedSpace space)
{
    private readonly Dictionary<PhaseStrategy, PhaseRow> _prefills = FirstOf(space.Prefills);
    private readonly Dictionary<PhaseStrategy, PhaseRow> _decodes = FirstOf(space.Decodes);

    /// <summary>Every rejected range, in the order of the space.</summary>
    public IEnumerable<PlanCandidate> All() => space.Prefills.SelectMany(row => Of(row, PhaseKind.Prefill))
        .Concat(space.Decodes.SelectMany(row => Of(row, PhaseKind.Decode)))
        .Concat(space.Aggregates.SelectMany(Of))
        .Concat(CopiesOf(space.Prefills, PhaseKind.Prefill)).Concat(CopiesOf(space.Decodes, PhaseKind.Decode));

    /// <summary>How many data-parallel degrees of a strategy without experts are instances of it under another name.</summary>
    public static int CopiesOf(SearchProblem problem, PhaseRow row) =>
        problem.Model.Experts is not null || row.Form is null || row.MicroBatches > 1 ? 0
            : Math.Max(0, (problem.Cluster.Gpus / row.Gpus) - 1);

    private IEnumerable<PlanCandidate> CopiesOf(IReadOnlyList<PhaseRow> rows, PhaseKind phase)
    {
        foreach (PhaseRow row in rows)
        {
            if (CopiesOf(problem, row) is int copies and > 0)
            {
                yield return Rejected(CandidateVerdict.SameAs, ServingMode.Disaggregated, phase, row.Strategy.ToString(), copies,
                    Words.Invariant($"dp 2 to {copies + 1} of it are as many instances, which are counted as replicas"));
            }
        }
    }

    private static Dictionary<PhaseStrategy, PhaseRow> FirstOf(IReadOnlyList<PhaseRow> rows)
    {
        var first = new Dictionary<PhaseStrategy, PhaseRow>();
        foreach (PhaseRow row in rows.Where(row => row.Form is not null))
            first.TryAdd(row.Strategy, row);
        return first;
    }

    private IEnumerable<PlanCandidate> Of(PhaseRow row, PhaseKind phase)
    {
        string name = row.ToString();
        PlanCandidate Range(CandidateVerdict verdict, int count, string reason) =>
            Rejected(verdict, ServingMode.Disaggregated, phase, name, count, reason);
        if (row.Refusal is not null)
        {
            yield return Range(CandidateVerdict.Rule, 1, row.Refusal);
            yield break;
        }

        if (row.Fits < row.Tried)
            yield return Range(CandidateVerdict.Memory, 1, OutOfMemory(row, phase));
        bool prefill = phase == PhaseKind.Prefill;
        if (row.Keeps < row.Fits)
            yield return Range(prefill ? CandidateVerdict.Ttft : CandidateVerdict.Tpot, row.Fits - row.Keeps, TooSlow(row, prefill));
        if (prefill || row.Keeps == 0)
            yield break;
        CandidateVerdict kept = SearchTally.KeptVerdict(problem, space, row);
        if (kept == CandidateVerdict.Budget)
        {
            yield return Range(kept, row.Keeps, Words.Invariant(
                $"{row.Gpus} GPUs and the {space.Matching!.LeastGpus} of the smallest prefill do not fit {problem.Cluster.Gpus}"));
        }
        else if (kept != CandidateVerdict.Feasible)
        {
            yield return Range(kept, row.Keeps, "no strategy of prefill goes with it");
        }
    }

    private IEnumerable<PlanCandidate> Of(AggregateRow row)
    {
        PlanCandidate Range(CandidateVerdict verdict, int count, string reason) =>
            Rejected(verdict, ServingMode.Aggregated, PhaseKind.Decode, row.Form is null ? row.Strategy.ToString() : row.ToString(), count,
                reason);
        if (row.Refusal is not null)
        {
            yield return Range(CandidateVerdict.Rule, 1, row.Refusal);
            yield break;
        }

        if (row.Fits < BatchLadder.Coarse.Length)
            yield return Range(CandidateVerdict.Memory, 1, Needs(row.Batch(row.Fits), row.RoomAt!(row.Fits)));
        if (row.Supplied < row.Fits)
        {
            yield return Range(CandidateVerdict.PrefillBound, row.Fits - row.Supplied, Words.Invariant(
                $"{Batches(row.Batch(row.Supplied), row.Batch(row.Fits - 1))}: chunks of {row.Chunk * row.Parts} tokens supply no more"));
        }

        if (row.InTime < row.Supplied)
        {
            yield return Range(CandidateVerdict.Ttft, row.Supplied - row.InTime,
                $"{Batches(row.Batch(row.InTime), row.Batch(row.Supplied - 1))}: the first token takes more than "
                + Time(problem.Limits!.Ttft!.Value));
        }

        if (row.Keeps < row.InTime)
        {
            yield return Range(CandidateVerdict.Tpot, row.InTime - row.Keeps,
                $"{Batches(row.Batch(row.Keeps), row.Batch(row.InTime - 1))}: a token takes more than "
                + Time(problem.Limits!.Tpot!.Value));
        }
    }

    private string OutOfMemory(PhaseRow row, PhaseKind phase)
    {
        string needs = Needs(row.Batch(row.Fits), row.Form!.Room(row.MicroBatch(row.Fits), row.MicroBatches));
        if (row.Fits > 0)
            return needs;
        Dictionary<PhaseStrategy, PhaseRow> rows = phase == PhaseKind.Prefill ? _prefills : _decodes;
        PhaseStrategy own = row.Strategy;
        PhaseRow? Larger(Func<PhaseStrategy, int> degree, Func<int, PhaseStrategy> changed) => rows.Keys.Select(degree).Distinct().Order()
            .Where(value => value > degree(own)).Select(value => rows.GetValueOrDefault(changed(value)))
            .FirstOrDefault(other => other is { Fits: > 0 });
        if (Larger(strategy => strategy.Tp, tp => own with { Tp = tp }) is PhaseRow wider)
            return Words.Invariant($"{needs}; tp {wider.Strategy.Tp} would fit");
        return Larger(strategy => strategy.Pp, pp => own with { Pp = pp }) is PhaseRow longer
            ? Words.Invariant($"{needs}; pp {longer.Strategy.Pp} would fit") : needs;
    }

    private string Needs(int batch, GpuRoom room)
    {
        string all = Quantity.FormatBytes((long)room.Total), most = Quantity.FormatBytes((long)Math.Max(room.Weights, Math.Max(room.Cache,
            room.Activations)));
        return Words.Invariant($"batch {batch} and more: a GPU needs {all} of {Quantity.FormatBytes(problem.Cluster.CapacityBytes)}, ")
            + $"{most} of them {room.LargestPart}";
    }

    private string TooSlow(PhaseRow row, bool prefill)
    {
        double limit = prefill ? problem.Limits!.Ttft!.Value : problem.Limits!.Tpot!.Value;
        string what = prefill ? "the first token takes" : "a token takes";
        if (row.Floor > 0)
            return Words.Invariant($"any batch: reading the weights alone takes {Time(row.Floor)} a token of {Time(limit)}");
        (string op, double share) = row.Form!.Bottleneck(row.MicroBatch(row.Keeps));
        string at = Words.Invariant($"{what} {Time(row.Seconds(row.Keeps))} of {Time(limit)} at batch {row.Batch(row.Keeps)}");
        string least = row.Keeps > 0 ? "" : " and no less at any";
        return Words.Invariant($"{Batches(row.Batch(row.Keeps), row.Batch(row.Fits - 1))}: {at}{least}, {op} {share * 100:0} % of it");
    }

    private static string Batches(int first, int last) =>
        first == last ? Words.Invariant($"batch {first}") : Words.Invariant($"batch {first} to {last}");

    private static string Time(double seconds) => TimingText.Time(seconds);

    private static PlanCandidate Rejected(
        CandidateVerdict verdict, ServingMode mode, PhaseKind phase, string strategy, int count, string reason) => new()
        {
            Mode = mode, Verdict = verdict, Reason = reason, Count = count,
            Prefill = phase == PhaseKind.Prefill ? strategy : null,
            Decode = phase == PhaseKind.Decode ? strategy : null,
        };
}
