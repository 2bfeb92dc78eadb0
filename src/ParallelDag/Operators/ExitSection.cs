using ParallelDag.Collectives;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// How a micro-batch leaves the last stage: final norm, SP GATHER of each sequence's last position, column-parallel LM head,
/// All-Gather of the logits over tp, sampling.
/// </summary>
public static class ExitSection
{
    private const int TokenIdBytes = 4;

    /// <summary>The section.</summary>
    public static OperatorProgram Build(PhaseContext context)
    {
        var program = new ProgramBuilder();
        ModelSpec model = context.Model;
        DeviceMesh mesh = context.Mesh;
        OperatorStep norm = Blocks.Norm(program, context, Ops.FinalNorm, "Final Norm", new StepValue(null, context.Stream));
        StepValue last = GatherLastPosition(program, context, new StepValue(norm, context.Stream));

        int tp = mesh.Degree(Axis.Tp);
        ShardedTensor logits = LastPosition(context, ("vocab", model.Vocab)).With((Axis.Tp, Placement.Shard("vocab")));
        bool headIsEmbedding = model.TiedEmbeddings && context.Strategy.Pp == 1;
        OperatorStep head = program.Add(
            Ops.LmHead,
            tp > 1 ? "LM Head (column-parallel)" : "LM Head",
            mesh,
            [Axis.Tp],
            [ProgramBuilder.Data(last)],
            [logits],
            rank => (Int128)2 * logits.LocalSize(rank, 0) * model.Hidden * logits.LocalSize(rank, 2),
            rank => headIsEmbedding ? 0 : logits.LocalSize(rank, 2) * model.Hidden * context.ElementBytes);
        StepValue gathered = program.Redistribute(
            new StepValue(head, logits), logits.With((Axis.Tp, Placement.Replicate)), new CollectiveSite("logits", "logits", []));

        var ids = new ShardedTensor(null, mesh, TokenIdBytes, [("batch_size", context.Batch), ("seq_len", 1)], gathered.Sharded.Placements);
        OperatorStep sampling = program.Add(Ops.Sampling, "Sampling", mesh, [], [ProgramBuilder.Data(gathered)], [ids]);
        return program.Build(new StepValue(sampling, ids));
    }

    /// <summary>[batch_size, 1, ...]: the last position of each sequence, on every sp and tp rank.</summary>
    private static ShardedTensor LastPosition(PhaseContext context, (string Name, long Size) trailing) =>
        new(null, context.Mesh, context.ElementBytes, [("batch_size", context.Batch), ("seq_len", 1), trailing], [
            (Axis.Dp, Placement.Shard("batch_size")),
            (Axis.Ep, Placement.Shard("batch_size")),
        ]);

    /// <summary>
    /// An All-Gather over the axes that split the stream's sequence (or, in a reduceScatter decode, its batch over tp) of what is needed of it:
    /// S = batch * hidden elements. Where nothing is split the LM head takes the last position itself.
    /// </summary>
    private static StepValue GatherLastPosition(ProgramBuilder program, PhaseContext context, StepValue stream)
    {
        ShardedTensor last = LastPosition(context, ("hidden", context.Model.Hidden));
        Axis[] axes = [.. new[] { Axis.Sp, Axis.Tp }.Where(axis => context.Mesh.Degree(axis) > 1 && stream.Sharded.PlacementOn(axis).Kind == PlacementKind.Shard)];
        if (axes.Length == 0)
            return stream with { Tensor = last };
        OperatorStep gather = program.AddCollective(
            Ops.Gather,
            Ops.Gather,
            axes.Contains(Axis.Sp) ? "SP GATHER (last position)" : "GATHER (last position)",
            CollectiveKind.AllGather,
            context.Mesh,
            axes,
            [],
            [ProgramBuilder.Data(stream)],
            [stream.Tensor],
            [last],
            group =>
            {
                long size = ((ITensor)last).LocalBytes(group[0]);
                return new Traffic(size, CollectiveCost.WireBytes(CollectiveKind.AllGather, group.Count, size));
            },
            NodeKind.Aggregation);
        return new StepValue(gather, last);
    }
}
