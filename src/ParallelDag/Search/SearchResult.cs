using System.Diagnostics;
using ParallelDag.Durations;

namespace ParallelDag.Search;

/// <summary>What a search found.</summary>
public sealed class SearchResult
{
    /// <summary>Points of a picture beside those on the front.</summary>
    private const int MostCloud = 4000;

    private readonly IReadOnlyList<SearchedSpace> _spaces;
    private IReadOnlyList<(double User, double Gpu)>? _cloud;

    private SearchResult(SearchProblem problem, SearchOptions options, IReadOnlyList<SearchedSpace> spaces) =>
        (Problem, Options, _spaces) = (problem, options, spaces);

    /// <summary>What was searched for.</summary>
    public SearchProblem Problem { get; }

    /// <summary>Where, and what is best.</summary>
    public SearchOptions Options { get; }

    /// <summary>How often a strategy was priced at a batch.</summary>
    public long Evaluations { get; private init; }

    /// <summary>Seconds that it took.</summary>
    public double Seconds { get; private init; }

    /// <summary>How many candidates each verdict has; every verdict is there.</summary>
    public required IReadOnlyDictionary<CandidateVerdict, long> Verdicts { get; init; }

    /// <summary>
    /// The best of each strategy by the goal, then the other Pareto points, then the other batches: as many as were asked for.
    /// </summary>
    public required IReadOnlyList<PlanCandidate> Candidates { get; init => field = [.. value.Select(Joined)]; }

    /// <summary>All Pareto points, from the fastest for a user on.</summary>
    public required IReadOnlyList<PlanCandidate> Front { get; init => field = [.. value.Select(Joined)]; }

    /// <summary>
    /// What is rejected, a row a range of batches; only where it was asked for. Rows are made as they are taken, since there may be a
    /// hundred thousand; taken again, they are made again.
    /// </summary>
    public required IEnumerable<PlanCandidate> Rejected { get => field.Select(Joined); init; }

    /// <summary>Where nothing keeps the limits: which cannot be kept, and by how much; a sentence each.</summary>
    public required IReadOnlyList<string> Shortfalls { get; init; }

    /// <summary>How far to trust it.</summary>
    public required string Accuracy { get; init; }

    /// <summary>Tokens a second of a user and of a GPU of what keeps the limits, for a picture.</summary>
    internal IReadOnlyList<(double User, double Gpu)> Cloud => _cloud ??=
        [.. _spaces.SelectMany(space => space.Sample(MostCloud / _spaces.Count))];

    internal static SearchResult OfChanges(
        DeploymentPlan plan, SearchOptions options, IReadOnlyList<PlanCandidate> rows, Stopwatch watch) =>
        new SearchResult(SearchProblem.Of(plan.GetSpec()), options, [])
        {
            Evaluations = rows.Count,
            Verdicts = new SortedDictionary<CandidateVerdict, long>(rows.GroupBy(row => row.Verdict)
                .ToDictionary(same => same.Key, same => (long)same.Count())),
            Candidates = [.. rows.Where(row => row.Rank > 0)],
            Front = [],
            Rejected = options.IncludeRejected ? rows.Where(row => row.Rank == 0).ToArray() : [],
            Shortfalls = rows.Any(row => row.Rank > 0) ? [] : ["no single change gains anything"],
            Accuracy = Serving.Accuracy.Of(plan.GetTimeModel()),
            Seconds = watch.Elapsed.TotalSeconds,
        };

    internal static SearchResult Of(SearchProblem problem, SearchOptions options, TimeModel times, SearchedSpaces searched, Stopwatch watch)
    {
        var tally = new SearchTally(searched);
        var writer = new CandidateWriter(problem, options, searched);
        IReadOnlyList<PlanCandidate> candidates = writer.Best(options.Top);
        IReadOnlyList<PlanCandidate> front = writer.Front();
        IReadOnlyList<string> shortfalls = tally.Feasible > 0 ? []
            : [.. searched.Spaces.SelectMany(space => new Shortfalls(space).All())];
        return new SearchResult(problem, options, searched.Spaces)
        {
            Evaluations = searched.Spaces.Sum(space => space.Prefills.Concat(space.Decodes).Sum(row => (long)row.Evaluations)
                + space.Aggregates.Sum(row => (long)row.Evaluations)),
            Verdicts = tally.Verdicts,
            Candidates = candidates,
            Front = front,
            Rejected = options.IncludeRejected ? searched.Spaces.SelectMany(space => new Rejections(space).All()) : [],
            Shortfalls = shortfalls,
            Accuracy = Serving.Accuracy.Of(times),
            Seconds = watch.Elapsed.TotalSeconds,
        };
    }

    private PlanCandidate Joined(PlanCandidate candidate)
    {
        candidate.Search = this;
        return candidate;
    }
}
