namespace ParallelDag.Looks;

/// <summary>What a GPU does at a time, as pictures tell it.</summary>
internal enum Activity
{
    /// <summary>It waits.</summary>
    Idle,

    /// <summary>It computes, whatever it communicates meanwhile.</summary>
    Compute,

    /// <summary>It communicates inside its domain and computes nothing.</summary>
    Domain,

    /// <summary>The same between domains of one node.</summary>
    Node,

    /// <summary>The same between nodes.</summary>
    Network,

    /// <summary>The same, over links that the graph does not tell.</summary>
    Communication,
}
