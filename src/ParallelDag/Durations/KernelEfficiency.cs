using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Durations;

/// <summary>
/// How a class of kernels does on a GPU, in four numbers. For F operations at peak rate P and M bytes at memory bandwidth BW:
/// <code>
/// t = max( F / (P * ec(x)), M / (BW * em) ) + t0        ec(x) = ec * x / (x + half)
/// </code>
/// x is the size that efficiency grows with: the span of a prompt's attention (2*pairs/queries - 1, the prompt's length when causal), the
/// rows that an expert with tokens gets on average. Where <see cref="Half"/> is 0, x plays no part.
/// Worked example: a norm of 10,486,784 bytes on an H100 (elementwise .80, 3 us): 10,486,784/(3.35e12*.80) + 3e-6 = 6.913 us.
/// </summary>
/// <param name="Kernel">The class.</param>
/// <param name="Compute">ec: the share of the peak rate of the format.</param>
/// <param name="Memory">em: the share of the memory bandwidth.</param>
/// <param name="Latency">t0 in seconds, as kernels of a captured graph have it.</param>
/// <param name="Half">The x at which half of ec is reached; 0: ec at every size.</param>
public sealed record KernelEfficiency(KernelClass Kernel, double Compute, double Memory, double Latency, double Half = 0)
{
    /// <summary>The rate of the format that the row is for; null: every format.</summary>
    public PeakRate? Rate { get; init; }

    /// <summary>Where the numbers come from.</summary>
    public string Source { get; init; } = "";

    /// <summary>Mean absolute relative error against what was measured; null for a guess.</summary>
    public double? Error { get; init; }

    /// <summary>True when nothing was measured.</summary>
    public bool IsGuess => Error is null;
}
