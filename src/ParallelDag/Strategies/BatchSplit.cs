using ParallelDag.Tensors;

namespace ParallelDag.Strategies;

/// <summary>How a batch splits into micro-batches: sizes differ by at most one, the larger first.</summary>
internal static class BatchSplit
{
    /// <summary>The sequences of micro-batch <paramref name="index"/>.</summary>
    public static int Size(WorkloadSpec workload, int index) => (int)Partition.Size(workload.Batch, workload.MicroBatches, index);

    /// <summary>The first sequence of micro-batch <paramref name="index"/>.</summary>
    public static int Start(WorkloadSpec workload, int index) => (int)Partition.Start(workload.Batch, workload.MicroBatches, index);
}
