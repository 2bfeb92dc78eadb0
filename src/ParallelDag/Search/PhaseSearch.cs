using ParallelDag.Layers;
using ParallelDag.Plans;

namespace ParallelDag.Search;

/// <summary>
/// All strategies of a phase, each with the batches that fit and that keep the phase's limit. What is pruned:
/// <code>
/// L1  memory never shrinks with the batch, so the largest that fits is found by halving
/// L2  a pass never gets shorter with the batch, so the largest that keeps the limit is, too
/// L4  data-parallel ranks without experts are instances: dp stays 1
/// L7  a token of decode reads every weight of a tensor-parallel rank once: where that alone takes longer than the limit nothing is priced
/// </code>
/// </summary>
internal sealed class PhaseSearch
{
    /// <summary>Tokens of a rank that one pass of prefill takes at most where prompts are short: more gain nothing.</summary>
    private const long MostTokens = 16_384;

    private readonly SearchProblem _problem;
    private readonly SearchOptions _options;
    private readonly FormTable _forms;
    private readonly PhaseKind _phase;
    private readonly StrategySpace _space;
    private readonly double _bytesOfToken;
    private readonly long _capacity;

    public PhaseSearch(SearchProblem problem, SearchOptions options, FormTable forms, PhaseKind phase, int gpus)
    {
        (_problem, _options, _forms, _phase) = (problem, options, forms, phase);
        _capacity = problem.Cluster.CapacityBytes;
        _space = new StrategySpace(problem, options, phase, gpus);
        _bytesOfToken = phase == PhaseKind.Decode && problem.Model.Experts is null ? SplitBytes(problem.Model) : 0;
    }

    /// <summary>Prices the space.</summary>
    public IReadOnlyList<PhaseRow> Run(SearchProgress progress)
    {
        PhaseStrategy[] shapes = [.. _space.Shapes()];
        var rows = new PhaseRow[shapes.Length][];
        progress.Begin(_phase.ToName(), shapes.Length);
        Parallel.For(0, shapes.Length, _options.Parallel(progress.Cancellation), shape =>
        {
            rows[shape] = [.. RowsOf(shapes[shape])];
            progress.Advance();
        });
        return [.. rows.SelectMany(own => own)];
    }

    /// <summary>The divisions of a stage that are looked at.</summary>
    public IEnumerable<PhaseStrategy> Shapes() => _space.Shapes();

    /// <summary>The strategies of a division.</summary>
    public IEnumerable<PhaseRow> RowsOf(PhaseStrategy shape)
    {
        int[] stages = [.. _space.Stages(shape)];
        if (_forms.RefusalOf(_phase, shape) is string refusal)
        {
            foreach (int pp in stages)
                yield return new PhaseRow(shape with { Pp = pp }, refusal);
            yield break;
        }

        double? limit = _phase == PhaseKind.Prefill ? _problem.Limits?.Ttft : _problem.Limits?.Tpot;
        double floor = Floor(shape);
        StageForm form = _forms.FormOf(_phase, shape);
        foreach (int pp in stages)
        {
            PipelineForm pipeline = _forms.PipelineOf(form, pp);
            foreach (int microBatches in _phase == PhaseKind.Prefill ? [1] : new[] { 1, 2, pp }.Where(parts => parts <= pp).Distinct())
            {
                var row = new PhaseRow(pipeline, microBatches, LadderOf(shape, form));
                row.Fit(_options.Exhaustive, microBatch => Holds(row, microBatch));
                if (row.Fits > 0 && limit is double least && floor > least && !_options.Exhaustive)
                    row.Floor = floor;
                else
                    row.Keep(_options.Exhaustive, limit);
                row.Price();
                yield return row;
            }
        }

        form.Forget();
    }

    /// <summary>True where a micro-batch fits the memory.</summary>
    private bool Holds(PhaseRow row, int microBatch) => (long)microBatch * row.MicroBatches <= PlanValidator.MaxSize
        && row.Form!.Room(microBatch, row.MicroBatches).Total <= _capacity;

    private int[] LadderOf(PhaseStrategy shape, StageForm form)
    {
        if (_options.SmallestBatch)
            return form.Ladder[..1];
        if (_phase == PhaseKind.Decode)
            return form.Ladder;
        long tokens = Math.Max(1, _problem.Workload.PassingPositions / shape.Sp);
        return [.. form.Ladder.Where(step => step == 1 || step * tokens <= MostTokens)];
    }

    /// <summary>Bytes of the weights that tensor parallelism splits.</summary>
    private static double SplitBytes(ModelSpec model)
    {
        double bytes = 0;
        foreach (LayerSpec layer in model.Layers)
        {
            foreach (Operators.WeightSpec weight in layer.Weights(model.Hidden))
                bytes += weight.Split == Operators.WeightSplit.None ? 0 : weight.Bytes(layer.FormatOf(weight, model.Precision));
        }

        return bytes;
    }

    /// <summary>Seconds for which weights alone are read at each token; 0 with experts, of which a token reads a part.</summary>
    private double Floor(PhaseStrategy shape) => _bytesOfToken / shape.Tp / _problem.Cluster.Gpu.MemoryBandwidth;
}
