using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// Each token travels to the ranks of its experts:
/// <code>
/// axis        before the experts                              after them
/// ep          Shard(tokens) -> Shard(experts)  All-to-All     Shard(experts) -> Shard(tokens)  All-to-All
/// tensor      Shard(tokens) -> Replicate       All-Gather     Partial -> Shard(tokens)         Reduce-Scatter
///  (tp, etp)  Replicate     -> Replicate       nothing        Partial, paid after the sum over top-k
/// </code>
/// The second tensor row holds where the ranks that split an expert hold the same tokens.
/// </summary>
internal sealed class RoutedExchange : ExpertExchange
{
    private static readonly Placement OfTokens = Placement.Shard("tokens");
    private static readonly Placement OfExperts = Placement.Shard("experts");

    private readonly ExpertRouting _routing;
    private readonly ShardedTensor _layout;

    /// <summary>The exchange of tokens in the layout of <paramref name="tokens"/>.</summary>
    public RoutedExchange(ProgramBuilder program, LayerContext layer, MoeFeedForward moe, StepValue tokens)
        : base(program, layer, moe)
    {
        _layout = tokens.Sharded;
        _routing = new ExpertRouting(moe, Context, _layout, shared: false);
        bool owes = Context.ExpertMesh.Degree(TensorAxis) > 1 && _routing.TensorRanksShareTokens;
        OwesSumOverTp = owes && Context.Mesh.Degree(Axis.Tp) == Context.ExpertMesh.Degree(TensorAxis);
        OwedExpertAxes = owes && !OwesSumOverTp ? [TensorAxis] : [];
    }

    /// <inheritdoc/>
    public override bool OwesSumOverTp { get; }

    /// <inheritdoc/>
    protected override Axis[] OwedExpertAxes { get; }

    private Placement BeforeExperts => _routing.TensorRanksShareTokens ? Placement.Replicate : OfTokens;

    private Placement AfterExperts => _routing.TensorRanksShareTokens ? Placement.Partial : OfTokens;

    /// <inheritdoc/>
    public override StepValue Add(StepValue tokens, OperatorStep topK, OperatorStep? shared, out bool sharedJoined)
    {
        NumberFormat sent = Context.Precision.Dispatch, back = Context.Precision.Combine;
        RoutedTensor arriving = Routed(BeforeExperts, sent, _routing.Dispatched),
            computing = Routed(Placement.Replicate, sent, _routing.Computed);
        RoutedTensor computed = Routed(Placement.Partial, back, _routing.Computed),
            returning = Routed(AfterExperts, back, _routing.Dispatched);
        ShardedTensor returned = OwesSumOverTp ? Slots(back).With((Axis.Tp, Placement.Partial)) : Slots(back);

        IReadOnlyList<StepSource> sources = [StepSource.Data(topK), StepSource.Data(tokens)];
        sources = Move(Axis.Ep, OfTokens, OfExperts, Ops.Dispatch, "Dispatch {0}", sources,
            Context.Strategy.Dedup ? tokens.Sharded.In(sent) : Slots(sent), arriving,
            Routing(sent, back: false));
        sources = Move(TensorAxis, BeforeExperts, Placement.Replicate, Ops.ExpertAllGather, "{0} (expert tokens)", sources, arriving,
            computing, new PieceTraffic(CollectiveKind.AllGather, arriving));
        sources = [AddExperts(_routing, topK, sources, computing, computed)];
        sources = Move(TensorAxis, Placement.Partial, AfterExperts, Ops.ExpertReduceScatter, "{0} (expert tokens)", sources, computed,
            returning, new PieceTraffic(CollectiveKind.ReduceScatter, returning));
        sources = Move(Axis.Ep, OfExperts, OfTokens, Ops.Combine, "Combine {0}", sources, returning, returned, Routing(back, back: true));

        OperatorStep? joining = Moe.LatentWidth == 0 ? shared : null;
        sharedJoined = joining is not null;
        ShardedTensor summed = LayerContext.TokensLike(returned, null, Context.Precision.Activations, ("hidden", Width));
        return AddAggregation(
            sources,
            name => name is null ? returned
                : LayerContext.TokensLike(returned, name, returned.Format, ("top_k", Moe.TopK), ("hidden", Width)),
            summed,
            joining);
    }

    /// <summary>The collective between two placements along an axis of the expert mesh, or what was there when none is needed.</summary>
    private IReadOnlyList<StepSource> Move(
        Axis axis, Placement from, Placement to, string op, string title, IReadOnlyList<StepSource> sources, ITensor before,
            ITensor after, IGroupTraffic traffic)
    {
        DeviceMesh mesh = Context.ExpertMesh;

        // A sum may be owed beyond the exchange: a Partial rides on.
        if (mesh.Degree(axis) == 1 || from == to || (from.Kind == PlacementKind.Partial && to.Kind == PlacementKind.Partial))
            return sources;
        CollectiveKind collective = Collective(axis, from, to);
        OperatorStep step = Program.Add(new OperatorStep
        {
            Op = op,
            Name = string.Format(CultureInfo.InvariantCulture, title, collective.ToTitle()),
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

    private IRoutedTraffic Routing(NumberFormat format, bool back) => Context.Strategy.Dedup
        ? new DistinctTraffic(_routing, Moe, Context.ExpertMesh, format.ElementBytes(Width), back)
        : new RoutedTraffic(_routing, format.ElementBytes(Width), back);

    private ShardedTensor Slots(NumberFormat format) =>
        LayerContext.TokensLike(_layout, null, format, ("top_k", Moe.TopK), ("hidden", Width));
}
