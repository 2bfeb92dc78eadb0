using ParallelDag.Serving;

namespace ParallelDag;

/// <summary>
/// What a plan serves, in a steady state without queueing. Seconds and rates; null where the plan lacks the phase that would tell.
/// </summary>
public sealed record ServingForecast
{
    /// <summary>How requests are served.</summary>
    public required ServingMode Mode { get; init; }

    /// <summary>GPUs in use, replicas counted.</summary>
    public required long Gpus { get; init; }

    /// <summary>Seconds from a request that finds a free slot to its first token, which prefill samples.</summary>
    public double? Ttft { get; init; }

    /// <summary>Seconds between two tokens of a sequence at the mean context, P + O/2.</summary>
    public double? Tpot { get; init; }

    /// <summary>Seconds of the last token, at context P + O.</summary>
    public double? TpotLast { get; init; }

    /// <summary>Seconds of the cache's transfer that prefill does not hide; the second token waits for them.</summary>
    public double? ExposedTransfer { get; init; }

    /// <summary>Seconds from a request to its last token: TTFT + transfer + (O-1)*TPOT.</summary>
    public double? EndToEnd { get; init; }

    /// <summary>Requests a second.</summary>
    public double? RequestsPerSecond { get; init; }

    /// <summary>Output tokens a second.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Output tokens a second and GPU.</summary>
    public double? TokensPerSecondPerGpu => TokensPerSecond / Gpus;

    /// <summary>Tokens a second that one user sees.</summary>
    public double? TokensPerSecondPerUser => 1 / Tpot;

    /// <summary>Requests in the system (Little).</summary>
    public double? Concurrency { get; init; }

    /// <summary>Requests a second that all prefill replicas could do; disaggregated only.</summary>
    public double? PrefillRate { get; init; }

    /// <summary>Requests a second that all decode replicas could do; disaggregated only.</summary>
    public double? DecodeRate { get; init; }

    /// <summary>The share of its time that the faster pool waits; disaggregated only.</summary>
    public double? IdleShareOfFasterPool => PrefillRate is double prefill && DecodeRate is double decode
        ? 1 - (Math.Min(prefill, decode) / Math.Max(prefill, decode)) : null;

    /// <summary>The steady state; aggregated only.</summary>
    public SteadyState? Steady { get; init; }

    /// <summary>The most sequences that decode's memory holds at P + O; null where that was not searched.</summary>
    public int? SequencesThatFit { get; init; }

    /// <summary>Margins other than 1, cuts, and what the forecast leaves out, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
