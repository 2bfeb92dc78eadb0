using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// Mamba, a selective state space (Gu and Dao, arXiv 2312.00752), as Jamba has it, with norms on dt, B and C. With inner width di, state s,
/// time-step rank r and a
/// convolution of c positions:
/// <code>
/// parameters  h*2*di + di*c + di + di*(r + 2*s) + r*di + di + di*s + di + (r + 2*s) + di*h
/// state       di*s of the recurrence and di*(c-1) of the convolution, a sequence
/// core FLOPs  4*di*s a token: the state's update and its answer (2mkn each)
/// </code>
/// Channels are split over tp; the time step, B and C that all channels share owe a sum over it.
/// </summary>
public sealed record Mamba1 : RecurrentMixer
{
    /// <summary>Channels, di.</summary>
    public required int Inner { get; init; }

    /// <summary>Elements of a channel's state, s.</summary>
    public required int StateSize { get; init; }

    /// <summary>Rank of the time step, r.</summary>
    public required int TimeStepRank { get; init; }

    /// <summary>Positions of the convolution, c.</summary>
    public int ConvolutionKernel { get; init; } = 4;

    /// <summary>A bias on the convolution.</summary>
    public bool ConvolutionBias { get; init; } = true;

    /// <summary>Biases on the input and output projections.</summary>
    public bool ProjectionBias { get; init; }

    /// <summary>Norms on time step, B and C (Jamba).</summary>
    public bool ParameterNorms { get; init; } = true;

    /// <summary>How the recurrent state is stored; null: as activations are.</summary>
    public NumberFormat? StateFormat { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<CachedTensor> Cache =>
    [
        new CachedTensor("state", "channels", Inner, StateSize) { WidthName = "state", PerSequence = true, Format = StateFormat },
        new CachedTensor("conv state", "channels", Inner, ConvolutionKernel - 1) { WidthName = "state", PerSequence = true },
    ];

    private protected override int RecurrentHeads => Inner;

    private protected override string Title => "Mamba";

    private int Shared => TimeStepRank + (2 * StateSize);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
    [
        .. SizeRule.Width("inner", Inner), .. SizeRule.Width("state", StateSize), .. SizeRule.Width("timeStepRank", TimeStepRank),
        .. SizeRule.Count("convolution", ConvolutionKernel),
    ];

    /// <inheritdoc/>
    public override IEnumerable<WeightSpec> Weights(int hidden) =>
        [.. Input(hidden), .. Convolution(), .. Parameters(), .. ParameterNormWeights(), .. Core(), .. Output(hidden)];

    /// <summary><c>Mamba 8192x16</c>.</summary>
    public override string ToString() => Words.Invariant($"{Title} {Inner}x{StateSize}");

    /// <inheritdoc/>
    internal override StepValue Add(ProgramBuilder program, LayerContext layer, StepValue input)
    {
        PhaseContext context = layer.Phase;
        ShardedTensor Channels(string? name) => context.Heads(name, "channels", Inner, 1);
        ShardedTensor x = Channels("x"), gate = Channels("gate"), output = Channels(null);
        OperatorStep projection = AddInput(program, layer, input, Input(context.HiddenSize), x, gate);
        OperatorStep convolution = AddConvolution(program, layer, projection, Convolution(), ConvolutionKernel, x);

        ShardedTensor owed = context.Tokens(null, ("parameters", Shared))
            .With((Axis.Tp, context.Mesh.Degree(Axis.Tp) > 1 ? Placement.Partial : Placement.Replicate));
        IReadOnlyList<PlacedWeight> weights = layer.Place(Parameters());
        OperatorStep parameters = program.Add(new OperatorStep
        {
            Op = Ops.StateParameters,
            Name = context.Mesh.Degree(Axis.Tp) > 1 ? "State Parameters (row-parallel)" : "State Parameters",
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [StepSource.Data(convolution)],
            Outputs = [owed],
            Weights = weights,
            Work = [new LinearWork(owed, weights)],
        });
        StepValue whole = program.Redistribute(
            new StepValue(parameters, owed), owed.With((Axis.Tp, Placement.Replicate)),
                new CollectiveSite("state", "state parameters", PhaseContext.BySequence));

        IReadOnlyList<PlacedWeight> core = layer.Place(Core());
        var work = new List<Work> { new UnitWork(output, 4L * StateSize), new LinearWork(output, [core[0]]) };
        if (ParameterNorms)
            work.Add(new ElementWork(whole.Tensor, ElementWork.Norm));
        OperatorStep scan = AddRecurrence(
            program,
            layer,
            Ops.SelectiveScan,
            "State Space (Mamba)",
            [StepSource.Data(convolution), StepSource.Data(whole), new StepSource(projection, EdgeKind.Data, gate)],
            [.. ParameterNormWeights(), .. Core()],
            work,
            output,
            Cache[0].Of(context));
        program.AddCache(scan, scan, Cache[0].Name);
        program.AddCache(projection, convolution, Cache[1].Name);
        return OutputProjection.Add(program, layer, new StepValue(scan, output), Output(context.HiddenSize));
    }

    private IEnumerable<WeightSpec> Input(int hidden)
    {
        yield return new WeightSpec("mamba.in_proj", WeightClass.Attention, 2L * Inner, hidden) { Split = WeightSplit.Rows, Units = Inner };
        if (ProjectionBias)
            yield return WeightSpec.Vector("mamba.in_proj.bias", WeightClass.Small, 2L * Inner) with { Split = WeightSplit.Rows,
                Units = Inner };
    }

    private IEnumerable<WeightSpec> Convolution()
    {
        yield return new WeightSpec("mamba.conv1d", WeightClass.Small, Inner, ConvolutionKernel) { Split = WeightSplit.Rows };
        if (ConvolutionBias)
            yield return WeightSpec.Vector("mamba.conv1d.bias", WeightClass.Small, Inner) with { Split = WeightSplit.Rows };
    }

    private IEnumerable<WeightSpec> Parameters() =>
        [new("mamba.x_proj", WeightClass.Attention, Shared, Inner) { Split = WeightSplit.Columns }];

    private IEnumerable<WeightSpec> ParameterNormWeights() =>
        ParameterNorms ? [WeightSpec.Vector("mamba.norms", WeightClass.Norm, Shared)] : [];

    private IEnumerable<WeightSpec> Core() =>
    [
        new("mamba.dt_proj", WeightClass.Attention, Inner, TimeStepRank) { Split = WeightSplit.Rows },
        WeightSpec.Vector("mamba.dt_proj.bias", WeightClass.Small, Inner) with { Split = WeightSplit.Rows },
        new("mamba.A_log", WeightClass.Small, Inner, StateSize) { Split = WeightSplit.Rows },
        WeightSpec.Vector("mamba.D", WeightClass.Small, Inner) with { Split = WeightSplit.Rows },
    ];

    private IReadOnlyList<WeightSpec> Output(int hidden)
    {
        var projection = new WeightSpec("mamba.out_proj", WeightClass.Attention, hidden, Inner) { Split = WeightSplit.Columns };
        return ProjectionBias ? [projection, WeightSpec.Vector("mamba.out_proj.bias", WeightClass.Small, hidden)] : [projection];
    }
}
