using ParallelDag.Serving;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>Where nothing keeps the limits: which of them no strategy keeps, the best that there is, and how much that lacks.</summary>
internal sealed class Shortfalls(SearchProblem problem, SearchedSpace space)
{
    /// <summary>A sentence for each limit.</summary>
    public IReadOnlyList<string> All()
    {
        var sentences = new List<string>();
        if (space.Matching is not null)
        {
            Time("first token", "ttft", problem.Limits?.Ttft, space.Prefills);
            Time("token", "tpot", problem.Limits?.Tpot, space.Decodes);
            if (sentences.Count == 0 && space.Prefills.Any(row => row.Keeps > 0) && space.Decodes.Any(row => row.Keeps > 0))
                sentences.Add(Budget());
        }

        if (space.Aggregates.Count > 0)
            Aggregated(sentences);
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
        double bytes = best.Form!.Room(best.MicroBatch(0), best.MicroBatches).Total, have = problem.Cluster.CapacityBytes;
        return Words.Invariant($"no strategy of {best.Form.Form.Phase.ToName()} fits the memory: the leanest ({best}) needs ")
            + Words.Invariant($"{Quantity.FormatBytes((long)bytes)} of {Quantity.FormatBytes((long)have)} on a GPU, ")
            + Words.Invariant($"{((bytes / have) - 1) * 100:0.#} % more");
    }

    private string Budget()
    {
        int prefill = space.Prefills.Where(row => row.Keeps > 0).Min(row => row.Gpus);
        int decode = space.Decodes.Where(row => row.Keeps > 0).Min(row => row.Gpus);
        return Words.Invariant($"the smallest prefill ({prefill} GPUs) and the smallest decode ({decode}) that keep the limits do not fit ")
            + Words.Count(problem.Cluster.Gpus, "GPU");
    }

    private void Aggregated(List<string> sentences)
    {
        AggregateRow[] fitting = [.. space.Aggregates.Where(row => row.Form is not null && row.Fits > 0)];
        if (fitting.Length == 0)
            sentences.Add("aggregated: no strategy fits the memory beside a chunk of a prompt");
        else if (fitting.All(row => row.InTime == 0) && problem.Limits?.Ttft is double ttft)
            sentences.Add(Words.Invariant($"aggregated: no strategy keeps ttft {TimingText.Time(ttft)} with any chunk"));
        else if (problem.Limits?.Tpot is double tpot)
            sentences.Add(Words.Invariant($"aggregated: no strategy keeps tpot {TimingText.Time(tpot)} with a chunk riding along"));
    }
}
