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
        vocabulary = vocabulary.PaddedTo(context.Strategy.VocabPadding);
        var layer = new LayerContext(context, new LayerSpec { Norm = vocabulary.Norm });
        StepValue last = GatherLastPosition(program, context,
            layer.Norm(program, Ops.FinalNorm, "Final Norm", new StepValue(null, context.Stream)));

        StepValue gathered = AddHead(program, context, vocabulary, last);

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

    /// <summary>
    /// The LM head and what brings the logits of its sequences to each rank. Split over tp: an All-Gather of the logits over tp. Split over
    /// data-parallel axes too: the last positions gathered over them before, and an All-to-All from Shard(vocab) to Shard(batch) behind.
    /// </summary>
    private static StepValue AddHead(ProgramBuilder program, PhaseContext context, VocabularySpec vocabulary, StepValue last)
    {
        DeviceMesh mesh = context.Mesh;
        IReadOnlyList<Axis> axes = context.HeadAxes;
        Axis[] gathered = [.. axes.Intersect(TokenSpread.AxesOf(last.Sharded))];
        StepValue tokens = gathered.Length == 0 ? last : program.RedistributeAtOnce(
            [StepSource.Data(last)], last.Sharded, last.Sharded.With([.. gathered.Select(axis => (axis, Placement.Replicate))]),
            new CollectiveSite("head", "last positions", []));
        ShardedTensor own = LastPosition(context, ("vocab", vocabulary.Size));
        ShardedTensor logits = own.With([.. axes.Select(axis => (axis, Placement.Shard("vocab")))]);
        IReadOnlyList<PlacedWeight> weights = HeadWeights(context, vocabulary, axes);
        OperatorStep head = program.Add(new OperatorStep
        {
            Op = Ops.LmHead,
            Name = mesh.Degree(axes) > 1 ? "LM Head (column-parallel)" : "LM Head",
            Mesh = mesh,
            Split = axes,
            Sources = [StepSource.Data(tokens)],
            Outputs = [logits],
            Weights = weights,
            Work = [new LinearWork(logits, weights)],
        });
        var site = new CollectiveSite("logits", "logits", []);
        var yielded = new StepValue(head, logits);
        if (gathered.Length > 0)
        {
            ShardedTensor ofSequences = own.With([.. axes.Except(gathered).Select(axis => (axis, Placement.Shard("vocab")))]);
            yielded = program.RedistributeAtOnce([StepSource.Data(yielded)], logits, ofSequences, site);
        }

        return program.Redistribute(yielded, own, site);
    }

    private static IReadOnlyList<PlacedWeight> HeadWeights(PhaseContext context, VocabularySpec vocabulary, IReadOnlyList<Axis> axes)
    {
        NumberFormat format = context.Precision.Base;
        WeightSpec head = vocabulary.Head(context.HiddenSize);

        // The embedding is split over tp: a finer part of it lies there too, the whole does not.
        bool resident = vocabulary.Tied && context.Strategy.Pp == 1 && (axes.Contains(Axis.Tp) || context.Mesh.Degree(Axis.Tp) == 1);
        PlacedWeight matrix = resident ? new BorrowedWeight(head, format, context.Mesh, axes) : context.Place(head, format, axes);
        return vocabulary.HeadBiasWeight is WeightSpec bias ? [matrix, context.Place(bias, format, axes)] : [matrix];
    }

    /// <summary>[batch_size, 1, ...]: the last position of each sequence, on every sp and tp rank.</summary>
    private static ShardedTensor LastPosition(PhaseContext context, (string Name, long Size) trailing) =>
        new(null, context.Mesh, context.Precision.Activations, [("batch_size", context.Batch), ("seq_len", 1), trailing], [
            (Axis.Replica, Placement.Shard("batch_size")),
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
