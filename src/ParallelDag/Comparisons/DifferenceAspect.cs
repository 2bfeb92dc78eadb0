namespace ParallelDag;

/// <summary>What a difference is about, in the order in which people ask.</summary>
public enum DifferenceAspect
{
    /// <summary>Whether every GPU has room for what it must hold.</summary>
    Fits,

    /// <summary>A rule that passes or fails.</summary>
    Rule,

    /// <summary>Times and throughput.</summary>
    Time,

    /// <summary>Memory of GPUs.</summary>
    Memory,

    /// <summary>Collectives and messages: kind, group, count, bytes, link.</summary>
    Collective,

    /// <summary>What a GPU is: its stage and its coordinates.</summary>
    Role,

    /// <summary>Where experts live.</summary>
    Expert,

    /// <summary>Where layers run.</summary>
    Layer,

    /// <summary>Operators: there or not, how many, what they take and yield.</summary>
    Operator,

    /// <summary>Dependencies between operators.</summary>
    Edge,

    /// <summary>What the plans say: model, cluster, workload, strategies.</summary>
    Setting,
}

/// <summary>On which side something is.</summary>
public enum DifferenceSide
{
    /// <summary>On both, alike.</summary>
    Equal,

    /// <summary>On both, unlike.</summary>
    Changed,

    /// <summary>In the reference alone: it goes away.</summary>
    Removed,

    /// <summary>In the difference alone: it is new.</summary>
    Added,
}

/// <summary>Whether a change is one that people want.</summary>
public enum DifferenceEffect
{
    /// <summary>It depends.</summary>
    Neutral,

    /// <summary>Faster, smaller, or a rule that now holds.</summary>
    Better,

    /// <summary>Slower, larger, or a rule that now fails.</summary>
    Worse,
}

/// <summary>How two plans or graphs stand to each other.</summary>
public enum ComparisonVerdict
{
    /// <summary>Nothing differs.</summary>
    Equal,

    /// <summary>Every operator has its like, and some of them run on other GPUs.</summary>
    SameWork,

    /// <summary>The same operators on the same GPUs; numbers or settings around them differ.</summary>
    SameGraph,

    /// <summary>Operators differ.</summary>
    Different,
}
