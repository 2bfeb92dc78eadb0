using ParallelDag.Serving;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>
/// Why candidates are not among the answers: for each range of batches the number that decided, what it had to keep, and what would help.
/// </summary>
internal sealed class Rejections(SearchedSpace space)
{
    private readonly SearchProblem _problem = space.Problem;
    private readonly LargerDegrees _prefills = new(space.Prefills);
    private readonly LargerDegrees _decodes = new(space.Decodes);

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
            if (CopiesOf(_problem, row) is int copies and > 0)
            {
                yield return Rejected(CandidateVerdict.SameAs, ServingMode.Disaggregated, phase, row.Strategy.ToString(), copies,
                    Words.Invariant($"dp 2 to {copies + 1} of it are as many instances, which are counted as replicas"));
            }
        }
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

        if (row.Fits < row.Ladder.Length)
            yield return Range(CandidateVerdict.Memory, 1, OutOfMemory(row, phase));
        bool prefill = phase == PhaseKind.Prefill;
        if (row.Keeps < row.Fits)
            yield return Range(prefill ? CandidateVerdict.Ttft : CandidateVerdict.Tpot, row.Fits - row.Keeps, TooSlow(row, prefill));
        if (prefill || row.Keeps == 0)
            yield break;
        CandidateVerdict kept = SearchTally.KeptVerdict(_problem, space, row);
        if (kept == CandidateVerdict.Budget)
        {
            yield return Range(kept, row.Keeps, Words.Invariant(
                $"{row.Gpus} GPUs and the {space.Matching!.LeastGpus} of the smallest prefill do not fit {_problem.Cluster.Gpus}"));
        }
        else if (kept != CandidateVerdict.Feasible)
        {
            yield return Range(kept, row.Keeps, "no strategy of prefill goes with it");
        }
        else if (row.Lacks > 0)
        {
            DecodePoint most = Enumerable.Range(0, row.Keeps).Select(step => space.PointOf(row, step))
                .Where(point => point.Rate < row.LeastRate).MaxBy(point => point.Rate);
            yield return Range(CandidateVerdict.Throughput, row.Lacks, TooLittle(
                row.Batch(0), row.Batch(most.Step), space.Matching!.Best(most).RateOfGpu));
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

        if (row.Fits < row.Ladder.Length)
            yield return Range(CandidateVerdict.Memory, 1, Needs(row.Batch(row.Fits), row.Room(row.Fits)));
        if (row.Supplied < row.Fits)
        {
            yield return Range(CandidateVerdict.PrefillBound, row.Fits - row.Supplied, Words.Invariant(
                $"{Batches(row.Batch(row.Supplied), row.Batch(row.Fits - 1))}: chunks of {row.Chunk * row.Parts} tokens supply no more"));
        }

        if (row.InTime < row.Supplied)
        {
            yield return Range(CandidateVerdict.Ttft, row.Supplied - row.InTime,
                $"{Batches(row.Batch(row.InTime), row.Batch(row.Supplied - 1))}: the first token takes more than "
                + Time(_problem.Limits!.Ttft!.Value));
        }

        if (row.Keeps < row.InTime)
        {
            yield return Range(CandidateVerdict.Tpot, row.InTime - row.Keeps,
                $"{Batches(row.Batch(row.Keeps), row.Batch(row.InTime - 1))}: a token takes more than "
                + Time(_problem.Limits!.Tpot!.Value));
        }

        if (row.Lacks > 0)
        {
            AggregatePoint most = Enumerable.Range(0, row.Keeps).Select(row.Point).Where(point => point.Rate < row.LeastRate)
                .MaxBy(point => point.Rate);
            yield return Range(CandidateVerdict.Throughput, row.Lacks, TooLittle(
                row.Batch(0), row.Batch(most.Step), most.Rate / most.Gpus));
        }
    }

    private string TooLittle(int first, int last, double rate) => $"{Batches(first, last)}: a GPU yields no more than "
        + Shortfalls.Throughput(_problem, rate);

    private string OutOfMemory(PhaseRow row, PhaseKind phase)
    {
        string needs = Needs(row.Batch(row.Fits), row.Form!.Room(row.MicroBatch(row.Fits), row.MicroBatches));
        if (row.Fits > 0)
            return needs;
        LargerDegrees rows = phase == PhaseKind.Prefill ? _prefills : _decodes;
        if (rows.Tp(row.Strategy) is int tp)
            return Words.Invariant($"{needs}; tp {tp} would fit");
        return rows.Pp(row.Strategy) is int pp ? Words.Invariant($"{needs}; pp {pp} would fit") : needs;
    }

    private string Needs(int batch, GpuRoom room)
    {
        string all = Quantity.FormatBytes((long)room.Total), most = Quantity.FormatBytes((long)Math.Max(room.Weights, Math.Max(room.Cache,
            room.Activations)));
        return Words.Invariant($"batch {batch} and more: a GPU needs {all} of {Quantity.FormatBytes(_problem.Cluster.CapacityBytes)}, ")
            + $"{most} of them {room.LargestPart}";
    }

    private string TooSlow(PhaseRow row, bool prefill)
    {
        double limit = prefill ? _problem.Limits!.Ttft!.Value : _problem.Limits!.Tpot!.Value;
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

    private PlanCandidate Rejected(
        CandidateVerdict verdict, ServingMode mode, PhaseKind phase, string strategy, int count, string reason) => new()
        {
            Mode = mode, Verdict = verdict, Reason = reason, Count = count, Precision = space.Precision,
            Prefill = phase == PhaseKind.Prefill ? strategy : null,
            Decode = phase == PhaseKind.Decode ? strategy : null,
        };
}
