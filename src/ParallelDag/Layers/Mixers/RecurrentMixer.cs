using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// A mixer that carries a state of fixed size along the sequence in place of a growing cache: input projection, where it has one a causal
/// convolution, the
/// recurrence, output projection. Heads are split over tp; the sequence cannot be split, as each position needs the state behind the one
/// before.
/// </summary>
public abstract record RecurrentMixer : Mixer
{
    private protected RecurrentMixer()
    {
    }

    /// <inheritdoc/>
    internal override string Stem => "mixer";

    /// <summary>Heads of the recurrence.</summary>
    private protected abstract int RecurrentHeads { get; }

    /// <summary>What tp splits, in a message.</summary>
    private protected virtual string Units => "heads";

    /// <summary>What it is called in a message.</summary>
    private protected abstract string Title { get; }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Refusals(PhaseKind phase, PhaseStrategy strategy)
    {
        if (RecurrentHeads % strategy.Tp != 0)
            yield return ("tp", $"the {RecurrentHeads} {Units} of a {Title} do not divide evenly over tp {strategy.Tp}; "
                + "choose a tp that divides them");
        if (phase == PhaseKind.Prefill && strategy.Sp > 1)
            yield return ("sp", $"a {Title} carries its state along the sequence, which sp {strategy.Sp} would split; set sp to 1");
    }

    /// <summary>The column-parallel projection of the stream into everything that the recurrence reads.</summary>
    private protected static OperatorStep AddInput(
        ProgramBuilder program, LayerContext layer, StepValue input, IEnumerable<WeightSpec> weights,
            params IReadOnlyList<ShardedTensor> outputs)
    {
        IReadOnlyList<PlacedWeight> placed = layer.Place(weights);
        return program.Add(new OperatorStep
        {
            Op = Ops.MixerProjection,
            Name = layer.Phase.Mesh.Degree(Axis.Tp) > 1 ? "Input Projection (column-parallel)" : "Input Projection",
            Mesh = layer.Phase.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [StepSource.Data(input)],
            Outputs = outputs,
            Weights = placed,
            Work = [new LinearWork(outputs[0], placed)],
        });
    }

    /// <summary>
    /// A causal depthwise convolution over the last <paramref name="kernel"/> positions of each channel: 2*kernel operations per element.
    /// </summary>
    private protected static OperatorStep AddConvolution(
        ProgramBuilder program, LayerContext layer, OperatorStep projection, IEnumerable<WeightSpec> weights, int kernel,
            params IReadOnlyList<ShardedTensor> channels)
    {
        OperatorStep convolution = program.Add(new OperatorStep
        {
            Op = Ops.MixerConvolution,
            Name = "Causal Convolution",
            Mesh = layer.Phase.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [.. channels.Select(tensor => new StepSource(projection, EdgeKind.Data, tensor))],
            Outputs = channels,
            Weights = layer.Place(weights),
            Work = [.. channels.Select(tensor => new ElementWork(tensor, 2 * kernel))],
        });
        return convolution;
    }

    /// <summary>The recurrence itself. Decode and later chunks read the states of their sequences and write them back; a prompt's
    /// beginning writes them.</summary>
    private protected static OperatorStep AddRecurrence(
        ProgramBuilder program, LayerContext layer, string op, string name, IReadOnlyList<StepSource> sources,
            IEnumerable<WeightSpec> weights, IReadOnlyList<Work> work,
        ShardedTensor output, ShardedTensor state) => program.Add(new OperatorStep
        {
            Op = op,
            Name = name,
            Mesh = layer.Phase.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = sources,
            Inputs = layer.Phase.Length == layer.Phase.SequenceLength ? [.. sources.Select(source => source.Tensor)]
                : [.. sources.Select(source => source.Tensor), state],
            Outputs = [output, state],
            States = [state],
            Weights = layer.Place(weights),
            Work = work,
        });
}
