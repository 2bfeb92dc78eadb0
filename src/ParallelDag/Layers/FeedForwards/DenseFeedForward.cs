using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// A dense FFN of inner width f: column-parallel up (and gate), row-parallel down, the sum that it owes. Split over tp, or over the ranks
/// of
/// <c>denseTp</c> where attention is data parallel.
/// Parameters <c>3*h*f</c> gated (SwiGLU), <c>2*h*f</c> plain; with biases <c>f</c> (2f gated) and <c>h</c> more,
/// with a learned activation its scalars.
/// While it runs it holds what gate and up yield: <c>2*f</c> a token when gated.
/// </summary>
public sealed record DenseFeedForward : FeedForward
{
    /// <summary>Inner width, f.</summary>
    public required int Ffn { get; init; }

    /// <summary>True for three matrices (gate, up, down), false for two.</summary>
    public bool Gated { get; init; } = true;

    /// <summary>Biases on the linear layers.</summary>
    public bool Bias { get; init; }

    /// <summary>Learned scalars of the activation function (2 of xIELU); 0 for most.</summary>
    public int ActivationWeights { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
        [.. SizeRule.Width("ffn", Ffn), .. SizeRule.Between("activationWeights", ActivationWeights, 0, SizeRule.MaxCount)];

    /// <inheritdoc/>
    public override IEnumerable<WeightSpec> Weights(int hidden) => [.. Up(hidden), .. Down(hidden)];

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Refusals(PhaseKind phase, PhaseStrategy strategy)
    {
        (string key, int degree) = strategy.DenseTp is int own ? ("denseTp", own) : ("tp", strategy.Tp);
        if (degree >= 1 && Ffn % degree != 0)
            yield return (key, $"an FFN of {Ffn} does not divide evenly over {key} {degree}; choose a {key} that divides model.ffn");
    }

    /// <summary><c>FFN 14336</c>.</summary>
    public override string ToString() => Words.Invariant($"{(Gated ? "FFN" : "plain FFN")} {Ffn}");

    /// <inheritdoc/>
    internal override StepValue Add(ProgramBuilder program, LayerContext layer, FeedForwardInput input) => AddBetween(
        program, layer, input, new CollectiveSite("ffn", "FFN input", PhaseContext.BySequence),
        new CollectiveSite("ffn", "FFN output", PhaseContext.BySequence));

    /// <summary>
    /// The FFN with what its split needs, from the normed stream to the stream's placement. Over tp: whole tokens in, a sum over tp out.
    /// Over tp
    /// and data-parallel axes: tokens gathered over those that split them, the sum reduce-scattered there and paid over tp. Not split:
    /// every
    /// rank runs it on the tokens that it has.
    /// </summary>
    internal StepValue AddBetween(
        ProgramBuilder program, LayerContext layer, FeedForwardInput input, CollectiveSite entering, CollectiveSite leaving)
    {
        IReadOnlyList<Axis> axes = layer.Phase.DenseAxes;
        ShardedTensor stream = layer.Phase.Stream;
        if (axes is [Axis.Tp])
            return program.Redistribute(AddMatrices(program, layer, input.Whole(), axes), stream, leaving);
        Axis[] gathered = [.. axes.Intersect(TokenSpread.AxesOf(input.Normed.Sharded))];
        StepValue tokens = gathered.Length == 0 ? input.Normed : program.RedistributeAtOnce(
            [StepSource.Data(input.Normed)], stream, stream.With([.. gathered.Select(axis => (axis, Placement.Replicate))]), entering);
        StepValue partial = AddMatrices(program, layer, tokens, axes);
        if (gathered.Length > 0)
        {
            ShardedTensor scattered = stream.With([.. axes.Except(gathered).Select(axis => (axis, Placement.Partial))]);
            partial = program.RedistributeAtOnce([StepSource.Data(partial)], partial.Sharded, scattered, leaving);
        }

        return program.Redistribute(partial, stream, leaving);
    }

    /// <summary>Up and down; the result owes its sum over the axes that split the FFN.</summary>
    private StepValue AddMatrices(ProgramBuilder program, LayerContext layer, StepValue whole, IReadOnlyList<Axis> axes)
    {
        PhaseContext context = layer.Phase;
        bool split = context.Mesh.Degree(axes) > 1;
        ShardedTensor inner = LayerContext.TokensLike(whole.Sharded, null, context.Precision.Activations, ("ffn", Ffn))
            .With([.. axes.Select(axis => (axis, Placement.Shard("ffn")))]);
        IReadOnlyList<PlacedWeight> rows = layer.Place(Up(context.HiddenSize), axes), columns = layer.Place(Down(context.HiddenSize), axes);
        OperatorStep up = program.Add(new OperatorStep
        {
            Op = Ops.FfnUp,
            Name = (Gated ? "FFN Gate and Up" : "FFN Up") + (split ? " (column-parallel)" : ""),
            Mesh = context.Mesh,
            Split = [Axis.Sp, .. axes],
            Sources = [StepSource.Data(whole)],
            Outputs = [inner],
            Scratch = Gated ? inner : null,
            Weights = rows,
            Work = [new LinearWork(inner, rows)],
        });
        ShardedTensor partial = LayerContext.TokensLike(whole.Sharded, null, context.Precision.Activations, ("hidden", context.HiddenSize))
            .With([.. axes.Select(axis => (axis, context.Mesh.Degree(axis) > 1 ? Placement.Partial : Placement.Replicate))]);
        OperatorStep down = program.Add(new OperatorStep
        {
            Op = Ops.FfnDown,
            Name = split ? "FFN Down (row-parallel)" : "FFN Down",
            Mesh = context.Mesh,
            Split = [Axis.Sp, .. axes],
            Sources = [StepSource.Data(up)],
            Outputs = [partial],
            Weights = columns,
            Work = [new LinearWork(partial, columns)],
        });
        return new StepValue(down, partial);
    }

    private IEnumerable<WeightSpec> Up(int hidden)
    {
        foreach (string module in Gated ? new[] { "mlp.gate_proj", "mlp.up_proj" } : ["mlp.up_proj"])
        {
            yield return new WeightSpec(module, WeightClass.Dense, Ffn, hidden) { Split = WeightSplit.Rows };
            if (Bias)
                yield return WeightSpec.Vector(module + ".bias", WeightClass.Small, Ffn) with { Split = WeightSplit.Rows };
        }

        if (ActivationWeights > 0)
            yield return WeightSpec.Vector("mlp.act_fn", WeightClass.Small, ActivationWeights);
    }

    private IEnumerable<WeightSpec> Down(int hidden)
    {
        yield return new WeightSpec("mlp.down_proj", WeightClass.Dense, hidden, Ffn) { Split = WeightSplit.Columns };
        if (Bias)
            yield return WeightSpec.Vector("mlp.down_proj.bias", WeightClass.Small, hidden);
    }
}
