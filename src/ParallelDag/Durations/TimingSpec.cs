using ParallelDag.Collections;
using ParallelDag.Durations;

namespace ParallelDag;

/// <summary>How kernels are launched.</summary>
public enum LaunchMode
{
    /// <summary>As parts of a captured graph: what the latencies of the model assume.</summary>
    Graph,

    /// <summary>One by one, each some 15 us later.</summary>
    Eager,
}

/// <summary>Which kernels an engine runs for 8-bit experts.</summary>
public enum KernelChoice
{
    /// <summary>Grouped matrix products of DeepGEMM's class.</summary>
    Tuned,

    /// <summary>The fused kernels that engines carry without it.</summary>
    Stock,
}

/// <summary>
/// What a plan says of the speed of its GPUs and links, under <c>timing</c>: each part replaces what the device's table says of the same
/// thing. Immutable.
/// </summary>
public sealed record TimingSpec
{
    /// <summary>Nothing said: the device's own numbers.</summary>
    public static TimingSpec Default { get; } = new();

    /// <summary>How kernels are launched.</summary>
    public LaunchMode Launch { get; init; }

    /// <summary>Which kernels run 8-bit experts.</summary>
    public KernelChoice Kernels { get; init; }

    /// <summary>
    /// Multiprocessors that communication takes from computation of prefill where both overlap (DeepSeek gives it 24 of 132).
    /// </summary>
    public int OverlapSmsPrefill { get; init; } = 24;

    /// <summary>The same of decode, whose messages NICs move by themselves.</summary>
    public int OverlapSmsDecode { get; init; }

    /// <summary>How many times the network's edge exceeds its core: bandwidth between domains is divided by it.</summary>
    public double Oversubscription { get; init; } = 1;

    /// <summary>Seconds that a collective over the network costs beside its hops.</summary>
    public double NetworkLatency { get; init; } = 20e-6;

    /// <summary>Seconds that a message between two GPUs costs over the network.</summary>
    public double SendLatency { get; init; } = 10e-6;

    /// <summary>The share of the network's bandwidth that collectives and messages reach.</summary>
    public double NetworkEfficiency { get; init; } = .92;

    /// <summary>Efficiencies in place of the device's.</summary>
    public ValueList<EfficiencyOverride> Efficiencies { get; init; } = [];

    /// <summary>Lines in place of the device's, for the collectives among them.</summary>
    public ValueList<CollectiveLine> Lines { get; init; } = [];
}
