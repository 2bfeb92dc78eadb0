namespace ParallelDag.Chakra.Wire;

/// <summary>What a node of a trace is, by the numbers of Chakra's <c>NodeType</c>.</summary>
internal enum TraceNodeType
{
    /// <summary>Nothing: a simulator skips it.</summary>
    Invalid = 0,

    /// <summary>Facts about the trace.</summary>
    Metadata = 1,

    /// <summary>A load from remote memory.</summary>
    MemoryLoad = 2,

    /// <summary>A store to remote memory.</summary>
    MemoryStore = 3,

    /// <summary>Computation.</summary>
    Compute = 4,

    /// <summary>The sending end of a message.</summary>
    Send = 5,

    /// <summary>The receiving end of a message.</summary>
    Receive = 6,

    /// <summary>A collective.</summary>
    Collective = 7,
}
