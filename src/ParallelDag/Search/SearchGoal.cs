namespace ParallelDag;

/// <summary>What makes one plan better than another, given that both keep the limits.</summary>
public enum SearchGoal
{
    /// <summary>The most output tokens a second and GPU.</summary>
    Throughput,

    /// <summary>The least time between two tokens.</summary>
    Latency,

    /// <summary>The fewest GPUs.</summary>
    Gpus,

    /// <summary>The least money for a token; needs a price of a GPU.</summary>
    Cost,
}

/// <summary>What of a workload is to be as large as memory and limits allow.</summary>
public enum SearchFit
{
    /// <summary>The sequences that are decoded at once, by all instances together.</summary>
    Batch,

    /// <summary>The positions of a sequence: the longest prompt, its output behind it.</summary>
    Context,
}

/// <summary>What a search found of a candidate.</summary>
public enum CandidateVerdict
{
    /// <summary>Keeps the limits, and no other is better in both tokens a second of a user and of a GPU.</summary>
    Pareto,

    /// <summary>Keeps the limits; another is better.</summary>
    Feasible,

    /// <summary>Breaks a rule of plans.</summary>
    Rule,

    /// <summary>Does not fit a GPU's memory.</summary>
    Memory,

    /// <summary>Its first token comes too late.</summary>
    Ttft,

    /// <summary>Its further tokens come too slowly.</summary>
    Tpot,

    /// <summary>A GPU yields too few tokens a second.</summary>
    Throughput,

    /// <summary>Takes more GPUs than there are.</summary>
    Budget,

    /// <summary>Chunks of prompts cannot supply as many sequences.</summary>
    PrefillBound,

    /// <summary>Another candidate is the same plan.</summary>
    SameAs,
}
