using ParallelDag.Collections;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Strategies;

namespace ParallelDag.Search;

/// <summary>
/// The strategies of a phase, by rules that a model and a cluster give; none asks for powers of two.
/// <code>
/// tp   what attention and dense FFNs can be split into
/// sp   prefill: parts of at least 4,096 positions each, all alike
/// pp   up to the number of layers; stages divide a domain of fast links (or a node) or fill whole ones, so that all are alike
/// dp   1 without experts, for data-parallel ranks are then instances; with experts what an EP group spans
/// ep   dedicated: an axis beside tp and sp; folded: all ranks of a stage. Experts divide evenly
/// etp  folded: 1, or all ranks of a stage (experts as one tensor-parallel group)
/// order  where a stage is larger than a domain, orders that change which axes leave it
/// </code>
/// A folded stage of several EP groups is not among them: it is that many instances of one group each.
/// </summary>
internal sealed class StrategySpace
{
    private const int LeastPart = 4096;

    private readonly SearchProblem _problem;
    private readonly SearchOptions _options;
    private readonly PhaseKind _phase;
    private readonly int _gpus;
    private readonly int _domain;

    /// <summary>The space of a phase on at most so many GPUs.</summary>
    public StrategySpace(SearchProblem problem, SearchOptions options, PhaseKind phase, int gpus)
    {
        (_problem, _options, _phase, _gpus) = (problem, options, phase, gpus);
        _domain = problem.Cluster.IslandSize;
    }

    /// <summary>True when instances of so many GPUs that follow each other all lie alike.</summary>
    public static bool RepeatsAlike(ClusterSpec cluster, int gpus)
    {
        int domain = cluster.IslandSize;
        return domain % gpus == 0 || gpus % domain == 0;
    }

    /// <summary>The first GPU at or behind <paramref name="from"/> from where instances of so many GPUs leave no more domains than they
    /// must.</summary>
    public static int Start(ClusterSpec cluster, int from, int gpus)
    {
        int domain = cluster.IslandSize, step = domain % gpus == 0 ? gpus : domain;
        return (from + step - 1) / step * step;
    }

    /// <summary>The divisions of a stage.</summary>
    public IEnumerable<PhaseStrategy> Shapes()
    {
        foreach (int tp in Degrees(_gpus).Where(Splits))
        {
            foreach (int sp in Degrees(_gpus / tp).Where(SplitsSequence))
            {
                foreach (PhaseStrategy shape in WithExperts(new PhaseStrategy { Tp = tp, Sp = sp })
                    .Where(shape => IsPlaced(shape.WorldSize)))
                {
                    foreach (PhaseStrategy own in WithOutputs(shape).SelectMany(WithDispatches))
                    {
                        foreach (PhaseStrategy ordered in WithOrders(own))
                            yield return ordered;
                    }
                }
            }
        }
    }

    /// <summary>The numbers of stages of a division.</summary>
    public IEnumerable<int> Stages(PhaseStrategy shape)
    {
        int gpus = (int)shape.WorldSize, most = Math.Min(_problem.Model.Layers.Count, _gpus / gpus);
        return Degrees(most).Where(stages => stages == 1 || _domain % gpus == 0 || gpus % _domain == 0);
    }

    private IEnumerable<int> Degrees(int most) =>
        Enumerable.Range(1, Math.Max(0, most)).Where(degree => degree == 1 || (_options.Degrees?.Contains(degree) ?? true));

    private bool IsPlaced(long gpus) => gpus <= _gpus && (gpus < _domain || gpus % _domain == 0);

    /// <summary>What attention and dense FFNs allow; where degrees are given, rules say of each why not.</summary>
    private bool Splits(int tp)
    {
        if (_options.Degrees is not null)
            return true;
        var strategy = new PhaseStrategy { Tp = tp };
        foreach (LayerSpec layer in _problem.Model.LayerKinds)
        {
            if (layer.Mixer?.Refusals(_phase, strategy).Any() ?? false)
                return false;
            if (layer.FeedForward is DenseFeedForward dense && dense.Refusals(_phase, strategy).Any())
                return false;
        }

        return true;
    }

    private bool SplitsSequence(int sp)
    {
        long passing = _problem.Workload.PassingPositions;
        return sp == 1 || (_phase == PhaseKind.Prefill && _problem.Workload.CachedPositions == 0 && passing % sp == 0
            && passing / sp >= LeastPart);
    }

    private IEnumerable<PhaseStrategy> WithExperts(PhaseStrategy shape)
    {
        if (_problem.Model.Experts is not MoeFeedForward moe)
        {
            yield return shape;
            yield break;
        }

        int ranks = shape.Tp * shape.Sp;
        foreach (int ep in Degrees(Math.Min(moe.ExpertCount, _gpus / ranks)).Where(ep => moe.ExpertCount % ep == 0))
        {
            if (ep == 1 || ranks > 1)
                yield return shape with { Ep = ep };
        }

        foreach (int dp in Degrees(_gpus / ranks))
        {
            int all = ranks * dp;
            PhaseStrategy folded = shape with { Dp = dp, ExpertParallel = ExpertParallelMode.Folded };
            if (all > 1 && moe.ExpertCount % all == 0 && (_options.Degrees?.Contains(all) ?? true))
                yield return folded with { Ep = all };
            if (dp > 1 && moe.Ffn % all == 0)
                yield return folded with { Etp = all };
        }
    }

    private IEnumerable<PhaseStrategy> WithOutputs(PhaseStrategy shape)
    {
        IEnumerable<AttentionOutput> outputs = _options.AttentionOutputs is { } given ? given
            : shape.Tp > 1 && (shape.Ep > 1 || shape.Etp > 1) ? [AttentionOutput.AllReduce, AttentionOutput.ReduceScatter]
            : [AttentionOutput.AllReduce];
        return shape.Tp == 1 ? [shape] : outputs.Select(output => shape with { AttentionOutput = output });
    }

    /// <summary>A division as its tokens ask for, and with All-Gathers in place of an All-to-All.</summary>
    private IEnumerable<PhaseStrategy> WithDispatches(PhaseStrategy shape)
    {
        yield return shape;
        if (shape.Ep == 1)
            yield break;
        var context = new PhaseContext(_problem.Model.Hidden, _problem.Model.Precision, _problem.Workload, _phase, shape, batch: 1);
        if (new DispatchRule(context).Mode == ExpertDispatch.AllToAll)
            yield return shape with { Dispatch = ExpertDispatch.AllGather };
    }

    private IEnumerable<PhaseStrategy> WithOrders(PhaseStrategy shape)
    {
        yield return shape;
        bool dedicated = shape.ExpertParallel == ExpertParallelMode.Dedicated && shape.Ep > 1;
        if (shape.WorldSize <= _domain || new[] { shape.Tp > 1, shape.Sp > 1, dedicated }.Count(own => own) < 2)
            yield break;
        var seen = new HashSet<((int, int), (int, int), (int, int))> { Spans(shape) };
        foreach (string[] inner in new string[][] { ["tp", "ep", "sp"], ["sp", "tp", "ep"], ["sp", "ep", "tp"], ["ep", "tp", "sp"],
            ["ep", "sp", "tp"] })
        {
            PhaseStrategy ordered = shape with { Order = [.. inner, "dp", "pp"] };
            if (seen.Add(Spans(ordered)))
                yield return ordered;
        }
    }

    /// <summary>What the groups of each axis span: those that span most domains, and of these those with most members in one.</summary>
    private ((int, int) Tp, (int, int) Sp, (int, int) Ep) Spans(PhaseStrategy shape)
    {
        DeviceMesh mesh = StrategyMesh.OfStage(shape);
        int[] gpus = [.. Enumerable.Range(0, mesh.Size)];
        return (Widest(Axis.Tp), Widest(Axis.Sp), Widest(Axis.Ep));

        (int Domains, int Members) Widest(Axis axis) => mesh.Groups(axis).Select(group => _problem.Cluster.SpanOf(group, gpus))
            .Max(span => (span.Domains, span.MembersPerDomain));
    }
}
