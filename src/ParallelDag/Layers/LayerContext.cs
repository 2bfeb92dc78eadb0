using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>A layer in its phase: what the kinds declare their operators against.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Spec">The layer.</param>
internal sealed record LayerContext(PhaseContext Phase, LayerSpec Spec)
{
    /// <summary>A weight in its format, split over tp where it says so.</summary>
    public PlacedWeight Place(WeightSpec weight, Axis? axis = Axis.Tp) => Phase.Place(weight, Spec.FormatOf(weight, Phase.Precision), axis);

    /// <summary>Weights in their formats, split over tp where they say so.</summary>
    public IReadOnlyList<PlacedWeight> Place(IEnumerable<WeightSpec> weights, Axis? axis = Axis.Tp) =>
        [.. weights.Select(weight => Place(weight, axis))];

    /// <summary>Weights in their formats, split over the given axes where they say so.</summary>
    public IReadOnlyList<PlacedWeight> Place(IEnumerable<WeightSpec> weights, IReadOnlyList<Axis> axes) =>
        [.. weights.Select(weight => Phase.Place(weight, Spec.FormatOf(weight, Phase.Precision), axes))];

    /// <summary>
    /// A norm of the stream: 4 operations per element; weights h, 2h with a bias. The node is named after the kind of norm:
    /// <c>Attention Norm</c> becomes <c>Attention RMSNorm</c> or <c>Attention LayerNorm</c>.
    /// </summary>
    public StepValue Norm(ProgramBuilder program, string op, string name, StepValue stream)
    {
        OperatorStep norm = program.Add(new OperatorStep
        {
            Op = op,
            Name = name.Replace("Norm", Spec.Norm == NormKind.Rms ? "RMSNorm" : "LayerNorm", StringComparison.Ordinal),
            Mesh = Phase.Mesh,
            Split = PhaseContext.BySequence,
            Sources = [StepSource.Data(stream)],
            Outputs = [stream.Tensor],
            Weights = Place(LayerSpec.NormWeights(op, Spec.Norm, Phase.HiddenSize)),
            Work = [new ElementWork(stream.Tensor, ElementWork.Norm)],
        });
        return new StepValue(norm, stream.Tensor);
    }

    /// <summary>Residual additions: one operation per element and branch.</summary>
    public StepValue Residual(ProgramBuilder program, string op, StepValue stream, params IReadOnlyList<StepValue> branches)
    {
        OperatorStep add = program.Add(new OperatorStep
        {
            Op = op,
            Name = "Residual Add",
            Mesh = Phase.Mesh,
            Split = PhaseContext.BySequence,
            Sources = [.. branches.Select(StepSource.Data), StepSource.Data(stream)],
            Inputs = [stream.Tensor],
            Outputs = [stream.Tensor],
            Work = [new ElementWork(stream.Tensor, branches.Count)],
        });
        return new StepValue(add, stream.Tensor);
    }

    /// <summary>A tensor of tokens laid out like <paramref name="layout"/>, with other trailing dimensions.</summary>
    public static ShardedTensor TokensLike(
        ShardedTensor layout, string? name, Precisions.NumberFormat format, params ReadOnlySpan<(string Name, long Size)> trailing) =>
        new(name, layout.Mesh, format, [.. layout.Dimensions.Take(2), .. trailing], layout.Placements);
}
