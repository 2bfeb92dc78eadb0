using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// The projection that ends a mixer. allGather: the heads are gathered over tp and the projection is replicated. Otherwise it is
/// row-parallel and owes a sum
/// over tp, which the stream's placement turns into an All-Reduce or a Reduce-Scatter.
/// </summary>
internal static class OutputProjection
{
    /// <summary>Adds it behind <paramref name="attended"/>, whose heads are split over tp.</summary>
    public static StepValue Add(ProgramBuilder program, LayerContext layer, StepValue attended, IReadOnlyList<WeightSpec> weights)
    {
        PhaseContext context = layer.Phase;
        string stem = layer.Spec.Mixer!.Stem;
        bool replicated = context.Mesh.Degree(Axis.Tp) == 1 || context.Strategy.AttentionOutput == AttentionOutput.AllGather;
        var site = new CollectiveSite(stem, stem == "attention" ? "attention output" : "mixer output", PhaseContext.BySequence);
        if (replicated)
            attended = program.Redistribute(attended, attended.Sharded.With((Axis.Tp, Placement.Replicate)), site);
        ShardedTensor output = context.Hidden.With((Axis.Tp, replicated ? Placement.Replicate : Placement.Partial));
        IReadOnlyList<PlacedWeight> placed = layer.Place(weights, replicated ? null : Axis.Tp);
        OperatorStep projection = program.Add(new OperatorStep
        {
            Op = Ops.OutputProjection,
            Name = replicated ? "Output Projection" : "Output Projection (row-parallel)",
            Mesh = context.Mesh,
            Split = replicated ? PhaseContext.BySequence : PhaseContext.BySequenceAndTensor,
            Sources = [StepSource.Data(attended)],
            Outputs = [output],
            Weights = placed,
            Work = [new LinearWork(output, placed)],
        });
        return program.Redistribute(new StepValue(projection, output), context.Stream, site);
    }
}
