using System.Runtime.CompilerServices;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>Findings as candidates that people read, in the order of the goal.</summary>
internal sealed class CandidateWriter(SearchProblem problem, SearchOptions options, SearchedSpaces searched)
{
    private readonly Dictionary<(object Row, int Step), Finding> _front = searched.Front.Points.ToDictionary(KeyOf);

    /// <summary>The best of each strategy, then what else is on the front, then all other batches.</summary>
    public IReadOnlyList<PlanCandidate> Best(int most)
    {
        List<Finding> chosen = [.. searched.Spaces.SelectMany(space => BestOfStrategies(space, most))];
        chosen.Sort(Compare);
        if (chosen.Count < most)
        {
            HashSet<(object, int)> known = [.. chosen.Select(KeyOf)];
            chosen.AddRange(searched.Front.Points.Where(point => known.Add(KeyOf(point))).Order(Comparer<Finding>.Create(Compare)));
            if (chosen.Count < most)
                chosen.AddRange(Others(known).Take(most - chosen.Count).Order(Comparer<Finding>.Create(Compare)));
        }

        return [.. chosen.Take(most).Select((finding, index) => Write(finding, index + 1))];
    }

    /// <summary>All Pareto points; ranks count from the fastest for a user.</summary>
    public IReadOnlyList<PlanCandidate> Front() => [.. searched.Front.Points.Select((finding, index) => Write(finding, index + 1))];

    private int Compare(Finding left, Finding right) => Finding.Compare(options, left, right);

    private static (object Row, int Step) KeyOf(Finding finding) => finding.Aggregate is { } point
        ? (point.Row, point.Step) : (finding.Decode!.Value.Row, finding.Decode!.Value.Step);

    /// <summary>The best of each strategy, as far as it may be among so many.</summary>
    private IEnumerable<Finding> BestOfStrategies(SearchedSpace space, int most) =>
        BestMatches(space, most).Concat(BestShared(space));

    private List<Finding> BestMatches(SearchedSpace space, int most)
    {
        MatchAim aim = options.Fit == SearchFit.Batch ? MatchAim.Sequences
            : options.Goal == SearchGoal.Gpus ? MatchAim.Fewest : MatchAim.Rate;
        bool byTpot = options.Goal == SearchGoal.Latency, bounded = options.Fit != SearchFit.Batch && options.Goal != SearchGoal.Gpus;
        var ordered = space.KeptDecodes.Select(BestPoint).Select(point => (Point: point, Bound: Bound(point)))
            .OrderBy(entry => entry.Bound);
        var found = new List<Finding>();
        var best = new PriorityQueue<double, double>();
        foreach ((DecodePoint point, double bound) in ordered)
        {
            // So many are better than this one could be, and so are all before those that follow.
            if (best.Count == most && bound > -best.Peek())
                break;
            if (space.Match(point, aim) is not Finding finding)
                continue;
            found.Add(finding);
            double own = bounded ? byTpot ? finding.Tpot : -finding.RateOfGpu : 0;
            if (best.Count < most)
                best.Enqueue(-own, -own);
            else
                best.EnqueueDequeue(-own, -own);
        }

        return found;

        DecodePoint BestPoint(PhaseRow row) => options.Fit == SearchFit.Batch ? space.PointsOf(row).Last()
            : byTpot ? space.PointsOf(row).First() : space.PointOf(row, row.Fastest);

        // What findings are compared by is no smaller.
        double Bound(DecodePoint point) => !bounded ? 0 : byTpot ? point.Tpot : -space.Matching!.MostOfGpu(point);
    }

    private IEnumerable<Finding> BestShared(SearchedSpace space)
    {
        AggregateRow[] rows = [.. space.Aggregates.Where(row => row.IsAnswer)];
        var best = new AggregatePoint[rows.Length];
        Parallel.For(0, rows.Length, options.Parallel(), row => best[row] = BestOf(rows[row]));

        // The chunks of a strategy follow each other.
        Finding? kept = null;
        foreach (AggregatePoint point in best)
        {
            Finding own = space.Found(point);
            if (kept is { Aggregate: { } before } && !ReferenceEquals(before.Row.Strategy, point.Row.Strategy))
            {
                yield return kept;
                kept = null;
            }

            kept = kept is null || Compare(own, kept) < 0 ? own : kept;
        }

        if (kept is not null)
            yield return kept;
    }

    /// <summary>The best point of a strategy and chunk, all on the same GPUs: by TPOT or by rate; the first of those that tie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private AggregatePoint BestOf(AggregateRow row)
    {
        AggregatePoint best = default;
        for (int step = 0; step < row.Keeps; step++)
        {
            AggregatePoint point = row.Point(step);
            if (point.Rate < row.LeastRate)
                continue;
            if (best.Row is null || options.Fit == SearchFit.Batch
                || (options.Goal == SearchGoal.Latency && point.Tpot != best.Tpot ? point.Tpot < best.Tpot : point.Rate > best.Rate))
                best = point;
        }

        return best;
    }

    private IEnumerable<Finding> Others(HashSet<(object, int)> known)
    {
        foreach (SearchedSpace space in searched.Spaces)
        {
            foreach (DecodePoint point in space.KeptDecodes.SelectMany(space.PointsOf))
            {
                if (known.Add((point.Row, point.Step)) && space.Match(point) is Finding finding)
                    yield return finding;
            }

            foreach (AggregatePoint point in space.AggregatePoints())
            {
                if (known.Add((point.Row, point.Step)))
                    yield return space.Found(point);
            }
        }
    }

    private PlanCandidate Write(Finding finding, int rank)
    {
        bool isBest = _front.TryGetValue(KeyOf(finding), out Finding? same) && same.Gpus == finding.Gpus;
        Finding? dominator = isBest ? null : searched.Front.Dominator(finding);
        (PipelineForm form, int microBatch, GpuRoom room) = Heaviest(finding);
        (string op, double share) = form.Bottleneck(microBatch);
        double rate = finding.RateOfGpu * problem.Workload.OutputLength;
        return new PlanCandidate(() => CandidatePlan.Of(finding.Space.Problem, finding))
        {
            Rank = rank,
            Mode = finding.Mode,
            Prefill = finding.Prefill?.Row.ToString(),
            PrefillReplicas = finding.Match.Prefills,
            PrefillBatch = finding.Prefill is { } prefill ? prefill.Row.Batch(prefill.Step) : null,
            Decode = finding.Decode?.Row.ToString() ?? finding.Aggregate!.Value.Row.Strategy.ToString(),
            DecodeReplicas = finding.Aggregate is null ? finding.Match.Decodes : 1,
            Chunk = finding.Aggregate is { } own ? own.Row.Chunk * own.Row.Parts : null,
            Precision = finding.Space.Precision,
            Gpus = finding.Gpus,
            Batch = finding.Batch,
            Sequences = finding.Sequences,
            Ttft = finding.Ttft,
            Tpot = finding.Tpot,
            RequestsPerSecond = finding.Rate,
            OutputLength = problem.Workload.OutputLength,
            ContextLength = problem.Workload.PromptLength + problem.Workload.OutputLength,
            MemoryHeadroom = problem.Cluster.CapacityBytes - (long)Math.Ceiling(room.Total),
            Bottleneck = Words.Invariant($"{op} {share * 100:0} %"),
            CostPerMillionTokens = options.PricePerGpuHour / 3600 / rate * 1e6,
            Verdict = isBest ? CandidateVerdict.Pareto : CandidateVerdict.Feasible,
            Reason = Reason(finding, dominator),
            DominatedBy = dominator is null ? null : Short(dominator),
        };
    }

    /// <summary>What decodes, at its micro-batch, and what it holds.</summary>
    private static (PipelineForm Form, int MicroBatch, GpuRoom Room) Heaviest(Finding finding)
    {
        if (finding.Aggregate is { } point)
            return (point.Row.Form!, point.Row.MicroBatch(point.Step), point.Row.Room(point.Step));

        (PhaseRow decode, int step) = (finding.Decode!.Value.Row, finding.Decode!.Value.Step);
        (PhaseRow prefill, int first) = (finding.Prefill!.Value.Row, finding.Prefill!.Value.Step);
        GpuRoom own = decode.Form!.Room(decode.MicroBatch(step), decode.MicroBatches);
        GpuRoom other = prefill.Form!.Room(prefill.MicroBatch(first), 1);
        return (decode.Form, decode.MicroBatch(step), own.Total >= other.Total ? own : other);
    }

    private string Reason(Finding finding, Finding? dominator)
    {
        int output = problem.Workload.OutputLength;
        if (dominator is not null)
        {
            return Words.Invariant($"{Short(dominator)} gives a user {1 / dominator.Tpot:0.0} tokens/s and a GPU ")
                + Words.Invariant($"{dominator.RateOfGpu * output:0.0}");
        }

        if (finding.Aggregate is { } point)
            return Words.Invariant($"chunks ride in {Share(point) * 100:0} % of passes; no other is better for users and GPUs alike");
        double prefill = finding.Prefill!.Value.Rate * finding.Match.Prefills, decode = finding.Decode!.Value.Rate * finding.Match.Decodes;
        double idle = 1 - (Math.Min(prefill, decode) / Math.Max(prefill, decode));
        return Words.Invariant($"{(prefill < decode ? "decode" : "prefill")} waits {idle * 100:0} % of its time; ")
            + "no other is better for users and GPUs alike";
    }

    private double Share(AggregatePoint point) => point.Row.Batch(point.Step) / point.Row.MostDecoding(problem.Workload);

    private static string Short(Finding finding) => (finding.Space.Precision is string precision ? $"{precision}: " : "")
        + (finding.Aggregate is { } point ? Words.Invariant($"aggregated {point.Row} batch {finding.Batch}")
        : Words.Invariant($"{finding.Match.Prefills} x {finding.Prefill!.Value.Row} and ")
            + Words.Invariant($"{finding.Match.Decodes} x {finding.Decode!.Value.Row} batch {finding.Batch}"));
}
