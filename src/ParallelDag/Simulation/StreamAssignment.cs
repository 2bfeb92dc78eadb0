namespace ParallelDag;

/// <summary>Which streams of its GPUs a node occupies while it runs. Inputs and outputs occupy none.</summary>
public enum StreamAssignment
{
    /// <summary>
    /// Four streams a GPU: computation; collectives, on every member; sending, on the GPUs that hold what is sent; receiving, on those
    /// that get it. (With one stream for both directions a receive of the next micro-batch queues behind the send of this one.)
    /// </summary>
    Four,

    /// <summary>Two streams a GPU, as ASTRA-sim has them: computation and communication; a message occupies its sender's alone.</summary>
    Two,

    /// <summary>One stream a GPU: nothing overlaps on a GPU; a message occupies both ends.</summary>
    One,
}
