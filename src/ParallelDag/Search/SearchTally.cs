namespace ParallelDag.Search;

/// <summary>
/// How many candidates each verdict has. A candidate is a strategy at a batch; one that a rule refuses counts once, and so do all batches
/// from the first that memory does not hold.
/// </summary>
internal sealed class SearchTally
{
    private readonly long[] _counts = new long[Enum.GetValues<CandidateVerdict>().Length];

    public SearchTally(SearchedSpaces searched)
    {
        foreach (SearchedSpace space in searched.Spaces)
            Add(space);
        Feasible = Count(CandidateVerdict.Feasible);
        Count(CandidateVerdict.Pareto) = searched.Front.Points.Count;
        Count(CandidateVerdict.Feasible) -= searched.Front.Points.Count;
        Verdicts = new SortedDictionary<CandidateVerdict, long>(
            Enum.GetValues<CandidateVerdict>().ToDictionary(verdict => verdict, verdict => Count(verdict)));
    }

    /// <summary>Those that keep the limits.</summary>
    public long Feasible { get; }

    /// <summary>Every verdict with its count.</summary>
    public IReadOnlyDictionary<CandidateVerdict, long> Verdicts { get; }

    /// <summary>What becomes of the batches of decode that keep the limits: there must be a prefill and room for it.</summary>
    public static CandidateVerdict KeptVerdict(SearchProblem problem, SearchedSpace space, PhaseRow row)
    {
        if (space.Matching!.Prefills.Count == 0)
            return space.Prefills.Any(prefill => prefill.Fits > 0) ? CandidateVerdict.Ttft : CandidateVerdict.Memory;
        int start = StrategySpace.Start(problem.Cluster, space.Matching.LeastGpus, row.Gpus);
        return start + row.Gpus <= problem.Cluster.Gpus ? CandidateVerdict.Feasible : CandidateVerdict.Budget;
    }

    private ref long Count(CandidateVerdict verdict) => ref _counts[(int)verdict];

    private void Add(SearchedSpace space)
    {
        foreach (PhaseRow row in space.Prefills)
            Add(row, CandidateVerdict.Ttft);
        foreach (PhaseRow row in space.Decodes)
        {
            Add(row, CandidateVerdict.Tpot);
            if (row.Keeps > 0)
                Count(KeptVerdict(space.Problem, space, row)) += row.Keeps - row.Lacks;
            Count(CandidateVerdict.Throughput) += row.Lacks;
        }

        foreach (AggregateRow row in space.Aggregates)
            Add(row);
        Count(CandidateVerdict.SameAs) += space.Prefills.Concat(space.Decodes)
            .Sum(row => (long)Rejections.CopiesOf(space.Problem, row));
    }

    private void Add(PhaseRow row, CandidateVerdict late)
    {
        if (row.Refusal is not null)
        {
            Count(CandidateVerdict.Rule)++;
            return;
        }

        Count(CandidateVerdict.Memory) += row.Fits < row.Ladder.Length ? 1 : 0;
        Count(late) += row.Fits - row.Keeps;
    }

    private void Add(AggregateRow row)
    {
        if (row.Refusal is not null)
        {
            Count(CandidateVerdict.Rule)++;
            return;
        }

        Count(CandidateVerdict.Memory) += row.Fits < row.Ladder.Length ? 1 : 0;
        Count(CandidateVerdict.PrefillBound) += row.Fits - row.Supplied;
        Count(CandidateVerdict.Ttft) += row.Supplied - row.InTime;
        Count(CandidateVerdict.Tpot) += row.InTime - row.Keeps;
        Count(CandidateVerdict.Throughput) += row.Lacks;
        Count(CandidateVerdict.Feasible) += row.Keeps - row.Lacks;
    }
}
