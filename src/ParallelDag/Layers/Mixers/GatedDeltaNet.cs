using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// Gated delta net (Yang et al., arXiv 2412.06464), as Qwen3-Next and Qwen3.5 have it on three of four layers.
/// With K = nk*dk, W = nv*dv and a convolution of c positions:
/// <code>
/// parameters  h*(2K+2W) + 2*h*nv + (2K+W)*c + 2*nv + dv + W*h
/// state       nv*dk*dv of the recurrence and (2K+W)*(c-1) of the convolution, a sequence
/// core FLOPs  6*nv*dk*dv a token: the state's answer to the key, its update, its answer to the query (2mkn each)
/// </code>
/// </summary>
public sealed record GatedDeltaNet : DeltaNet
{
    /// <summary>Heads of queries and keys, nk.</summary>
    public required int KeyHeads { get; init; }

    /// <summary>Heads of values, nv; a multiple of <see cref="KeyHeads"/>.</summary>
    public required int ValueHeads { get; init; }

    /// <summary>Width of a key head, dk.</summary>
    public required int KeyHeadDim { get; init; }

    /// <summary>Width of a value head, dv.</summary>
    public required int ValueHeadDim { get; init; }

    /// <summary>How the recurrent state is stored; null: as activations are.</summary>
    public NumberFormat? StateFormat { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<CachedTensor> Cache =>
    [
        new CachedTensor("state", "value_heads", ValueHeads, (long)KeyHeadDim * ValueHeadDim) { WidthName = "state", PerSequence = true,
            Format = StateFormat },
        new CachedTensor("conv state", "key_heads", KeyHeads, (long)ChannelsOfKeyHead * (ConvolutionKernel - 1)) { WidthName = "state",
            PerSequence = true },
    ];

    private protected override int RecurrentHeads => KeyHeads;

    private protected override string Title => "gated delta net";

    private protected override (string Op, string Name) Recurrence => (Ops.GatedDeltaNet, "Gated Delta Net");

    private protected override long HeadFlops => 6L * KeyHeadDim * ValueHeadDim;

    private int ChannelsOfKeyHead => (2 * KeyHeadDim) + (ValueHeads / KeyHeads * ValueHeadDim);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
    [
        .. SizeRule.Count("keyHeads", KeyHeads), .. SizeRule.Count("valueHeads", ValueHeads), .. SizeRule.Width("keyHeadDim", KeyHeadDim),
        .. SizeRule.Width("valueHeadDim", ValueHeadDim), .. SizeRule.Count("convolution", ConvolutionKernel),
        .. KeyHeads > 0 && ValueHeads % KeyHeads != 0
            ? new[] { ("valueHeads",
                Words.Invariant($"{ValueHeads} value heads are no multiple of {KeyHeads} key heads; give one that is")) } : [],
    ];

    /// <summary><c>gated delta net 16/32</c>.</summary>
    public override string ToString() => Words.Invariant($"{Title} {KeyHeads}/{ValueHeads}");

    private protected override (ShardedTensor Channels, ShardedTensor Gate, ShardedTensor Decay, ShardedTensor Output) Tensors(
        PhaseContext context) =>
        (context.Heads("QKV", "key_heads", KeyHeads, ChannelsOfKeyHead), context.Heads("gate", "value_heads", ValueHeads, ValueHeadDim),
            context.Heads("decay", "value_heads", ValueHeads, 2), context.Heads(null, "value_heads", ValueHeads, ValueHeadDim));

    private protected override IEnumerable<WeightSpec> Input(int hidden)
    {
        long keys = (long)KeyHeads * KeyHeadDim, values = (long)ValueHeads * ValueHeadDim;
        return
        [
            new("linear_attn.in_proj_qkvz", WeightClass.Attention, (2 * keys) + (2 * values), hidden) { Split = WeightSplit.Rows,
                Units = KeyHeads },
            new("linear_attn.in_proj_ba", WeightClass.Small, 2L * ValueHeads, hidden) { Split = WeightSplit.Rows, Units = KeyHeads },
        ];
    }

    private protected override IEnumerable<WeightSpec> Convolution() =>
        [new("linear_attn.conv1d", WeightClass.Small, (long)KeyHeads * ChannelsOfKeyHead, ConvolutionKernel) { Split = WeightSplit.Rows,
            Units = KeyHeads }];

    private protected override IEnumerable<WeightSpec> Core() =>
    [
        WeightSpec.Vector("linear_attn.A_log", WeightClass.Small, ValueHeads) with { Split = WeightSplit.Rows },
        WeightSpec.Vector("linear_attn.dt_bias", WeightClass.Small, ValueHeads) with { Split = WeightSplit.Rows },
        WeightSpec.Vector("linear_attn.norm", WeightClass.Norm, ValueHeadDim),
    ];

    private protected override IReadOnlyList<WeightSpec> Output(int hidden) =>
        [new("linear_attn.out_proj", WeightClass.Attention, hidden, (long)ValueHeads * ValueHeadDim) { Split = WeightSplit.Columns,
            Units = ValueHeads }];
}
