using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// Every rank of a block has all tokens of the block and runs its own experts on them:
/// <code>
/// axes of the block that split tokens   Shard(tokens) -> Replicate  All-Gather of plain tokens, not of their top-k copies
/// the others                            Replicate                   nothing
/// after the weighted sum of a rank's own experts it is Partial over the whole block:
/// axes that split tokens                Partial -> Shard(tokens)    Reduce-Scatter
/// the others                            Partial                     rides with the All-Reduce of the layer's block
/// </code>
/// Where no axis of the block splits tokens nothing moves at all. The choices of gathered tokens travel with them and are not counted.
/// </summary>
internal sealed class GatheredExchange : ExpertExchange
{
    private readonly ExpertRouting _routing;
    private readonly ShardedTensor _layout;
    private readonly Axis[] _block;
    private readonly Axis[] _gathered;

    /// <summary>The exchange of tokens in the layout of <paramref name="tokens"/>.</summary>
    public GatheredExchange(DispatchRule rule, ProgramBuilder program, LayerContext layer, MoeFeedForward moe, StepValue tokens)
        : base(program, layer, moe)
    {
        _layout = tokens.Sharded;
        _block = [.. rule.BlockAxes ?? []];
        _gathered = [.. _block.Intersect(TokenSpread.AxesOf(_layout))];
        _routing = new ExpertRouting(moe, Context, Whole(_layout), shared: true);
        OwesSumOverTp = _block.Contains(Axis.Tp) && !_gathered.Contains(Axis.Tp);
        OwedExpertAxes = rule.BlockAxes is null
            ? [.. new[] { Axis.Ep, TensorAxis }.Where(axis => Context.ExpertMesh.Degree(axis) > 1)] : [];
    }

    /// <inheritdoc/>
    public override bool OwesSumOverTp { get; }

    /// <inheritdoc/>
    protected override Axis[] OwedExpertAxes { get; }

    /// <inheritdoc/>
    public override StepValue Add(StepValue tokens, OperatorStep topK, OperatorStep? shared, out bool sharedJoined)
    {
        NumberFormat sent = Context.Precision.Dispatch, back = Context.Precision.Combine;
        IReadOnlyList<StepSource> sources = [StepSource.Data(topK), StepSource.Data(tokens)];
        var site = new CollectiveSite("expert", "tokens", PhaseContext.BySequence);
        if (_gathered.Length > 0)
        {
            ShardedTensor leaving = tokens.Sharded.In(sent);
            StepValue gathered = Program.RedistributeAtOnce(sources, leaving, Whole(leaving), site);
            sources = [StepSource.Data(gathered)];
        }

        RoutedTensor input = Routed(Placement.Replicate, sent, _routing.Computed);
        StepSource experts = AddExperts(_routing, topK, sources, input, Computed(null));

        // Gathered tokens are others than those that the shared experts saw.
        OperatorStep? joining = Moe.LatentWidth == 0 && _gathered.Length == 0 ? shared : null;
        sharedJoined = joining is not null;
        ShardedTensor own = LayerContext.TokensLike(_layout, null, _gathered.Length == 0 ? Context.Precision.Activations : back,
            ("hidden", Width));
        StepValue summed = AddAggregation([experts], Rows, Owed(Whole(own)), joining);
        if (_gathered.Length == 0)
            return summed;
        Axis[] rest = [.. _block.Except(_gathered)];
        StepValue scattered = Program.RedistributeAtOnce(
            [StepSource.Data(summed)], summed.Sharded, own.With([.. rest.Select(axis => (axis, Placement.Partial))]), site);
        return scattered with { Tensor = scattered.Sharded.In(Context.Precision.Activations) };
    }

    private RoutedTensor Computed(string? name) => Routed(Placement.Partial, Context.Precision.Combine, _routing.Computed, name);

    /// <summary>
    /// What the weighted sum reads: of all experts a row per token and choice; of a part of them the rows that chose one.
    /// </summary>
    private ITensor Rows(string? name) => Context.ExpertMesh.Degree(Axis.Ep) > 1 ? Computed(name)
        : Owed(Whole(LayerContext.TokensLike(_layout, name, Context.Precision.Combine, ("top_k", Moe.TopK), ("hidden", Width))));

    private ShardedTensor Whole(ShardedTensor tokens) =>
        _gathered.Length == 0 ? tokens : tokens.With([.. _gathered.Select(axis => (axis, Placement.Replicate))]);

    private ShardedTensor Owed(ShardedTensor tokens) =>
        _block.Length == 0 ? tokens : tokens.With([.. _block.Select(axis => (axis, Placement.Partial))]);
}
