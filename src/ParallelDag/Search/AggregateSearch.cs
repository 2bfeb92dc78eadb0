using ParallelDag.Durations;
using ParallelDag.Plans;

namespace ParallelDag.Search;

/// <summary>Continuous batching at a number of sequences.</summary>
/// <param name="Row">The strategy and its chunk.</param>
/// <param name="Step">The step of the ladder.</param>
/// <param name="Ttft">Seconds to the first token.</param>
/// <param name="Tpot">Seconds between two tokens.</param>
/// <param name="Rate">Requests a second.</param>
internal readonly record struct AggregatePoint(AggregateRow Row, int Step, double Ttft, double Tpot, double Rate);

/// <summary>A strategy of continuous batching with one size of chunks.</summary>
/// <param name="strategy">The strategy, without a batch.</param>
/// <param name="form">The instance; null for a refused strategy.</param>
/// <param name="chunk">Prompt tokens of a data-parallel rank in a pass; 0 for a refused strategy.</param>
/// <param name="refusal">What a rule says against it, or null.</param>
internal sealed class AggregateRow(PhaseStrategy strategy, PipelineForm? form, int chunk, string? refusal)
{
    public PhaseStrategy Strategy => strategy;

    public PipelineForm? Form => form;

    public int Chunk => chunk;

    public string? Refusal => refusal;

    /// <summary>Steps of the ladder that fit the memory.</summary>
    public int Fits { get; set; }

    /// <summary>Of these, those that chunks can supply.</summary>
    public int Supplied { get; set; }

    /// <summary>Of these, those whose first token is in time.</summary>
    public int InTime { get; set; }

    /// <summary>The points that keep all limits: the first of the steps.</summary>
    public IReadOnlyList<AggregatePoint> Points { get; set; } = [];

    /// <summary>How often it was priced.</summary>
    public int Evaluations { get; set; }

    /// <summary>What the fullest GPU holds at a step of the ladder.</summary>
    public Func<int, GpuRoom>? RoomAt { get; set; }

    /// <summary>Sequences of a micro-batch at a step of the ladder.</summary>
    public int MicroBatch(int step) => BatchLadder.Coarse[step] * form!.Form.Unit;

    /// <summary>Sequences of an instance at a step of the ladder.</summary>
    public int Batch(int step) => MicroBatch(step) * form!.Stages;

    /// <summary>Data-parallel parts of an instance.</summary>
    public int Parts => strategy.DataParts;

    /// <summary>The most sequences of an instance that chunks keep supplied.</summary>
    public double MostDecoding(WorkloadSpec workload) =>
        (workload.OutputLength - 1.0) * (chunk * Parts) * form!.Stages / workload.PassingPositions;

    public override string ToString() => Wording.Words.Invariant($"{strategy} chunk {chunk * Parts}");
}

/// <summary>
/// Strategies of continuous batching (<see cref="Serving.AggregatedServing"/>): those of decode, each with several sizes of chunks. Times
/// and memory grow with the sequences, so limits are found by halving; all steps below are points.
/// </summary>
internal sealed class AggregateSearch(SearchProblem problem, SearchOptions options, TimeModel times, FormTable forms)
{
    private static readonly int[] Chunks = [512, 1024, 2048, 4096, 8192];

    /// <summary>Prices the space.</summary>
    public IReadOnlyList<AggregateRow> Run(SearchProgress progress)
    {
        var space = new StrategySpace(problem, options, PhaseKind.Decode, problem.Cluster.Gpus);
        PhaseStrategy[] shapes = [.. space.Shapes()];
        var rows = new AggregateRow[shapes.Length][];
        progress.Begin("aggregated", shapes.Length);
        Parallel.For(0, shapes.Length, progress.Parallel(options), shape =>
        {
            rows[shape] = [.. RowsOf(shapes[shape], [.. space.Stages(shapes[shape])])];
            progress.Advance();
        });
        return [.. rows.SelectMany(own => own)];
    }

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

    private IEnumerable<AggregateRow> RowsOf(PhaseStrategy shape, int[] stages)
    {
        int[] chunks = ChunksOfRank();
        if ((forms.RefusalOf(PhaseKind.Decode, shape) ?? forms.RefusalOf(PhaseKind.Prefill, shape)) is string refusal)
        {
            foreach (int pp in stages)
                yield return new AggregateRow(shape with { Pp = pp }, null, 0, refusal);
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
            var form = new PipelineForm(shared.Decode, pp, problem.Model, times);
            foreach (int chunk in chunks)
            {
                var row = new AggregateRow(form.Strategy, form, chunk, null);
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
        row.RoomAt = step => form.Room(row.MicroBatch(step), stages, row.Parts, shared.ChunkActivations(row.Chunk));
        row.Fits = BatchLadder.Passing(BatchLadder.Coarse.Length, options.Exhaustive, Holds);
        row.Supplied = BatchLadder.Passing(row.Fits, options.Exhaustive, step => row.Batch(step) <= most);
        var known = new Dictionary<int, AggregatePoint>();
        row.InTime = problem.Limits?.Ttft is not double ttft ? row.Supplied
            : BatchLadder.Passing(row.Supplied, options.Exhaustive, step => At(step).Ttft <= ttft);
        int keeps = problem.Limits?.Tpot is not double tpot ? row.InTime
            : BatchLadder.Passing(row.InTime, options.Exhaustive, step => At(step).Tpot <= tpot);
        row.Points = [.. Enumerable.Range(0, keeps).Select(At)];
        row.Evaluations = known.Count;

        bool Holds(int step) => row.Batch(step) <= PlanValidator.MaxSize && row.RoomAt(step).Total <= problem.Cluster.CapacityBytes;

        AggregatePoint At(int step)
        {
            if (known.TryGetValue(step, out AggregatePoint point))
                return point;
            int batch = row.MicroBatch(step);
            double d = row.Batch(step), share = d / most;
            double mixed = Interval(form.Pass(shared.Mixed(batch, row.Chunk), batch + chunk), stages);
            double alone = Interval(form.Pass(shared.Alone(batch), batch), stages);
            double seconds = (share * mixed) + ((1 - share) * alone);
            point = new AggregatePoint(row, step, Math.Ceiling((double)problem.Workload.PassingPositions / row.Chunk) * mixed, seconds,
                d / ((problem.Workload.OutputLength - 1) * seconds));
            known.Add(step, point);
            return point;
        }
    }

    private static double Interval((double Once, double Slowest) pass, int microBatches) =>
        Math.Max(pass.Once, microBatches * pass.Slowest);
}
