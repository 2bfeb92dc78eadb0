using System.Text.Json;
using ParallelDag.Files;

namespace ParallelDag.Search;

/// <summary>A search as <c>paralleldag search --json</c> prints it.</summary>
public static class SearchJson
{
    /// <summary>Writes it.</summary>
    public static void Write(SearchResult result, Stream output) => IndentedJson.Write(output, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("evaluations", result.Evaluations);
        json.WriteNumber("seconds", Math.Round(result.Seconds, 3));
        json.WriteNumber("promptLength", result.Problem.Workload.PromptLength);
        json.WriteNumber("outputLength", result.Problem.Workload.OutputLength);
        json.WriteStartObject("verdicts");
        foreach ((CandidateVerdict verdict, long count) in result.Verdicts)
            json.WriteNumber(verdict.ToString(), count);
        json.WriteEndObject();
        json.Rows("candidates", result.Candidates.Concat(result.Rejected), candidate => Candidate(json, candidate));
        json.Texts("shortfalls", result.Shortfalls);
        json.WriteString("accuracy", result.Accuracy);
        json.WriteEndObject();
    });

    private static void Candidate(Utf8JsonWriter json, PlanCandidate candidate)
    {
        json.WriteNumber("rank", candidate.Rank);
        json.WriteString("mode", candidate.Mode.ToString().ToLowerInvariant());
        json.WriteString("prefill", candidate.Prefill);
        json.WriteString("decode", candidate.Decode);
        json.WriteNumber("prefillReplicas", candidate.PrefillReplicas);
        json.WriteNumber("decodeReplicas", candidate.DecodeReplicas);
        json.Number("gpus", candidate.Gpus);
        json.Number("batch", candidate.Batch);
        json.Number("ttftSeconds", candidate.Ttft);
        json.Number("tpotSeconds", candidate.Tpot);
        json.Number("tokensPerSecondPerGpu", candidate.TokensPerSecondPerGpu);
        json.Number("tokensPerSecondPerUser", candidate.TokensPerSecondPerUser);
        json.Number("requestsPerSecond", candidate.RequestsPerSecond);
        json.WriteString("verdict", candidate.Verdict.ToString());
        json.WriteString("reason", candidate.Reason);
        json.WriteString("precision", candidate.Precision);
        json.Number("sequences", candidate.Sequences);
        json.Number("contextLength", candidate.ContextLength);
        json.Number("prefillBatch", candidate.PrefillBatch);
        json.Number("chunk", candidate.Chunk);
        json.Number("concurrency", candidate.Concurrency);
        json.Number("memoryHeadroomBytes", candidate.MemoryHeadroom);
        json.Number("costPerMillionTokens", candidate.CostPerMillionTokens);
        json.WriteString("bottleneck", candidate.Bottleneck);
        json.WriteString("dominatedBy", candidate.DominatedBy);
        if (candidate.Change is not null)
            json.WriteString("change", candidate.Change);
        json.WriteNumber("count", candidate.Count);
    }
}
