using ParallelDag.Collectives;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// How a micro-batch leaves the last stage: final norm, SP GATHER of each sequence's last position, column-parallel LM head,
/// All-Gather of the logits over tp, sampling. A head that is the embedding matrix is read here and, where both ends are on one stage, held
/// there.
/// </summary>
public static class ExitSection
{
    /// <summary>The section.</summary>
    public static OperatorProgram Build(PhaseContext context, VocabularySpec vocabulary)
    {
        var program = new ProgramBuilder();
        DeviceMesh mesh = context.Mesh;
        var layer = new LayerContext(context, new LayerSpec { Norm = vocabulary.Norm });
        StepValue last = GatherLastPosition(program, context,
            layer.Norm(program, Ops.FinalNorm, "Final Norm", new StepValue(null, context.Stream)));

        ShardedTensor logits = LastPosition(context, ("vocab", vocabulary.Size)).With((Axis.Tp, Placement.Shard("vocab")));
        IReadOnlyList<PlacedWeight> weights = HeadWeights(context, vocabulary);
        OperatorStep head = program.Add(new OperatorStep
        {
            Op = Ops.LmHead,
            Name = mesh.Degree(Axis.Tp) > 1 ? "LM Head (column-parallel)" : "LM Head",
            Mesh = mesh,
            Split = [Axis.Tp],
            Sources = [StepSource.Data(last)],
            Outputs = [logits],
            Weights = weights,
            Work = [new LinearWork(logits, weights)],
        });
        StepValue gathered = program.Redistribute(
            new StepValue(head, logits), logits.With((Axis.Tp, Placement.Replicate)), new CollectiveSite("logits", "logits", []));

        var ids = new ShardedTensor(null, mesh, NumberFormat.Int32, [("batch_size", context.Batch), ("seq_len", 1)],
            gathered.Sharded.Placements);
        OperatorStep sampling = program.Add(new OperatorStep
        {
            Op = Ops.Sampling,
            Name = "Sampling",
            Mesh = mesh,
            Sources = [StepSource.Data(gathered)],
            Outputs = [ids],
        });
        return program.Build(new StepValue(sampling, ids));
    }

    private static IReadOnlyList<PlacedWeight> HeadWeights(PhaseContext context, VocabularySpec vocabulary)
    {
        NumberFormat format = context.Precision.Base;
        WeightSpec head = vocabulary.Head(context.HiddenSize);
        PlacedWeight matrix = vocabulary.Tied && context.Strategy.Pp == 1
            ? new BorrowedWeight(head, format, context.Mesh, Axis.Tp)
            : context.Place(head, format);
        return vocabulary.HeadBiasWeight is WeightSpec bias ? [matrix, context.Place(bias, format)] : [matrix];
    }

    /// <summary>[batch_size, 1, ...]: the last position of each sequence, on every sp and tp rank.</summary>
    private static ShardedTensor LastPosition(PhaseContext context, (string Name, long Size) trailing) =>
        new(null, context.Mesh, context.Precision.Activations, [("batch_size", context.Batch), ("seq_len", 1), trailing], [
            (Axis.Dp, Placement.Shard("batch_size")),
            (Axis.Ep, Placement.Shard("batch_size")),
        ]);

    /// <summary>
    /// The gather over the axes that split the stream's sequence (or, in a reduceScatter decode, its batch over tp) of what is needed of
    /// it:
    /// S = batch * hidden elements. Where nothing is split the LM head takes the last position itself.
    /// </summary>
    private static StepValue GatherLastPosition(ProgramBuilder program, PhaseContext context, StepValue stream)
    {
        ShardedTensor last = LastPosition(context, ("hidden", context.HiddenSize));
        RedistributionStep[] steps = [.. Redistribution.Plan(stream.Sharded, context.Hidden.With((Axis.Sp, Placement.Replicate)))];
        if (steps.Length == 0)
            return stream with { Tensor = last };

        // Both axes split the same thing, and what is gathered is one position: one collective over the union of their groups.
        Axis[] axes = [.. new[] { Axis.Sp, Axis.Tp }.Where(axis => Array.Exists(steps, step => step.Axes.Contains(axis)))];
        CollectiveKind collective = steps[0].Collective;
        OperatorStep gather = program.Add(new OperatorStep
        {
            Op = Ops.Gather,
            Name = axes.Contains(Axis.Sp) ? "SP GATHER (last position)" : "GATHER (last position)",
            Kind = NodeKind.Aggregation,
            Collective = collective,
            Mesh = context.Mesh,
            GroupAxes = axes,
            Sources = [StepSource.Data(stream)],
            Outputs = [last],
            Traffic = new WholeTraffic(collective, last),
        });
        return new StepValue(gather, last);
    }
}
