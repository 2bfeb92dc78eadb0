using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// Ring attention (Liu et al., arXiv 2310.01889): each sp rank attends its own keys while it passes them on, then those that arrive,
/// block by block, and merges the
/// partial outputs at the end by their logarithms of summed exponentials (LSE).
/// <code>
/// step i     K and V of step i-1 go to the next rank      (1 to sp-1)
/// block i    queries against the K and V of step i        (0 to sp-1; block i overlaps with step i+1)
/// merge      O = sum of O_i by LSE_i                      2 operations an element of each O_i
/// </code>
/// </summary>
internal static class RingAttention
{
    /// <summary>True where a phase passes keys around a ring.</summary>
    public static bool Runs(PhaseContext context) =>
        context.Phase == PhaseKind.Prefill && context.Mesh.Degree(Axis.Sp) > 1 && context.Strategy.SpMethod == SequenceMethod.Ring;

    /// <summary>Adds attention behind a projection.</summary>
    /// <param name="program">The layer's program.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="query">The queries.</param>
    /// <param name="passed">What goes around the ring, as the projection yields it.</param>
    /// <param name="keysOf">What attention reads of a block's pieces.</param>
    /// <param name="gate">A gate on the output, or null.</param>
    /// <param name="weights">Weights of the core.</param>
    /// <param name="attended">What attention yields.</param>
    /// <param name="pairs">Pairs of a sequence.</param>
    /// <param name="each">Operations of a pair and head.</param>
    public static (OperatorStep Core, StepValue Output) Add(
        ProgramBuilder program,
        LayerContext layer,
        StepValue query,
        IReadOnlyList<StepValue> passed,
        Func<int, IReadOnlyList<StepValue>, IReadOnlyList<StepValue>> keysOf,
        StepValue? gate,
        IReadOnlyList<PlacedWeight> weights,
        ShardedTensor attended,
        Int128 pairs,
        long each)
    {
        DeviceMesh mesh = layer.Phase.Mesh;
        int blocks = mesh.Degree(Axis.Sp);
        IReadOnlyList<ITensor> pieces = [.. passed.Select(value => value.Tensor)];
        var partial = new List<StepValue>();
        OperatorStep? first = null;
        for (int block = 0; block < blocks; block++)
        {
            // A rank sends before it computes, so that the next pieces arrive meanwhile.
            IReadOnlyList<StepValue> here = passed;
            if (block + 1 < blocks)
            {
                OperatorStep send = AddStep(program, mesh, block + 1, passed, pieces);
                passed = [.. pieces.Select(piece => new StepValue(send, piece))];
            }

            IReadOnlyList<StepValue> keys = keysOf(block, here);
            ShardedTensor output = Named(attended, Number("O", block), attended.Format, attended.Dimensions);
            ShardedTensor sums = Named(query.Sharded, Number("LSE", block), NumberFormat.Fp32, [.. query.Sharded.Dimensions.Take(3)]);
            OperatorStep core = program.Add(new OperatorStep
            {
                Op = Ops.Attention,
                IdStem = block == 0 ? Ops.Attention : Number(Ops.Attention + "_block_", block),
                Name = Words.Invariant($"Attention (causal, block {block + 1} of {blocks})"),
                Mesh = mesh,
                Split = PhaseContext.BySequenceAndTensor,
                Sources = [StepSource.Data(query), .. keys.Select(StepSource.Data)],
                Outputs = [output, sums],
                Weights = block == 0 ? weights : [],
                Work = [new RingPairWork(query.Sharded, pairs, each, block)],
            });
            first ??= core;
            partial.AddRange([new StepValue(core, output), new StepValue(core, sums)]);
        }

        OperatorStep merge = program.Add(new OperatorStep
        {
            Op = Ops.AttentionMerge,
            Name = "Attention Merge (blocks by LSE)",
            Mesh = mesh,
            Split = PhaseContext.BySequenceAndTensor,
            Sources = [.. partial.Select(StepSource.Data), .. gate is null ? [] : new[] { StepSource.Data(gate) }],
            Outputs = [attended],
            Work = [.. partial.Where((_, i) => i % 2 == 0).Select(value => new ElementWork(value.Tensor, 2))],
        });
        return (first!, new StepValue(merge, attended));
    }

    /// <summary>One step: every rank passes on what it received last.</summary>
    internal static OperatorStep AddStep(
        ProgramBuilder program, DeviceMesh mesh, int step, IReadOnlyList<StepValue> passed, IReadOnlyList<ITensor> pieces) =>
        program.Add(new OperatorStep
        {
            Op = Ops.RingKv,
            IdStem = Number(Ops.RingKv + "_", step),
            Name = Words.Invariant($"Ring Send/Recv K and V (step {step})"),
            Kind = NodeKind.Communication,
            Collective = CollectiveKind.SendRecv,
            Mesh = mesh,
            GroupAxes = [Axis.Sp],
            Split = [Axis.Tp],
            Sources = [.. passed.Select(StepSource.Data)],
            Inputs = pieces,
            Outputs = pieces,
            Traffic = new RingTraffic(pieces),
        });

    private static ShardedTensor Named(
        ShardedTensor like, string name, NumberFormat format, IReadOnlyList<(string Name, long Size)> dimensions) =>
        new(name, like.Mesh, format, dimensions, like.Placements);

    private static string Number(string text, int block) => Words.Invariant($"{text}{block}");
}
