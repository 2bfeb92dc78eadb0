using ParallelDag.Tensors;

namespace ParallelDag.Strategies;

/// <summary>
/// How a batch splits into micro-batches: sizes differ by at most one, the larger first. A micro-batch runs on all instances of a phase
/// at once, each with its own
/// sequences.
/// </summary>
internal static class BatchSplit
{
    /// <summary>The sequences of micro-batch <paramref name="index"/> over all instances of a phase.</summary>
    public static int Size(PhaseLayout layout, int index) => Size(layout.Workload, index) * layout.Strategy.Replicas;

    /// <summary>The sequences of micro-batch <paramref name="index"/> of one instance.</summary>
    public static int Size(WorkloadSpec workload, int index) => (int)Partition.Size(workload.Batch, workload.MicroBatches, index);

    /// <summary>The first sequence of micro-batch <paramref name="index"/> of one instance.</summary>
    public static int Start(WorkloadSpec workload, int index) => (int)Partition.Start(workload.Batch, workload.MicroBatches, index);
}
