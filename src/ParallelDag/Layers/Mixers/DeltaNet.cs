using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// A recurrence whose state answers to keys, is corrected by what it should have answered (the delta rule) and decays, behind a causal
/// convolution of Q, K and V and before a norm with an output gate.
/// </summary>
public abstract record DeltaNet : RecurrentMixer
{
    private protected DeltaNet()
    {
    }

    /// <summary>Positions of the convolution, c.</summary>
    public int ConvolutionKernel { get; init; } = 4;

    /// <summary>The operator of the recurrence, and its name in a graph.</summary>
    private protected abstract (string Op, string Name) Recurrence { get; }

    /// <summary>Operations of the recurrence for a token and head of values.</summary>
    private protected abstract long HeadFlops { get; }

    /// <inheritdoc/>
    public override IEnumerable<WeightSpec> Weights(int hidden) => [.. Input(hidden), .. Convolution(), .. Core(), .. Output(hidden)];

    /// <inheritdoc/>
    internal override StepValue Add(ProgramBuilder program, LayerContext layer, StepValue input)
    {
        PhaseContext context = layer.Phase;
        (ShardedTensor channels, ShardedTensor gate, ShardedTensor decay, ShardedTensor output) = Tensors(context);
        OperatorStep projection = AddInput(program, layer, input, Input(context.HiddenSize), channels, gate, decay);
        OperatorStep convolution = AddConvolution(program, layer, projection, Convolution(), ConvolutionKernel, channels);
        OperatorStep core = AddRecurrence(
            program,
            layer,
            Recurrence.Op,
            Recurrence.Name,
            [StepSource.Data(convolution), new StepSource(projection, EdgeKind.Data, gate),
                new StepSource(projection, EdgeKind.Data, decay)],
            Core(),
            [new UnitWork(output, HeadFlops), new ElementWork(output, ElementWork.Norm)],
            output,
            Cache[0].Of(context));
        program.AddCache(core, core, Cache[0].Name);
        program.AddCache(projection, convolution, Cache[1].Name);
        return OutputProjection.Add(program, layer, new StepValue(core, output), Output(context.HiddenSize));
    }

    /// <summary>Q, K and V; the output gate; the decay and the strength of the correction; what the recurrence yields.</summary>
    private protected abstract (ShardedTensor Channels, ShardedTensor Gate, ShardedTensor Decay, ShardedTensor Output) Tensors(
        PhaseContext context);

    private protected abstract IEnumerable<WeightSpec> Input(int hidden);

    private protected abstract IEnumerable<WeightSpec> Convolution();

    private protected abstract IEnumerable<WeightSpec> Core();

    private protected abstract IReadOnlyList<WeightSpec> Output(int hidden);
}
