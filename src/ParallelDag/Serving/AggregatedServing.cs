using ParallelDag.Durations;

namespace ParallelDag.Serving;

/// <summary>
/// Continuous batching on one pool in a steady state: d sequences decode, and a chunk of C prompt tokens rides along in a share phi of
/// the passes. All prompts have P tokens that no prefix cache holds and all outputs O; requests find a free slot, so there is no queueing.
/// <code>
/// phi  = P*d / ((O-1)*C*m)                      share of passes with a chunk; m micro-batches, one a stage, each with a chunk of its own
/// TPOT = phi*T(C,d) + (1-phi)*T(0,d)            T: the interval of a mixed pass, of a decode pass at the mean context P+O/2
/// TTFT = ceil(P*r/C)*T(C,d)                     r data-parallel ranks, each of which has a share C/r for its own prompt
/// X    = d / ((O-1)*TPOT)                       requests a second
/// </code>
/// phi above 1 is prefill-bound: chunks cannot keep up with d sequences, and the largest d that they can is (O-1)*C*m/P.
/// </summary>
public sealed class AggregatedServing
{
    private readonly PhaseForm _decode;
    private readonly PhaseForm _prompts;
    private readonly int _microBatches;
    private readonly int _parts;
    private readonly WorkloadSpec _workload;

    /// <summary>Aggregated serving of a phase's ranks.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layout">The ranks: those of decode.</param>
    /// <param name="workload">Lengths.</param>
    /// <param name="times">The time model.</param>
    public AggregatedServing(ModelSpec model, PhaseLayout layout, WorkloadSpec workload, TimeModel times)
    {
        _workload = workload;
        _microBatches = layout.Stages.Count;
        _parts = layout.Strategy.Replicas * layout.Strategy.DataParts;
        WorkloadSpec mean = workload with { OutputLength = workload.OutputLength / 2 };
        _decode = PhaseForm.Of(model, layout, mean, times, PhaseKind.Decode);
        _prompts = PhaseForm.Of(model, layout, workload, times, PhaseKind.Prefill);
        Room = PhaseRoom.Of(model, _decode);
    }

    /// <summary>Weights and the cache of a sequence at the mean context, on the fullest GPU.</summary>
    public PhaseRoom Room { get; }

    /// <summary>Seconds between two tokens of a sequence when every pass carries a chunk.</summary>
    /// <param name="chunk">C.</param>
    /// <param name="decoding">d, over all micro-batches.</param>
    public double MixedPass(double chunk, double decoding) =>
        _decode.Mixed(decoding / _microBatches, chunk, _prompts).Interval(_microBatches);

    /// <summary>Seconds between two tokens of a sequence when no pass carries one.</summary>
    /// <param name="decoding">d, over all micro-batches.</param>
    public double DecodePass(double decoding) => _decode.At(decoding / _microBatches).Interval(_microBatches);

    /// <summary>The most sequences that chunks of <paramref name="chunk"/> tokens keep supplied.</summary>
    public double MostDecoding(double chunk) => (_workload.OutputLength - 1.0) * chunk * _microBatches / _workload.PassingPositions;

    /// <summary>The steady state; more sequences than chunks keep supplied are cut to those.</summary>
    /// <param name="decoding">d.</param>
    /// <param name="chunk">C, over all replicas.</param>
    public SteadyState At(double decoding, double chunk)
    {
        double supplied = Math.Floor(MostDecoding(chunk));
        bool bound = decoding > supplied;
        double d = Math.Max(1, bound ? supplied : decoding);
        double share = Math.Min(1, d / MostDecoding(chunk)), mixed = MixedPass(chunk, d), alone = DecodePass(d);
        double tpot = (share * mixed) + ((1 - share) * alone);
        return new SteadyState
        {
            Decoding = d, Chunk = chunk, ChunkShare = share, MixedPass = mixed, DecodePass = alone, Tpot = tpot,
            Ttft = Math.Ceiling((double)_workload.PassingPositions * _parts / chunk) * mixed,
            RequestsPerSecond = d / ((_workload.OutputLength - 1) * tpot),
            OutputLength = _workload.OutputLength, PrefillBound = bound, Wanted = decoding,
        };
    }

    /// <summary>
    /// The steady state in which passes of <paramref name="tokens"/> tokens are filled: d sequences and <c>C = tokens - d</c>. Where chunks
    /// cannot keep up, d falls to what they can.
    /// </summary>
    /// <param name="decoding">The d that memory holds.</param>
    /// <param name="tokens">The most tokens of a pass.</param>
    public SteadyState Filled(double decoding, double tokens)
    {
        // d <= (O-1)*(tokens-d)*m/P  <=>  d <= (O-1)*tokens*m / (P + (O-1)*m)
        double each = (_workload.OutputLength - 1.0) * _microBatches;
        double supplied = Math.Floor(each * tokens / (_workload.PassingPositions + each));
        double d = Math.Max(1, Math.Min(decoding, supplied));
        return At(d, Math.Max(1, tokens - d)) with { PrefillBound = decoding > supplied, Wanted = decoding };
    }
}

/// <summary>A steady state of continuous batching.</summary>
public sealed record SteadyState
{
    /// <summary>d, sequences that decode.</summary>
    public required double Decoding { get; init; }

    /// <summary>The d that was asked for.</summary>
    public required double Wanted { get; init; }

    /// <summary>C, prompt tokens that ride along.</summary>
    public required double Chunk { get; init; }

    /// <summary>phi, the share of passes with a chunk.</summary>
    public required double ChunkShare { get; init; }

    /// <summary>T(C,d) in seconds.</summary>
    public required double MixedPass { get; init; }

    /// <summary>T(0,d) in seconds.</summary>
    public required double DecodePass { get; init; }

    /// <summary>Seconds between two tokens of a sequence.</summary>
    public required double Tpot { get; init; }

    /// <summary>Seconds to the first token of a request that finds a free slot.</summary>
    public required double Ttft { get; init; }

    /// <summary>X.</summary>
    public required double RequestsPerSecond { get; init; }

    /// <summary>O.</summary>
    public required int OutputLength { get; init; }

    /// <summary>True where chunks could not supply the d that was asked for.</summary>
    public required bool PrefillBound { get; init; }

    /// <summary>Output tokens a second.</summary>
    public double TokensPerSecond => RequestsPerSecond * OutputLength;

    /// <summary>Requests in the system (Little): X*(TTFT + (O-1)*TPOT).</summary>
    public double Concurrency => RequestsPerSecond * (Ttft + ((OutputLength - 1) * Tpot));
}
