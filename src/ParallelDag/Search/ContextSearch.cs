using ParallelDag.Durations;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>
/// The longest prompts that some deployment serves within memory and limits. Memory and times never shrink with the length of a sequence,
/// so it is found by doubling and halving, in steps of 256 positions; a strategy that fails at a length is not looked at again beyond it.
/// </summary>
internal sealed class ContextSearch
{
    /// <summary>Positions of a step: the longest prompt is told to so many.</summary>
    public const int Step = 256;

    /// <summary>The longest prompts that are looked at, for models whose state does not grow with them.</summary>
    private const int Most = 1 << 24;

    private readonly SearchProblem _problem;
    private readonly SearchOptions _options;
    private readonly SearchProgress _progress;
    private readonly Dictionary<(string What, PhaseStrategy Shape), int> _failed = [];

    private ContextSearch(SearchProblem problem, SearchOptions options, SearchProgress progress) =>
        (_problem, _options, _progress) = (problem, options with { SmallestBatch = true, Threads = 1 }, progress);

    /// <summary>The problem with the longest prompts that there is a plan for.</summary>
    /// <exception cref="InputException">There is none even for the shortest.</exception>
    public static SearchProblem Longest(SearchProblem problem, SearchOptions options, SearchProgress progress)
    {
        progress.Begin("the longest context", 1);
        SearchProblem[] variants = options.Precisions is { } formats
            ? [.. formats.Select(format => problem with
                {
                    Model = problem.Model with { Precision = Precisions.Precision.Of(format) },
                })]
            : [problem];
        int longest = variants.Max(variant => new ContextSearch(variant, options, progress).Steps());
        return longest > 0 ? problem with { Workload = At(problem.Workload, longest * Step) } : throw new InputException(
            Words.Invariant($"no strategy serves prompts of {Step} tokens within memory and limits; give more GPUs or wider limits"));
    }

    private static WorkloadSpec At(WorkloadSpec workload, int prompt) => workload with { PromptLength = prompt };

    private int Steps()
    {
        int most = 0;
        for (int steps = 1; steps * Step <= Most && Exists(steps * Step); steps *= 2)
            most = steps;
        return most == 0 || most * 2 * Step > Most ? most
            : most + BatchLadder.Passing(most - 1, false, more => Exists((most + more + 1) * Step));
    }

    /// <summary>True where some plan serves prompts of a length.</summary>
    private bool Exists(int prompt)
    {
        _progress.Cancellation.ThrowIfCancellationRequested();
        SearchProblem problem = _problem with { Workload = At(_problem.Workload, prompt) };
        var forms = new FormTable(problem, new TimeModel(problem.Cluster, problem.Timing));
        return (_options.Modes.Contains(ServingMode.Aggregated) && Aggregated(problem, forms, prompt))
            || (_options.Modes.Contains(ServingMode.Disaggregated) && Disaggregated(problem, forms, prompt));
    }

    private bool Aggregated(SearchProblem problem, FormTable forms, int prompt)
    {
        var search = new AggregateSearch(problem, _options, forms);
        StrategySpace space = search.Space();
        return space.Shapes().Any(shape => Holds("both", shape, prompt,
            () => search.RowsOf(shape, [.. space.Stages(shape)]).Any(row => row.Keeps > 0)));
    }

    /// <summary>The smallest instance of each phase decides whether there is room for both.</summary>
    private bool Disaggregated(SearchProblem problem, FormTable forms, int prompt)
    {
        int prefill = Smallest(PhaseKind.Prefill), decode = prefill == 0 ? 0 : Smallest(PhaseKind.Decode);
        return decode > 0 && StrategySpace.Start(problem.Cluster, prefill, decode) + decode <= problem.Cluster.Gpus;

        int Smallest(PhaseKind phase)
        {
            var search = new PhaseSearch(problem, _options, forms, phase, problem.Cluster.Gpus - 1);
            int least = 0;
            foreach (PhaseStrategy shape in search.Shapes().OrderBy(shape => shape.WorldSize))
            {
                if (least > 0 && shape.WorldSize >= least)
                    break;
                Holds(phase.ToName(), shape, prompt, () =>
                {
                    int[] gpus = [.. search.RowsOf(shape).Where(row => row.Keeps > 0).Select(row => row.Gpus)];
                    least = gpus.Length == 0 ? least : least == 0 ? gpus.Min() : Math.Min(least, gpus.Min());
                    return gpus.Length > 0;
                });
            }

            return least;
        }
    }

    /// <summary>A test of a division at a length; none where it failed at a shorter one.</summary>
    private bool Holds(string what, PhaseStrategy shape, int prompt, Func<bool> test)
    {
        _progress.Cancellation.ThrowIfCancellationRequested();
        if (_failed.TryGetValue((what, shape), out int before) && before <= prompt)
            return false;
        if (test())
            return true;
        _failed[(what, shape)] = prompt;
        return false;
    }
}
