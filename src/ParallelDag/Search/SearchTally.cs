namespace ParallelDag.Search;

/// <summary>
/// How many candidates each verdict has. A candidate is a strategy at a batch; one that a rule refuses counts once, and so do all batches
/// from the first that memory does not hold.
/// </summary>
internal sealed class SearchTally
{
    private readonly SortedDictionary<CandidateVerdict, long> _counts = [];

    public SearchTally(SearchedSpaces searched)
    {
        foreach (CandidateVerdict verdict in Enum.GetValues<CandidateVerdict>())
            _counts[verdict] = 0;
        foreach (SearchedSpace space in searched.Spaces)
            Add(space);
        Feasible = _counts[CandidateVerdict.Feasible];
        _counts[CandidateVerdict.Pareto] = searched.Front.Points.Count;
        _counts[CandidateVerdict.Feasible] -= searched.Front.Points.Count;
    }

    /// <summary>Those that keep the limits.</summary>
    public long Feasible { get; }

    /// <summary>Every verdict with its count.</summary>
    public IReadOnlyDictionary<CandidateVerdict, long> Verdicts => _counts;

    /// <summary>What becomes of the batches of decode that keep the limits: there must be a prefill and room for it.</summary>
    public static CandidateVerdict KeptVerdict(SearchProblem problem, SearchedSpace space, PhaseRow row)
    {
        if (space.Matching!.Prefills.Count == 0)
            return space.Prefills.Any(prefill => prefill.Fits > 0) ? CandidateVerdict.Ttft : CandidateVerdict.Memory;
        int start = StrategySpace.Start(problem.Cluster, space.Matching.LeastGpus, row.Gpus);
        return start + row.Gpus <= problem.Cluster.Gpus ? CandidateVerdict.Feasible : CandidateVerdict.Budget;
    }

    private void Add(SearchedSpace space)
    {
        foreach (PhaseRow row in space.Prefills)
            Add(row, CandidateVerdict.Ttft);
        foreach (PhaseRow row in space.Decodes)
        {
            Add(row, CandidateVerdict.Tpot);
            if (row.Keeps > 0)
                _counts[KeptVerdict(space.Problem, space, row)] += row.Keeps - row.Lacks;
            _counts[CandidateVerdict.Throughput] += row.Lacks;
        }

        foreach (AggregateRow row in space.Aggregates)
            Add(row);
        _counts[CandidateVerdict.SameAs] += space.Prefills.Concat(space.Decodes)
            .Sum(row => (long)Rejections.CopiesOf(space.Problem, row));
    }

    private void Add(PhaseRow row, CandidateVerdict late)
    {
        if (row.Refusal is not null)
        {
            _counts[CandidateVerdict.Rule]++;
            return;
        }

        _counts[CandidateVerdict.Memory] += row.Fits < row.Ladder.Length ? 1 : 0;
        _counts[late] += row.Fits - row.Keeps;
    }

    private void Add(AggregateRow row)
    {
        if (row.Refusal is not null)
        {
            _counts[CandidateVerdict.Rule]++;
            return;
        }

        _counts[CandidateVerdict.Memory] += row.Fits < row.Ladder.Length ? 1 : 0;
        _counts[CandidateVerdict.PrefillBound] += row.Fits - row.Supplied;
        _counts[CandidateVerdict.Ttft] += row.Supplied - row.InTime;
        _counts[CandidateVerdict.Tpot] += row.InTime - row.Keeps;
        _counts[CandidateVerdict.Throughput] += row.Lacks;
        _counts[CandidateVerdict.Feasible] += row.Keeps - row.Lacks;
    }
}
