using ParallelDag.Collections;

namespace ParallelDag;

/// <summary>What a plan must keep: limits that rules PD019 to PD021 hold its graph to. What is null is not limited.</summary>
public sealed record LimitsSpec
{
    /// <summary>Seconds to the first token, at most.</summary>
    public double? Ttft { get; init; }

    /// <summary>Seconds for each further token, at most.</summary>
    public double? Tpot { get; init; }

    /// <summary>Output tokens a second and GPU, at least.</summary>
    public double? OutputThroughput { get; init; }

    /// <summary>Tokens of prompts and outputs a second and GPU, at least.</summary>
    public double? TotalThroughput { get; init; }

    /// <summary>The share of a phase's time in which GPUs communicate and do not compute, at most.</summary>
    public double? CommunicationShare { get; init; }

    /// <summary>The share of a phase's time in which GPUs wait, at most.</summary>
    public double? Bubble { get; init; }

    /// <summary>The load of the GPU with the most work for experts over the mean, at most; 1 is even.</summary>
    public double? ExpertImbalance { get; init; }

    /// <summary>Axes whose process groups must not leave a node (or the domain of fast links, where that is larger); null: none.</summary>
    public ValueList<string>? CrossNode { get; init; }

    /// <summary>True when nothing is limited.</summary>
    public bool IsEmpty => this == new LimitsSpec();
}
