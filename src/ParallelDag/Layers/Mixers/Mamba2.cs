using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// Mamba-2, a selective state space (Dao and Gu, arXiv 2405.21060), as Nemotron-H has it. With di = heads*dim, cd = di + 2*g*s and a
/// convolution of c positions:
/// <code>
/// parameters  h*(2*di + 2*g*s + nh) + cd*c + cd + 3*nh + di + di*h
/// state       nh*dim*s of the recurrence (32-bit) and cd*(c-1) of the convolution, a sequence
/// core FLOPs  4*nh*dim*s a token: the state's update and its answer (2mkn each)
/// </code>
/// Groups that are fewer than the tp ranks are replicated, one a rank, as vLLM does.
/// </summary>
public sealed record Mamba2 : RecurrentMixer
{
    /// <summary>Heads, nh.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of a head, dim.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Groups that share B and C, g.</summary>
    public required int Groups { get; init; }

    /// <summary>Elements of a state, s.</summary>
    public required int StateSize { get; init; }

    /// <summary>Positions of the convolution, c.</summary>
    public int ConvolutionKernel { get; init; } = 4;

    /// <summary>A bias on the convolution.</summary>
    public bool ConvolutionBias { get; init; } = true;

    /// <summary>How the recurrent state is stored.</summary>
    public NumberFormat StateFormat { get; init; } = NumberFormat.Fp32;

    /// <inheritdoc/>
    public override IReadOnlyList<CachedTensor> Cache =>
    [
        new CachedTensor("state", "heads", Heads, (long)HeadDim * StateSize) { WidthName = "state", PerSequence = true,
            Format = StateFormat },
        new CachedTensor("x state", "heads", Heads, (long)HeadDim * (ConvolutionKernel - 1)) { WidthName = "state", PerSequence = true },
        new CachedTensor("BC state", "groups", Groups, 2L * StateSize * (ConvolutionKernel - 1)) { WidthName = "state",
            PerSequence = true },
    ];

    private protected override int RecurrentHeads => Heads;

    private protected override string Title => "Mamba-2";

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
    [
        .. SizeRule.Count("heads", Heads), .. SizeRule.Width("headDim", HeadDim), .. SizeRule.Count("groups", Groups),
            .. SizeRule.Width("state", StateSize),
        .. SizeRule.Count("convolution", ConvolutionKernel),
    ];

    /// <inheritdoc/>
    public override IEnumerable<WeightSpec> Weights(int hidden) => [.. Input(hidden), .. Convolution(), .. Core(), .. Output(hidden)];

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Refusals(PhaseKind phase, PhaseStrategy strategy)
    {
        foreach ((string, string) refusal in base.Refusals(phase, strategy))
            yield return refusal;
        if (Groups % strategy.Tp != 0 && strategy.Tp % Groups != 0)
            yield return ("tp", $"the {Groups} groups of a Mamba-2 neither divide over tp {strategy.Tp} nor replicate over it; "
                + "choose a tp that divides them or is a multiple of them");
    }

    /// <summary><c>Mamba-2 64x64</c>.</summary>
    public override string ToString() => Words.Invariant($"{Title} {Heads}x{HeadDim}");

    /// <inheritdoc/>
    internal override StepValue Add(ProgramBuilder program, LayerContext layer, StepValue input)
    {
        PhaseContext context = layer.Phase;
        ShardedTensor x = context.Heads("x", "heads", Heads, HeadDim), gate = context.Heads("gate", "heads", Heads, HeadDim);
        ShardedTensor steps = context.Heads("dt", "heads", Heads, 1);
        ShardedTensor groups = context.Heads("BC", "groups", Math.Max(Groups, context.Mesh.Degree(Axis.Tp)), 2L * StateSize);
        OperatorStep projection = AddInput(program, layer, input, Input(context.HiddenSize), x, groups, gate, steps);
        OperatorStep convolution = AddConvolution(program, layer, projection, Convolution(), ConvolutionKernel, x, groups);
        ShardedTensor output = context.Heads(null, "heads", Heads, HeadDim);
        OperatorStep core = AddRecurrence(
            program,
            layer,
            Ops.SelectiveScan,
            "State Space (Mamba-2)",
            [
                new StepSource(convolution, EdgeKind.Data, x), new StepSource(convolution, EdgeKind.Data, groups),
                new StepSource(projection, EdgeKind.Data, gate), new StepSource(projection, EdgeKind.Data, steps),
            ],
            Core(),
            [new UnitWork(output, 4L * HeadDim * StateSize), new ElementWork(output, ElementWork.Norm)],
            output,
            Cache[0].Of(context));
        program.AddCache(core, core, Cache[0].Name);
        program.AddCache(projection, convolution, Cache[1].Name, Cache[2].Name);
        return OutputProjection.Add(program, layer, new StepValue(core, output), Output(context.HiddenSize));
    }

    private IEnumerable<WeightSpec> Input(int hidden) =>
    [
        new("mixer.in_proj", WeightClass.Attention, 2L * Heads * HeadDim, hidden) { Split = WeightSplit.Rows, Units = Heads },
        new("mixer.in_proj", WeightClass.Attention, 2L * Groups * StateSize, hidden) { Split = WeightSplit.Rows, Units = Groups },
        new("mixer.in_proj", WeightClass.Attention, Heads, hidden) { Split = WeightSplit.Rows },
    ];

    private IEnumerable<WeightSpec> Convolution()
    {
        WeightSpec[] kernels =
        [
            new("mixer.conv1d", WeightClass.Small, (long)Heads * HeadDim, ConvolutionKernel) { Split = WeightSplit.Rows, Units = Heads },
            new("mixer.conv1d", WeightClass.Small, 2L * Groups * StateSize, ConvolutionKernel) { Split = WeightSplit.Rows, Units = Groups },
        ];
        return ConvolutionBias ? [.. kernels, .. kernels.Select(kernel => kernel with { Module = "mixer.conv1d.bias", Columns = 1 })]
            : kernels;
    }

    private IEnumerable<WeightSpec> Core() =>
    [
        WeightSpec.Vector("mixer.A_log", WeightClass.Small, Heads) with { Split = WeightSplit.Rows },
        WeightSpec.Vector("mixer.D", WeightClass.Small, Heads) with { Split = WeightSplit.Rows },
        WeightSpec.Vector("mixer.dt_bias", WeightClass.Small, Heads) with { Split = WeightSplit.Rows },
        WeightSpec.Vector("mixer.norm", WeightClass.Norm, (long)Heads * HeadDim) with { Split = WeightSplit.Rows, Units = Heads },
    ];

    private IReadOnlyList<WeightSpec> Output(int hidden) =>
        [new("mixer.out_proj", WeightClass.Attention, hidden, (long)Heads * HeadDim) { Split = WeightSplit.Columns, Units = Heads }];
}
