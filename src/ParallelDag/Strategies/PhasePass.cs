namespace ParallelDag;

/// <summary>
/// One pass of a phase through all of its stages: a micro-batch, or a chunk of its prompts. Chunks of a micro-batch follow one another,
/// and micro-batches follow
/// micro-batches; a pass has a number, its place in that order.
/// </summary>
/// <param name="MicroBatch">The micro-batch, from 0.</param>
/// <param name="Sequences">Its sequences over all instances and data-parallel ranks.</param>
/// <param name="Start">Positions of each sequence that are there already: earlier chunks, and what a prefix cache held.</param>
/// <param name="Length">Positions of each sequence that pass.</param>
/// <param name="Ends">True for the last chunk, which alone samples a token.</param>
public readonly record struct PhasePass(int MicroBatch, int Sequences, long Start, long Length, bool Ends)
{
    /// <summary>
    /// The passes of a phase. A chunk of c tokens gives each of the b sequences of a micro-batch c/b positions, rounded down, in one pass.
    /// <para>Worked example: 2 sequences of 10,000 tokens, chunk 4096: passes of 2048 positions, the fifth of 1808.</para>
    /// </summary>
    internal static IReadOnlyList<PhasePass> Of(PhaseKind phase, PhaseStrategy strategy, WorkloadSpec workload)
    {
        WorkloadSpec own = workload.Of(strategy);
        long first = phase == PhaseKind.Prefill ? own.CachedPositions : 0, end = phase == PhaseKind.Prefill ? own.PromptLength : 1;
        long length = Math.Max(1, ChunkLength(phase, strategy, workload));
        var passes = new List<PhasePass>();
        for (int microBatch = 0; microBatch < own.MicroBatches; microBatch++)
        {
            int sequences = Strategies.BatchSplit.Size(own, microBatch) * strategy.Replicas;
            for (long start = first; start < end; start += length)
                passes.Add(new PhasePass(microBatch, sequences, start, Math.Min(length, end - start), start + length >= end));
        }

        return passes;
    }

    /// <summary>Positions of a sequence that pass at once; below 1 for a chunk that is smaller than its micro-batch.</summary>
    internal static long ChunkLength(PhaseKind phase, PhaseStrategy strategy, WorkloadSpec workload)
    {
        WorkloadSpec own = workload.Of(strategy);
        long whole = phase == PhaseKind.Prefill ? own.PassingPositions : 1;
        return strategy.Chunk is int chunk && phase == PhaseKind.Prefill
            ? Math.Min(whole, chunk / Math.Max(1, Strategies.BatchSplit.Size(own, 0))) : whole;
    }
}
