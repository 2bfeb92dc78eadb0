using ParallelDag.Plans;

namespace ParallelDag.Search;

/// <summary>
/// Strategies of continuous batching (<see cref="Serving.AggregatedServing"/>): those of decode, each with several sizes of chunks. Times
/// and memory grow with the sequences, so limits are found by halving; all steps below are points.
/// </summary>
internal sealed class AggregateSearch(SearchProblem problem, SearchOptions options, FormTable forms)
{
    private static readonly int[] Chunks = [512, 1024, 2048, 4096, 8192];

    private readonly long _capacity = problem.Cluster.CapacityBytes;

    /// <summary>Prices the space.</summary>
    public IReadOnlyList<AggregateRow> Run(SearchProgress progress)
    {
        StrategySpace space = Space();
        PhaseStrategy[] shapes = [.. space.Shapes()];
        var rows = new AggregateRow[shapes.Length][];
        progress.Begin("aggregated", shapes.Length);
        Parallel.For(0, shapes.Length, options.Parallel(progress.Cancellation), shape =>
        {
            rows[shape] = [.. RowsOf(shapes[shape], [.. space.Stages(shapes[shape])])];
            progress.Advance();
        });
        return [.. rows.SelectMany(own => own)];
    }

    /// <summary>The strategies that are looked at.</summary>
    public StrategySpace Space() => new(problem, options, PhaseKind.Decode, problem.Cluster.Gpus);

    /// <summary>The plan of an instance, both phases on the same ranks.</summary>
    public static PlanSpec PlanOf(SearchProblem problem, AggregateRow row, int batch, int parts)
    {
        int stages = row.Strategy.Pp;
        PhaseStrategy prefill = row.Strategy with { Batch = parts, MicroBatches = 1, Chunk = row.Chunk * parts };
        PhaseStrategy decode = row.Strategy with { Batch = batch, MicroBatches = stages };
        return problem.With(prefill, decode, problem.Cluster with { Pool = PoolKind.Unified });
    }

    private int[] ChunksOfRank()
    {
        int prompt = (int)problem.Workload.PassingPositions;
        return [.. Chunks.Where(chunk => chunk < prompt), .. prompt <= Chunks[^1] ? [prompt] : (int[])[]];
    }

    /// <summary>The strategies of a division, each with several sizes of chunks.</summary>
    public IEnumerable<AggregateRow> RowsOf(PhaseStrategy shape, int[] stages)
    {
        int[] chunks = ChunksOfRank();
        if ((forms.RefusalOf(PhaseKind.Decode, shape) ?? forms.RefusalOf(PhaseKind.Prefill, shape)) is string refusal)
        {
            foreach (int pp in stages)
                yield return new AggregateRow(shape with { Pp = pp }, null, 0, problem.Workload.OutputLength, refusal);
            yield break;
        }

        // Reduce-Scatter splits the positions of every pass over tp, those of the last chunk too.
        long passing = problem.Workload.PassingPositions;
        if (shape.AttentionOutput == AttentionOutput.ReduceScatter)
            chunks = [.. chunks.Where(chunk => passing % chunk == 0 || passing % chunk >= shape.Tp)];
        if (chunks.Length == 0)
            yield break;
        var shared = new SharedPasses(problem, forms, shape, chunks);
        foreach (int pp in stages)
        {
            PipelineForm form = forms.PipelineOf(shared.Decode, pp);
            foreach (int chunk in chunks)
            {
                var row = new AggregateRow(form.Strategy, form, chunk, problem.Workload.OutputLength, null)
                {
                    ChunkActivations = shared.ChunkActivations(chunk),
                };
                Price(row, shared);
                yield return row;
            }
        }
    }

    private void Price(AggregateRow row, SharedPasses shared)
    {
        PipelineForm form = row.Form!;
        int stages = form.Stages, chunk = row.Chunk * row.Parts;
        double most = row.MostDecoding(problem.Workload);
        if (options.SmallestBatch)
            row.Ladder = row.Ladder[..1];
        row.Fits = BatchLadder.Passing(row.Ladder.Length, options.Exhaustive, step => Holds(row.Ladder[step]));
        (row.Ladder, row.Fits) = BatchLadder.Refine(row.Ladder, row.Fits, options.Exhaustive, Holds);
        row.Supplied = BatchLadder.Passing(row.Fits, options.Exhaustive, step => row.Batch(step) <= most);
        row.Ttfts = new double[row.Supplied];
        row.Tpots = new double[row.Supplied];
        row.InTime = problem.Limits?.Ttft is not double ttft ? row.Supplied
            : BatchLadder.Passing(row.Supplied, options.Exhaustive, step => Known(step) && row.Ttfts[step] <= ttft);
        row.Keeps = problem.Limits?.Tpot is not double tpot ? row.InTime
            : BatchLadder.Passing(row.InTime, options.Exhaustive, step => Known(step) && row.Tpots[step] <= tpot);
        for (int step = 0; step < row.Keeps; step++)
            Known(step);

        bool Holds(int units) => (long)units * form.Form.Unit * stages <= PlanValidator.MaxSize
            && row.RoomOf(units * form.Form.Unit).Total <= _capacity;

        // Prices a step unless it was priced before.
        bool Known(int step)
        {
            if (row.Tpots[step] > 0)
                return true;
            int batch = row.MicroBatch(step);
            double share = row.Batch(step) / most;
            double mixed = Interval(form.Pass(shared.Mixed(batch, row.Chunk), batch + chunk), stages);
            double alone = Interval(form.Pass(shared.Alone(batch), batch), stages);
            row.Tpots[step] = (share * mixed) + ((1 - share) * alone);
            row.Ttfts[step] = Math.Ceiling((double)problem.Workload.PassingPositions / row.Chunk) * mixed;
            row.Evaluations++;
            return true;
        }
    }

    private static double Interval((double Once, double Slowest) pass, int microBatches) =>
        Math.Max(pass.Once, microBatches * pass.Slowest);
}
