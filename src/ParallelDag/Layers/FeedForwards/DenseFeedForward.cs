using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// A dense FFN of inner width f: column-parallel up (and gate), row-parallel down, the sum over tp that it owes.
/// Parameters <c>3*h*f</c> gated (SwiGLU), <c>2*h*f</c> plain; with biases <c>f</c> (2f gated) and <c>h</c> more.
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

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
        SizeRule.Width("ffn", Ffn);

    /// <inheritdoc/>
    public override IEnumerable<WeightSpec> Weights(int hidden) => [.. Up(hidden), .. Down(hidden)];

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Refusals(PhaseKind phase, PhaseStrategy strategy)
    {
        if (Ffn % strategy.Tp != 0)
            yield return ("tp", $"an FFN of {Ffn} does not divide evenly over tp {strategy.Tp}; choose a tp that divides model.ffn");
    }

    /// <summary><c>FFN 14336</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Gated ? "FFN" : "plain FFN")} {Ffn}");

    /// <inheritdoc/>
    internal override StepValue Add(ProgramBuilder program, LayerContext layer, FeedForwardInput input)
    {
        StepValue partial = AddMatrices(program, layer, input.Whole());
        return program.Redistribute(partial, layer.Phase.Stream, new CollectiveSite("ffn", "FFN output", PhaseContext.BySequence));
    }

    /// <summary>Up and down; the result owes its sum over tp.</summary>
    internal StepValue AddMatrices(ProgramBuilder program, LayerContext layer, StepValue whole)
    {
        PhaseContext context = layer.Phase;
        int tp = context.Mesh.Degree(Axis.Tp);
        ShardedTensor inner = context.Tokens(null, ("ffn", Ffn)).With((Axis.Tp, Placement.Shard("ffn")));
        IReadOnlyList<PlacedWeight> rows = layer.Place(Up(context.HiddenSize)), columns = layer.Place(Down(context.HiddenSize));
        OperatorStep up = program.Add(new OperatorStep
        {
            Op = Ops.FfnUp,
            Name = (Gated ? "FFN Gate and Up" : "FFN Up") + (tp > 1 ? " (column-parallel)" : ""),
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [StepSource.Data(whole)],
            Outputs = [inner],
            Scratch = Gated ? inner : null,
            Weights = rows,
            Work = [new LinearWork(inner, rows)],
        });
        ShardedTensor partial = context.Hidden.With((Axis.Tp, tp > 1 ? Placement.Partial : Placement.Replicate));
        OperatorStep down = program.Add(new OperatorStep
        {
            Op = Ops.FfnDown,
            Name = tp > 1 ? "FFN Down (row-parallel)" : "FFN Down",
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
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
    }

    private IEnumerable<WeightSpec> Down(int hidden)
    {
        yield return new WeightSpec("mlp.down_proj", WeightClass.Dense, hidden, Ffn) { Split = WeightSplit.Columns };
        if (Bias)
            yield return WeightSpec.Vector("mlp.down_proj.bias", WeightClass.Small, hidden);
    }
}
