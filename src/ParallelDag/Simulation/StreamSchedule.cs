namespace ParallelDag;

/// <summary>In which order the streams of a simulation run their nodes.</summary>
public enum StreamSchedule
{
    /// <summary>Every stream runs its nodes in the order of the graph, as a CUDA stream runs its kernels.</summary>
    Sequential,

    /// <summary>
    /// A stream that is free runs what is ready, the earliest micro-batch first: two micro-batches hide each other's communication
    /// (two-batch overlap). The order in which a stage takes its micro-batches one by one then binds nobody.
    /// </summary>
    Overlapped,
}
