using ParallelDag.Plans;
using ParallelDag.Search;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>
/// What a search found of one deployment, or of a range of them that is rejected. Seconds and rates; null where a rejected one was not
/// priced. Its plan pipes on into everything that takes plans.
/// </summary>
public sealed class PlanCandidate
{
    private readonly Func<PlanSpec?>? _spec;
    private DeploymentPlan? _plan;

    internal PlanCandidate(Func<PlanSpec?>? spec = null) => _spec = spec;

    /// <summary>Its place by the goal, from 1; 0 for a rejected one.</summary>
    public int Rank { get; init; }

    /// <summary>How requests are served.</summary>
    public required ServingMode Mode { get; init; }

    /// <summary>The change of a plan that it is: <c>prefill order [tp, ep, sp, dp, pp]</c>; null for a plan that was found.</summary>
    public string? Change { get; init; }

    /// <summary>The format of the model, where several were tried: <c>fp8</c>; else null.</summary>
    public string? Precision { get; init; }

    /// <summary>The strategy of prefill: <c>pp2 tp4</c>; null where it has none of its own.</summary>
    public string? Prefill { get; init; }

    /// <summary>Instances of prefill.</summary>
    public int PrefillReplicas { get; init; }

    /// <summary>The strategy of decode; of continuous batching that of both.</summary>
    public string? Decode { get; init; }

    /// <summary>Instances of decode.</summary>
    public int DecodeReplicas { get; init; }

    /// <summary>GPUs of all instances.</summary>
    public int? Gpus { get; init; }

    /// <summary>Sequences that an instance decodes at once.</summary>
    public int? Batch { get; init; }

    /// <summary>Sequences that all instances decode at once.</summary>
    public long? Sequences { get; init; }

    /// <summary>Positions of a sequence: its prompt and its output.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Prompts that an instance of prefill takes at once.</summary>
    public int? PrefillBatch { get; init; }

    /// <summary>Prompt tokens that ride along in a pass of an instance; continuous batching only.</summary>
    public int? Chunk { get; init; }

    /// <summary>Requests in the system (Little).</summary>
    public double? Concurrency => RequestsPerSecond * (Ttft + ((OutputLength - 1) * Tpot));

    /// <summary>Seconds to the first token of a request that finds a free slot.</summary>
    public double? Ttft { get; init; }

    /// <summary>Seconds between two tokens.</summary>
    public double? Tpot { get; init; }

    /// <summary>Requests a second.</summary>
    public double? RequestsPerSecond { get; init; }

    /// <summary>Output tokens a second.</summary>
    public double? TokensPerSecond => RequestsPerSecond * OutputLength;

    /// <summary>Output tokens a second and GPU.</summary>
    public double? TokensPerSecondPerGpu => TokensPerSecond / Gpus;

    /// <summary>Tokens a second that one user sees.</summary>
    public double? TokensPerSecondPerUser => 1 / Tpot;

    /// <summary>Bytes that the fullest GPU has to spare.</summary>
    public long? MemoryHeadroom { get; init; }

    /// <summary>The operator that takes most of a token: <c>attention 34 %</c>.</summary>
    public string? Bottleneck { get; init; }

    /// <summary>Money for a million output tokens, where a GPU has a price.</summary>
    public double? CostPerMillionTokens { get; init; }

    /// <summary>What became of it.</summary>
    public required CandidateVerdict Verdict { get; init; }

    /// <summary>Why, with the number that decided.</summary>
    public required string Reason { get; init; }

    /// <summary>The candidate that beats it; null for the best and for rejected ones.</summary>
    public string? DominatedBy { get; init; }

    /// <summary>How many candidates it stands for: the batches of a rejected range.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The plan; null for a rejected candidate.</summary>
    /// <exception cref="InputException">The plan breaks a rule.</exception>
    public DeploymentPlan? Plan => _plan ??= _spec?.Invoke() is PlanSpec spec ? DeploymentPlan.Create(spec) : null;

    /// <summary>The search that found it.</summary>
    internal SearchResult? Search { get; set; }

    internal int OutputLength { get; init; }

    /// <summary>The search that found it. (A method, so that lists and serializers show numbers alone.)</summary>
    public SearchResult? GetSearch() => Search;

    /// <summary><c>6 x tp2 > 1 x tp8</c>: instances of prefill and of decode; or the strategy of both and the chunk.</summary>
    public string Deployment => (Precision is null ? "" : $"{Precision}: ")
        + (Change is not null ? Change : Mode == ServingMode.Aggregated
        ? $"both: {Decode}{(Chunk is int chunk ? Words.Invariant($", chunk {chunk}") : "")}"
        : string.Join(" > ", new[] { Instances(PrefillReplicas, Prefill), Instances(DecodeReplicas, Decode) }
            .Where(part => part.Length > 0)));

    /// <summary><c>6 x tp2 and 1 x tp8 batch 178: 357.4 tokens/s/GPU</c>.</summary>
    public override string ToString() => Mode == ServingMode.Aggregated
        ? Words.Invariant($"{Decode}{OfBatch}{Rates}")
        : Words.Invariant($"{Instances(PrefillReplicas, Prefill)}{(Prefill is not null && Decode is not null ? " and " : "")}")
            + Words.Invariant($"{Instances(DecodeReplicas, Decode)}{OfBatch}{Rates}");

    private string OfBatch => Batch is int batch ? Words.Invariant($" batch {batch}") : "";

    private string Rates => TokensPerSecondPerGpu is double rate ? Words.Invariant($": {rate:0.0} tokens/s/GPU") : $": {Verdict}";

    private static string Instances(int replicas, string? strategy) =>
        strategy is null ? "" : replicas == 0 ? strategy : Words.Invariant($"{replicas} x {strategy}");
}
