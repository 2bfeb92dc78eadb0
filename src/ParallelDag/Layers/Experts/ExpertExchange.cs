using ParallelDag.Collectives;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// How tokens meet their experts and come back, derived from placements like every other exchange. Each kind is a class of its own;
/// <see cref="DispatchRule"/> says which one a plan has. They share the experts themselves and the sum that these owe.
/// </summary>
internal abstract class ExpertExchange
{
    private readonly LayerContext _layer;

    /// <summary>An exchange of tokens.</summary>
    protected ExpertExchange(ProgramBuilder program, LayerContext layer, MoeFeedForward moe)
    {
        (Program, _layer, Context, Moe) = (program, layer, layer.Phase, moe);
        Width = moe.LatentWidth == 0 ? Context.HiddenSize : moe.LatentWidth;
    }

    /// <summary>True when the experts owe a sum over all tp ranks after the exchange.</summary>
    public abstract bool OwesSumOverTp { get; }

    /// <summary>Where the program goes.</summary>
    protected ProgramBuilder Program { get; }

    /// <summary>The phase.</summary>
    protected PhaseContext Context { get; }

    /// <summary>The experts.</summary>
    protected MoeFeedForward Moe { get; }

    /// <summary>Width of the tokens inside experts.</summary>
    protected int Width { get; }

    /// <summary>The axis that splits an expert.</summary>
    protected Axis TensorAxis => Context.ExpertTensorAxis;

    /// <summary>Axes of the expert mesh over which a sum is owed that no placement on the attention axes shows.</summary>
    protected abstract Axis[] OwedExpertAxes { get; }

    /// <summary>The exchange that a plan has.</summary>
    public static ExpertExchange Of(
        DispatchRule rule, ProgramBuilder program, LayerContext layer, MoeFeedForward moe, StepValue tokens) =>
        rule.Mode == ExpertDispatch.AllToAll ? new RoutedExchange(program, layer, moe, tokens)
            : new GatheredExchange(rule, program, layer, moe, tokens);

    /// <summary>
    /// Adds what brings tokens to experts, the experts, the weighted sum over top-k, and what brings it back into the tokens' own layout.
    /// </summary>
    /// <param name="tokens">The tokens as experts take them.</param>
    /// <param name="topK">The selection.</param>
    /// <param name="shared">The shared experts, if their output can join the weighted sum.</param>
    /// <param name="sharedJoined">True when it did.</param>
    public abstract StepValue Add(StepValue tokens, OperatorStep topK, OperatorStep? shared, out bool sharedJoined);

    /// <summary>Pays the sum that experts owe, and brings the result into the stream's placement.</summary>
    public StepValue PaySum(StepValue summed, CollectiveSite site)
    {
        if (OwedExpertAxes.Length > 0)
        {
            // The experts' ranks are a proper part of tp: the sum is owed over their groups alone.
            CollectiveKind collective = Collective(OwedExpertAxes[0], Placement.Partial, Placement.Replicate);
            OperatorStep reduce = Program.Add(new OperatorStep
            {
                Op = site.Op(collective),
                Name = site.Name(collective),
                Kind = NodeKind.Communication,
                Collective = collective,
                Mesh = Context.ExpertMesh,
                GroupAxes = OwedExpertAxes,
                Sources = [StepSource.Data(summed)],
                Outputs = [summed.Tensor],
                Traffic = new WholeTraffic(collective, summed.Tensor),
            });
            summed = new StepValue(reduce, summed.Tensor);
        }

        return Program.Redistribute(summed, Context.Stream, site);
    }

    /// <summary>The collective between two placements of an axis.</summary>
    protected static CollectiveKind Collective(Axis axis, Placement from, Placement to) =>
        new RedistributionStep(Redistribution.Between(from, to), [axis], from, to).Collective;

    /// <summary>Tokens sorted by expert, on the experts' axes.</summary>
    protected RoutedTensor Routed(Placement onTensorAxis, NumberFormat format, Func<int, ExpertTokens> counts, string? name = null) =>
        new(Context.ExpertMesh, [(Axis.Ep, Placement.Shard("experts")), (TensorAxis, onTensorAxis)], format, "hidden", Width, counts, name);

    /// <summary>The experts, each on the tokens that were routed to it.</summary>
    protected StepSource AddExperts(
        ExpertRouting routing, OperatorStep topK, IReadOnlyList<StepSource> entering, RoutedTensor input, RoutedTensor output)
    {
        DeviceMesh mesh = Context.ExpertMesh;
        IReadOnlyList<PlacedWeight> weights =
        [
            .. Moe.ExpertMatrices(Context.HiddenSize).Select(spec =>
                new ExpertWeight(spec, _layer.Spec.FormatOf(spec, Context.Precision), mesh, TensorAxis, routing)),
        ];
        long inner = (long)Moe.Ffn / mesh.Degree(TensorAxis) * (Moe.Gated ? 2 : 1);
        OperatorStep experts = Program.Add(new OperatorStep
        {
            Op = Ops.Experts,
            Name = "Experts",
            Mesh = mesh,
            Split = [Axis.Ep],
            Sources = [.. entering, new StepSource(topK, EdgeKind.Gate, topK.Outputs[0])],
            Inputs = [input],
            Outputs = [output],
            Scratch = new RoutedTensor(mesh, [], Context.Precision.Activations, "ffn", inner, routing.Computed),
            Weights = weights,
            Work = [new ExpertWork(routing, weights, input)],
            Experts = routing.Placement,
        });
        return new StepSource(experts, EdgeKind.Data, output);
    }

    /// <summary>
    /// The weighted sum over top-k: 2 operations per input element; the shared experts' output is one more input per token.
    /// </summary>
    /// <param name="sources">What comes from the experts.</param>
    /// <param name="slots">Its rows, as the sum reads them.</param>
    /// <param name="summed">What the sum yields.</param>
    /// <param name="shared">The shared experts, or null.</param>
    protected StepValue AddAggregation(
        IReadOnlyList<StepSource> sources, Func<string?, ITensor> slots, ShardedTensor summed, OperatorStep? shared)
    {
        ITensor routed = slots(shared is null ? null : "routed");
        ShardedTensor? other = shared is null ? null
            : LayerContext.TokensLike(summed, "shared", Context.Precision.Activations, ("hidden", Context.HiddenSize));
        OperatorStep aggregation = Program.Add(new OperatorStep
        {
            Op = Ops.ExpertAggregation,
            Name = "Expert Aggregation",
            Kind = NodeKind.Aggregation,
            Mesh = Context.Mesh,
            Split = PhaseContext.BySequence,
            Sources = shared is null ? sources : [.. sources, StepSource.Data(shared)],
            Inputs = other is null ? [routed] : [routed, other],
            Outputs = [summed],
            Work = other is null ? [new ElementWork(routed, 2)] : [new ElementWork(routed, 2), new ElementWork(other, 2)],
        });
        return new StepValue(aggregation, summed);
    }
}
