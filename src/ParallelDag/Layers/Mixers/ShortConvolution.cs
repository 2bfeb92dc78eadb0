using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// A gated short convolution (LFM2, arXiv 2511.23404): every channel is a gated sum over its last c positions. With e channels:
/// <code>
/// parameters  3*h*e + e*c + e*h     (B, C and x; the kernels; the output; + 3e, e and h with biases)
/// state       e*(c-1) a sequence
/// core FLOPs  2*c + 2 an element: the convolution and both gates
/// </code>
/// </summary>
public sealed record ShortConvolution : RecurrentMixer
{
    /// <summary>Channels, e.</summary>
    public required int Channels { get; init; }

    /// <summary>Positions of the convolution, c.</summary>
    public int ConvolutionKernel { get; init; } = 3;

    /// <summary>Biases on the projections and the convolution.</summary>
    public bool Bias { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<CachedTensor> Cache =>
        [new CachedTensor("conv state", "channels", Channels, ConvolutionKernel - 1) { WidthName = "state", PerSequence = true }];

    private protected override int RecurrentHeads => Channels;

    private protected override string Title => "short convolution";

    private protected override string Units => "channels";

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
        [.. SizeRule.Count("channels", Channels), .. SizeRule.Between("convolution", ConvolutionKernel, 2, SizeRule.MaxCount)];

    /// <inheritdoc/>
    public override IEnumerable<WeightSpec> Weights(int hidden) => [.. Input(hidden), .. Convolution(), .. Output(hidden)];

    /// <summary><c>short convolution 2048x3</c>.</summary>
    public override string ToString() => Words.Invariant($"{Title} {Channels}x{ConvolutionKernel}");

    /// <inheritdoc/>
    internal override StepValue Add(ProgramBuilder program, LayerContext layer, StepValue input)
    {
        PhaseContext context = layer.Phase;
        ShardedTensor Of(string? name) => context.Heads(name, "channels", Channels, 1);
        ShardedTensor output = Of(null);
        IReadOnlyList<ShardedTensor> projected = [Of("B"), Of("C"), Of("x")];
        OperatorStep projection = AddInput(program, layer, input, Input(context.HiddenSize), projected);
        OperatorStep core = program.Add(new OperatorStep
        {
            Op = Ops.ShortConvolution,
            Name = "Short Convolution",
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [.. projected.Select(tensor => new StepSource(projection, EdgeKind.Data, tensor))],
            Outputs = [output],
            Weights = layer.Place(Convolution()),
            Work = [new ElementWork(output, (2 * ConvolutionKernel) + 2)],
        });
        program.AddCache(projection, core, Cache[0].Name);
        return OutputProjection.Add(program, layer, new StepValue(core, output), Output(context.HiddenSize));
    }

    private IEnumerable<WeightSpec> Input(int hidden)
    {
        yield return new("conv.in_proj", WeightClass.Attention, 3L * Channels, hidden) { Split = WeightSplit.Rows, Units = Channels };
        if (Bias)
            yield return WeightSpec.Vector("conv.in_proj.bias", WeightClass.Small, 3L * Channels) with { Split = WeightSplit.Rows,
                Units = Channels };
    }

    private IEnumerable<WeightSpec> Convolution()
    {
        yield return new("conv.conv", WeightClass.Small, Channels, ConvolutionKernel) { Split = WeightSplit.Rows };
        if (Bias)
            yield return WeightSpec.Vector("conv.conv.bias", WeightClass.Small, Channels) with { Split = WeightSplit.Rows };
    }

    private IReadOnlyList<WeightSpec> Output(int hidden)
    {
        WeightSpec matrix = new("conv.out_proj", WeightClass.Attention, hidden, Channels) { Split = WeightSplit.Columns };
        return Bias ? [matrix, WeightSpec.Vector("conv.out_proj.bias", WeightClass.Small, hidden)] : [matrix];
    }
}
