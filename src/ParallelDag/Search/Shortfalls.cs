using ParallelDag.Serving;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>Where nothing keeps the limits: which of them no strategy keeps, the best that there is, and how much that lacks.</summary>
internal sealed class Shortfalls(SearchedSpace space)
{
    private readonly SearchProblem _problem = space.Problem;

    /// <summary>A sentence for each limit.</summary>
    public IReadOnlyList<string> All()
    {
        var sentences = new List<string>();
        if (space.Matching is not null)
        {
            Time("first token", "ttft", _problem.Limits?.Ttft, space.Prefills);
            Time("token", "tpot", _problem.Limits?.Tpot, space.Decodes);
            if (sentences.Count == 0 && space.Prefills.Any(row => row.Keeps > 0) && space.Decodes.Any(row => row.Keeps > 0))
                sentences.Add(Rate() ?? Budget());
        }

        if (space.Aggregates.Count > 0)
            Aggregated(sentences);
        if (space.Precision is string precision)
            sentences = [.. sentences.Select(sentence => $"{precision}: {sentence}")];
        if (sentences.Count == 0)
            sentences.Add("every strategy breaks a rule; ask for the rejected ones to see which");
        return sentences;

        void Time(string what, string key, double? limit, IReadOnlyList<PhaseRow> rows)
        {
            if (rows.Count > 0 && rows.All(row => row.Form is null || row.Fits == 0))
            {
                sentences.Add(Memory(rows));
                return;
            }

            if (limit is not double most || rows.Any(row => row.Keeps > 0))
                return;
            PhaseRow? best = rows.Where(row => row.Fits > 0).MinBy(row => row.Seconds(0));
            if (best is not null)
                sentences.Add(Late(what, key, most, best.Seconds(0), best.ToString()));
        }
    }

    private static string Late(string what, string key, double limit, double best, string strategy) => Words.Invariant(
        $"no strategy keeps {key} {TimingText.Time(limit)}: the soonest {what} takes {TimingText.Time(best)} ({strategy}), ")
        + Words.Invariant($"{((best / limit) - 1) * 100:0.#} % more");

    private string Memory(IReadOnlyList<PhaseRow> rows)
    {
        PhaseRow? best = rows.Where(row => row.Form is not null).MinBy(row => row.Form!.Room(row.MicroBatch(0), row.MicroBatches).Total);
        if (best is null)
            return "every strategy breaks a rule; ask for the rejected ones to see which";
        double bytes = best.Form!.Room(best.MicroBatch(0), best.MicroBatches).Total, have = _problem.Cluster.CapacityBytes;
        return Words.Invariant($"no strategy of {best.Form.Form.Phase.ToName()} fits the memory: the leanest ({best}) needs ")
            + Words.Invariant($"{Quantity.FormatBytes((long)bytes)} of {Quantity.FormatBytes((long)have)} on a GPU, ")
            + Words.Invariant($"{((bytes / have) - 1) * 100:0.#} % more");
    }

    /// <summary>Tokens a second of a GPU that yields so many requests a second, as the limit counts them, and the limit.</summary>
    public static string Throughput(SearchProblem problem, double rateOfGpu)
    {
        double output = rateOfGpu * problem.Workload.OutputLength;
        return problem.Limits?.OutputThroughput is double own && output < own
            ? Words.Invariant($"{output:0.#} output tokens a second of {own:0.#}")
            : Words.Invariant($"{output + (rateOfGpu * problem.Workload.PromptLength):0.#} tokens a second, prompts and outputs, ")
                + Words.Invariant($"of {problem.Limits!.TotalThroughput:0.#}");
    }

    /// <summary>What a GPU yields at most where that is too little; null where it is not the reason.</summary>
    private string? Rate()
    {
        if (_problem.LeastRateOfGpu == 0)
            return null;
        Finding? best = space.Decodes.Where(row => row.Keeps > 0)
            .Select(row => space.Match(space.PointOf(row, Math.Max(row.Fastest, row.Keeps - 1)))).OfType<Finding>()
            .MaxBy(finding => finding.RateOfGpu);
        return best is null ? null
            : $"no deployment yields enough: the most of a GPU is {Throughput(_problem, best.RateOfGpu)} ({best.Name})";
    }

    private string Budget()
    {
        int prefill = space.Prefills.Where(row => row.Keeps > 0).Min(row => row.Gpus);
        int decode = space.Decodes.Where(row => row.Keeps > 0).Min(row => row.Gpus);
        return Words.Invariant($"the smallest prefill ({prefill} GPUs) and the smallest decode ({decode}) that keep the limits do not fit ")
            + Words.Count(_problem.Cluster.Gpus, "GPU");
    }

    private void Aggregated(List<string> sentences)
    {
        AggregateRow[] fitting = [.. space.Aggregates.Where(row => row.Form is not null && row.Fits > 0)];
        if (fitting.Length == 0)
            sentences.Add("aggregated: no strategy fits the memory beside a chunk of a prompt");
        else if (fitting.All(row => row.InTime == 0) && _problem.Limits?.Ttft is double ttft)
            sentences.Add(Words.Invariant($"aggregated: no strategy keeps ttft {TimingText.Time(ttft)} with any chunk"));
        else if (fitting.Any(row => row.Keeps > 0) && _problem.LeastRateOfGpu > 0)
            sentences.Add("aggregated: the most of a GPU is " + Throughput(_problem, fitting.Where(row => row.Keeps > 0)
                .Max(row => row.Point(row.Keeps - 1).Rate / row.Form!.Gpus)));
        else if (_problem.Limits?.Tpot is double tpot)
            sentences.Add(Words.Invariant($"aggregated: no strategy keeps tpot {TimingText.Time(tpot)} with a chunk riding along"));
    }
}
