using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// How a micro-batch enters the first stage: SPLIT of the token ids over batch and sequence, vocabulary-parallel embedding,
/// and the sum over tp that the embedding owes.
/// </summary>
public static class EntrySection
{
    /// <summary>The token ids of a micro-batch as the Input hands them over: everything on every rank.</summary>
    public static ShardedTensor TokenIds(PhaseContext context) =>
        new(null, context.Mesh, NumberFormat.Int32, [("batch_size", context.Batch), ("seq_len", context.SequenceLength)], []);

    /// <summary>The section.</summary>
    public static OperatorProgram Build(PhaseContext context, VocabularySpec vocabulary)
    {
        var program = new ProgramBuilder();
        vocabulary = vocabulary.PaddedTo(context.Strategy.VocabPadding);
        var entering = new StepValue(null, TokenIds(context));
        ShardedTensor ids = context.Tokens(null, NumberFormat.Int32);
        StepValue local = entering with { Tensor = ids };
        if (context.Mesh.Degree([Axis.Replica, Axis.Dp, Axis.Ep, Axis.Sp]) > 1)
        {
            OperatorStep split = program.Add(new OperatorStep
            {
                Op = Ops.Split,
                Name = SplitName(context),
                Kind = NodeKind.Routing,
                Mesh = context.Mesh,

                // Requests come to an instance by themselves; what its ranks split of them they copy.
                Kernel = context.Mesh.Degree([Axis.Dp, Axis.Ep, Axis.Sp]) > 1 ? KernelClass.Elementwise : KernelClass.None,
                Sources = [StepSource.Data(entering)],
                Outputs = [ids],
            });
            local = new StepValue(split, ids);
        }

        bool parallel = context.Mesh.Degree(Axis.Tp) > 1;
        ShardedTensor partial = context.Hidden.With((Axis.Tp, parallel ? Placement.Partial : Placement.Replicate));
        OperatorStep embedding = program.Add(new OperatorStep
        {
            Op = Ops.Embedding,
            Name = parallel ? "Embedding (vocabulary-parallel)" : "Embedding",
            Mesh = context.Mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [StepSource.Data(local)],
            Outputs = [partial],
            Weights = [.. vocabulary.EmbeddingWeights(context.HiddenSize)
                .Select(weight => new LookupWeight(weight, context.Precision.Base, context.Mesh, Axis.Tp, ids))],
        });
        StepValue stream = program.Redistribute(
            new StepValue(embedding, partial), context.Stream, new CollectiveSite("embedding", "embedding", PhaseContext.BySequence));
        return program.Build(stream);
    }

    private static string SplitName(PhaseContext context)
    {
        bool batch = context.Mesh.Degree([Axis.Replica, Axis.Dp, Axis.Ep]) > 1, sequence = context.Mesh.Degree(Axis.Sp) > 1;
        return batch && sequence ? "Batch and SP SPLIT" : sequence ? "SP SPLIT" : "Batch SPLIT";
    }
}
