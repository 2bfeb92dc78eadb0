using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// Kimi delta attention (arXiv 2510.26692), as Kimi-Linear has it on three of four layers: a delta net whose decay is a vector a head, from
/// a projection of low rank, as is that of the output gate. With W = a*d and a convolution of c positions:
/// <code>
/// parameters  3*h*W + 3*W*c + 2*(h*d + d*W) + h*a + a + W + d + W*h
/// state       a*d*d of the recurrence (32-bit) and 3*W*(c-1) of the convolution, a sequence
/// core FLOPs  6*a*d*d a token: the state's answer to the key, its update, its answer to the query (2mkn each)
/// </code>
/// </summary>
public sealed record KimiDeltaAttention : DeltaNet
{
    /// <summary>Heads, a.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of a head, d; of the low-rank projections too.</summary>
    public required int HeadDim { get; init; }

    /// <summary>How the recurrent state is stored.</summary>
    public NumberFormat StateFormat { get; init; } = NumberFormat.Fp32;

    /// <inheritdoc/>
    public override IReadOnlyList<CachedTensor> Cache =>
    [
        new CachedTensor("state", "heads", Heads, (long)HeadDim * HeadDim) { WidthName = "state", PerSequence = true,
            Format = StateFormat },
        new CachedTensor("conv state", "heads", Heads, 3L * HeadDim * (ConvolutionKernel - 1)) { WidthName = "state", PerSequence = true },
    ];

    private protected override int RecurrentHeads => Heads;

    private protected override string Title => "Kimi delta attention";

    private protected override (string Op, string Name) Recurrence => (Ops.KimiDeltaAttention, "Kimi Delta Attention");

    private protected override long HeadFlops => 6L * HeadDim * HeadDim;

    private long Width => (long)Heads * HeadDim;

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
        [.. SizeRule.Count("heads", Heads), .. SizeRule.Width("headDim", HeadDim), .. SizeRule.Count("convolution", ConvolutionKernel)];

    /// <summary><c>Kimi delta attention 32x128</c>.</summary>
    public override string ToString() => Words.Invariant($"{Title} {Heads}x{HeadDim}");

    private protected override (ShardedTensor Channels, ShardedTensor Gate, ShardedTensor Decay, ShardedTensor Output) Tensors(
        PhaseContext context) =>
        (context.Heads("QKV", "heads", Heads, 3L * HeadDim), context.Heads("gate", "heads", Heads, HeadDim),
            context.Heads("decay", "heads", Heads, HeadDim + 1), context.Heads(null, "heads", Heads, HeadDim));

    private protected override IEnumerable<WeightSpec> Input(int hidden)
    {
        foreach (string name in (string[])["q_proj", "k_proj", "v_proj"])
            yield return new("self_attn." + name, WeightClass.Attention, Width, hidden) { Split = WeightSplit.Rows, Units = Heads };
        foreach (string name in (string[])["f", "g"])
        {
            yield return new($"self_attn.{name}_a_proj", WeightClass.Attention, HeadDim, hidden);
            yield return new($"self_attn.{name}_b_proj", WeightClass.Attention, Width, HeadDim) { Split = WeightSplit.Rows, Units = Heads };
        }

        yield return new("self_attn.b_proj", WeightClass.Attention, Heads, hidden) { Split = WeightSplit.Rows };
    }

    private protected override IEnumerable<WeightSpec> Convolution() =>
        [new("self_attn.conv1d", WeightClass.Small, 3 * Width, ConvolutionKernel) { Split = WeightSplit.Rows, Units = Heads }];

    private protected override IEnumerable<WeightSpec> Core() =>
    [
        WeightSpec.Vector("self_attn.A_log", WeightClass.Small, Heads) with { Split = WeightSplit.Rows },
        WeightSpec.Vector("self_attn.dt_bias", WeightClass.Small, Width) with { Split = WeightSplit.Rows, Units = Heads },
        WeightSpec.Vector("self_attn.o_norm", WeightClass.Norm, HeadDim),
    ];

    private protected override IReadOnlyList<WeightSpec> Output(int hidden) =>
        [new("self_attn.o_proj", WeightClass.Attention, hidden, Width) { Split = WeightSplit.Columns, Units = Heads }];
}
