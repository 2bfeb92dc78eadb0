using ParallelDag.Collectives;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// How tokens meet their experts and come back, derived from placements like every other exchange:
/// <code>
/// axis        before the experts                              after them
/// ep          Shard(tokens) -> Shard(experts)  All-to-All     Shard(experts) -> Shard(tokens)  All-to-All
/// tensor      Shard(tokens) -> Replicate       All-Gather     Partial -> Shard(tokens)         Reduce-Scatter
///  (tp, etp)  Replicate     -> Replicate       nothing        Partial, paid after the sum over top-k
/// </code>
/// The second tensor row holds where the ranks that split an expert hold the same tokens.
/// </summary>
internal sealed class ExpertExchange
{
    private static readonly Placement OfTokens = Placement.Shard("tokens");
    private static readonly Placement OfExperts = Placement.Shard("experts");

    private readonly ProgramBuilder _program;
    private readonly LayerContext _layer;
    private readonly PhaseContext _context;
    private readonly MoeFeedForward _moe;
    private readonly ExpertRouting _routing;
    private readonly ShardedTensor _layout;
    private readonly int _width;

    /// <summary>The exchange of tokens in the layout of <paramref name="tokens"/>.</summary>
    public ExpertExchange(ProgramBuilder program, LayerContext layer, MoeFeedForward moe, StepValue tokens)
    {
        (_program, _layer, _context, _moe, _layout) = (program, layer, layer.Phase, moe, tokens.Sharded);
        _routing = new ExpertRouting(moe, _context, _layout);
        _width = moe.LatentWidth == 0 ? _context.HiddenSize : moe.LatentWidth;
        OwesSum = _context.ExpertMesh.Degree(TensorAxis) > 1 && _routing.TensorRanksShareTokens;
        OwesSumOverTp = OwesSum && _context.Mesh.Degree(Axis.Tp) == _context.ExpertMesh.Degree(TensorAxis);
        ShardedTensor returned = Slots(_context.Precision.Combine);
        Returned = OwesSumOverTp ? returned.With((Axis.Tp, Placement.Partial)) : returned;
    }

    /// <summary>True when the experts owe a sum over the ranks that split them after the combine.</summary>
    public bool OwesSum { get; }

    /// <summary>True when that sum is one over all tp ranks.</summary>
    public bool OwesSumOverTp { get; }

    /// <summary>What comes back: a row per token and chosen expert.</summary>
    public ShardedTensor Returned { get; }

    private Axis TensorAxis => _context.ExpertTensorAxis;

    private Placement BeforeExperts => _routing.TensorRanksShareTokens ? Placement.Replicate : OfTokens;

    private Placement AfterExperts => _routing.TensorRanksShareTokens ? Placement.Partial : OfTokens;

    /// <summary>Adds dispatch, experts and combine. Returns what the weighted sum reads.</summary>
    public IReadOnlyList<StepSource> Add(StepValue tokens, OperatorStep topK)
    {
        NumberFormat sent = _context.Precision.Dispatch, back = _context.Precision.Combine;
        var arriving = Routed(BeforeExperts, sent, _routing.Dispatched);
        var computing = Routed(Placement.Replicate, sent, _routing.Computed);
        var computed = Routed(Placement.Partial, back, _routing.Computed);
        var returning = Routed(AfterExperts, back, _routing.Dispatched);

        IReadOnlyList<StepSource> sources = [StepSource.Data(topK), StepSource.Data(tokens)];
        sources = Move(Axis.Ep, OfTokens, OfExperts, Ops.Dispatch, "Dispatch {0}", sources, Slots(sent), arriving,
            Routing(sent, back: false));
        sources = Move(TensorAxis, BeforeExperts, Placement.Replicate, Ops.ExpertAllGather, "{0} (expert tokens)", sources, arriving,
            computing,
            new PieceTraffic(CollectiveKind.AllGather, arriving));
        sources = [AddExperts(topK, sources, computing, computed)];
        sources = Move(TensorAxis, Placement.Partial, AfterExperts, Ops.ExpertReduceScatter, "{0} (expert tokens)", sources, computed,
            returning,
            new PieceTraffic(CollectiveKind.ReduceScatter, returning));
        return Move(Axis.Ep, OfExperts, OfTokens, Ops.Combine, "Combine {0}", sources, returning, Returned, Routing(back, back: true));
    }

    /// <summary>Pays the sum that experts owe, and brings the result into the stream's placement.</summary>
    public StepValue PaySum(StepValue summed, CollectiveSite site)
    {
        if (OwesSum && !OwesSumOverTp)
        {
            // etp is a proper part of tp: the sum is owed over the etp groups alone.
            CollectiveKind collective = Collective(TensorAxis, Placement.Partial, Placement.Replicate);
            OperatorStep reduce = _program.Add(new OperatorStep
            {
                Op = site.Op(collective),
                Name = site.Name(collective),
                Kind = NodeKind.Communication,
                Collective = collective,
                Mesh = _context.ExpertMesh,
                GroupAxes = [TensorAxis],
                Sources = [StepSource.Data(summed)],
                Outputs = [summed.Tensor],
                Traffic = new WholeTraffic(collective, summed.Tensor),
            });
            summed = new StepValue(reduce, summed.Tensor);
        }

        return _program.Redistribute(summed, _context.Stream, site);
    }

    /// <summary>The collective between two placements along an axis of the expert mesh, or what was there when none is needed.</summary>
    private IReadOnlyList<StepSource> Move(
        Axis axis, Placement from, Placement to, string op, string title, IReadOnlyList<StepSource> sources, ITensor before,
            ITensor after, IGroupTraffic traffic)
    {
        DeviceMesh mesh = _context.ExpertMesh;

        // A sum may be owed beyond the exchange: a Partial rides on.
        if (mesh.Degree(axis) == 1 || from == to || (from.Kind == PlacementKind.Partial && to.Kind == PlacementKind.Partial))
            return sources;
        CollectiveKind collective = Collective(axis, from, to);
        OperatorStep step = _program.Add(new OperatorStep
        {
            Op = op,
            Name = string.Format(System.Globalization.CultureInfo.InvariantCulture, title, collective.ToTitle()),
            Kind = NodeKind.Communication,
            Collective = collective,
            Mesh = mesh,
            GroupAxes = [axis],
            Split = axis == Axis.Ep ? [] : [Axis.Ep],
            Sources = sources,
            Inputs = [before],
            Outputs = [after],
            Traffic = traffic,
        });
        return [StepSource.Data(step)];
    }

    private static CollectiveKind Collective(Axis axis, Placement from, Placement to) =>
        new RedistributionStep(Redistribution.Between(from, to), [axis], from, to).Collective;

    private StepSource AddExperts(OperatorStep topK, IReadOnlyList<StepSource> entering, RoutedTensor input, RoutedTensor output)
    {
        DeviceMesh mesh = _context.ExpertMesh;
        IReadOnlyList<PlacedWeight> weights =
        [
            .. _moe.ExpertMatrices(_context.HiddenSize).Select(spec =>
                new ExpertWeight(spec, _layer.Spec.FormatOf(spec, _context.Precision), mesh, TensorAxis, _routing)),
        ];
        long inner = (long)_moe.Ffn / mesh.Degree(TensorAxis) * (_moe.Gated ? 2 : 1);
        OperatorStep experts = _program.Add(new OperatorStep
        {
            Op = Ops.Experts,
            Name = "Experts",
            Mesh = mesh,
            Split = [Axis.Ep],
            Sources = [.. entering, new StepSource(topK, EdgeKind.Gate, topK.Outputs[0])],
            Inputs = [input],
            Outputs = [output],
            Scratch = new RoutedTensor(mesh, [], _context.Precision.Activations, "ffn", inner, _routing.Computed),
            Weights = weights,
            Work = [new ExpertWork(_routing, weights, input)],
            Experts = _routing.Placement,
        });
        return new StepSource(experts, EdgeKind.Data, output);
    }

    private RoutedTensor Routed(Placement onTensorAxis, NumberFormat format, Func<int, ExpertTokens> counts) =>
        new(_context.ExpertMesh, [(Axis.Ep, OfExperts), (TensorAxis, onTensorAxis)], format, "hidden", _width, counts);

    private RoutedTraffic Routing(NumberFormat format, bool back) => new(_routing, format.ElementBytes(_width), back);

    private ShardedTensor Slots(NumberFormat format) =>
        LayerContext.TokensLike(_layout, null, format, ("top_k", _moe.TopK), ("hidden", _width));
}
