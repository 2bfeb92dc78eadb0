using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// Lightning attention (Qin et al., arXiv 2405.17381), as MiniMax-M1 has it: linear attention with a decay a head, a norm and an output
/// gate.
/// <code>
/// parameters  4*h*a*d + a*d*h + a*d
/// state       a*d*d a sequence (32-bit)
/// core FLOPs  4*a*d*d a token: the state's update and its answer to the query (2mkn each)
/// </code>
/// </summary>
public sealed record LightningAttention : RecurrentMixer
{
    /// <summary>Heads, a.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of a head, d.</summary>
    public required int HeadDim { get; init; }

    /// <summary>How the state is stored.</summary>
    public NumberFormat StateFormat { get; init; } = NumberFormat.Fp32;

    /// <inheritdoc/>
    public override IReadOnlyList<CachedTensor> Cache =>
        [new CachedTensor("state", "heads", Heads, (long)HeadDim * HeadDim) { WidthName = "state", PerSequence = true,
            Format = StateFormat }];

    private protected override int RecurrentHeads => Heads;

    private protected override string Title => "lightning attention";

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
        [.. SizeRule.Count("heads", Heads), .. SizeRule.Width("headDim", HeadDim)];

    /// <inheritdoc/>
    public override IEnumerable<WeightSpec> Weights(int hidden) => [.. Input(hidden), .. Core(), .. Output(hidden)];

    /// <summary><c>lightning attention 64</c>.</summary>
    public override string ToString() => Words.Invariant($"{Title} {Heads}");

    /// <inheritdoc/>
    internal override StepValue Add(ProgramBuilder program, LayerContext layer, StepValue input)
    {
        PhaseContext context = layer.Phase;
        ShardedTensor Of(string? name) => context.Heads(name, "heads", Heads, HeadDim);
        ShardedTensor output = Of(null);
        IReadOnlyList<ShardedTensor> projected = [Of("Q"), Of("K"), Of("V"), Of("gate")];
        OperatorStep projection = AddInput(program, layer, input, Input(context.HiddenSize), projected);
        OperatorStep core = AddRecurrence(
            program,
            layer,
            Ops.LightningAttention,
            "Lightning Attention",
            [.. projected.Select(tensor => new StepSource(projection, EdgeKind.Data, tensor))],
            Core(),
            [new UnitWork(output, 4L * HeadDim * HeadDim), new ElementWork(output, ElementWork.Norm)],
            output,
            Cache[0].Of(context));
        program.AddCache(core, core, Cache[0].Name);
        return OutputProjection.Add(program, layer, new StepValue(core, output), Output(context.HiddenSize));
    }

    private IEnumerable<WeightSpec> Input(int hidden) =>
    [
        new("self_attn.qkv_proj", WeightClass.Attention, 3L * Heads * HeadDim, hidden) { Split = WeightSplit.Rows, Units = Heads },
        new("self_attn.output_gate", WeightClass.Attention, (long)Heads * HeadDim, hidden) { Split = WeightSplit.Rows, Units = Heads },
    ];

    private IEnumerable<WeightSpec> Core() =>
        [WeightSpec.Vector("self_attn.norm", WeightClass.Norm, (long)Heads * HeadDim) with { Split = WeightSplit.Rows, Units = Heads }];

    private IReadOnlyList<WeightSpec> Output(int hidden) =>
        [new("self_attn.out_proj", WeightClass.Attention, hidden, (long)Heads * HeadDim) { Split = WeightSplit.Columns, Units = Heads }];
}
