namespace ParallelDag;

/// <summary>
/// Which control dependencies the nodes of a trace get beside those of the DAG. A simulator issues what is ready; without an order of their
/// own two ranks may each hold the collective that the other waits for.
/// </summary>
public enum ChakraSchedule
{
    /// <summary>
    /// Two streams a GPU: each collective and each send waits for the one before it in the file, each computation for the computation
    /// before it. Every rank meets its communication in one order, so that nothing stalls.
    /// </summary>
    Streams,

    /// <summary>One stream a GPU: every node waits for the one before it, so that nothing overlaps.</summary>
    Serial,

    /// <summary>None: for simulators that order what is ready themselves. ASTRA-sim may stall on such traces.</summary>
    Free,
}
