using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// How a micro-batch enters the first stage: SPLIT of the token ids over batch and sequence, vocabulary-parallel embedding,
/// and the sum over tp that the embedding owes.
/// </summary>
public static class EntrySection
{
    private const int TokenIdBytes = 4;

    /// <summary>The token ids of a micro-batch as the Input hands them over: everything on every rank.</summary>
    public static ShardedTensor TokenIds(PhaseContext context) =>
        new(null, context.Mesh, TokenIdBytes, [("batch_size", context.Batch), ("seq_len", context.SequenceLength)], []);

    /// <summary>The section.</summary>
    public static OperatorProgram Build(PhaseContext context)
    {
        var program = new ProgramBuilder();
        ModelSpec model = context.Model;
        var entering = new StepValue(null, TokenIds(context));
        ShardedTensor ids = context.Tokens(null, TokenIdBytes);
        StepValue local = entering with { Tensor = ids };
        if (context.Mesh.Degree([Axis.Dp, Axis.Ep, Axis.Sp]) > 1)
        {
            OperatorStep split = program.Add(
                Ops.Split, SplitName(context), context.Mesh, [], [ProgramBuilder.Data(entering)], [ids], kind: NodeKind.Routing);
            local = new StepValue(split, ids);
        }

        int tp = context.Mesh.Degree(Axis.Tp);
        ShardedTensor partial = context.Hidden.With((Axis.Tp, tp > 1 ? Placement.Partial : Placement.Replicate));
        OperatorStep embedding = program.Add(
            Ops.Embedding,
            tp > 1 ? "Embedding (vocabulary-parallel)" : "Embedding",
            context.Mesh,
            PhaseContext.BySequenceAndTensor,
            [ProgramBuilder.Data(local)],
            [partial],
            weightBytes: rank => ((Partition.Size(model.Vocab, tp, context.Mesh.Coordinate(rank, Axis.Tp)) + model.LearnedPositions) * model.Hidden * context.ElementBytes));
        StepValue stream = program.Redistribute(
            new StepValue(embedding, partial), context.Stream, new CollectiveSite("embedding", "embedding", PhaseContext.BySequence));
        return program.Build(stream);
    }

    private static string SplitName(PhaseContext context)
    {
        bool batch = context.Mesh.Degree([Axis.Dp, Axis.Ep]) > 1, sequence = context.Mesh.Degree(Axis.Sp) > 1;
        return batch && sequence ? "Batch and SP SPLIT" : sequence ? "SP SPLIT" : "Batch SPLIT";
    }
}
