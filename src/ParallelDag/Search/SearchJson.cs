using System.Text.Encodings.Web;
using System.Text.Json;

namespace ParallelDag.Search;

/// <summary>A search as <c>paralleldag search --json</c> prints it.</summary>
public static class SearchJson
{
    /// <summary>Writes it.</summary>
    public static void Write(SearchResult result, Stream output)
    {
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions
        {
            Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }))
        {
            json.WriteStartObject();
            json.WriteNumber("evaluations", result.Evaluations);
            json.WriteNumber("seconds", Math.Round(result.Seconds, 3));
            json.WriteStartObject("verdicts");
            foreach ((CandidateVerdict verdict, long count) in result.Verdicts)
                json.WriteNumber(verdict.ToString(), count);
            json.WriteEndObject();
            json.WriteStartArray("candidates");
            foreach (PlanCandidate candidate in result.Candidates.Concat(result.Rejected))
                Candidate(json, candidate);
            json.WriteEndArray();
            json.WriteStartArray("shortfalls");
            foreach (string sentence in result.Shortfalls)
                json.WriteStringValue(sentence);
            json.WriteEndArray();
            json.WriteString("accuracy", result.Accuracy);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void Candidate(Utf8JsonWriter json, PlanCandidate candidate)
    {
        json.WriteStartObject();
        json.WriteNumber("rank", candidate.Rank);
        json.WriteString("mode", candidate.Mode.ToString().ToLowerInvariant());
        json.WriteString("prefill", candidate.Prefill);
        json.WriteString("decode", candidate.Decode);
        json.WriteNumber("prefillReplicas", candidate.PrefillReplicas);
        json.WriteNumber("decodeReplicas", candidate.DecodeReplicas);
        Number("gpus", candidate.Gpus);
        Number("batch", candidate.Batch);
        Number("ttftSeconds", candidate.Ttft);
        Number("tpotSeconds", candidate.Tpot);
        Number("tokensPerSecondPerGpu", candidate.TokensPerSecondPerGpu);
        Number("tokensPerSecondPerUser", candidate.TokensPerSecondPerUser);
        Number("requestsPerSecond", candidate.RequestsPerSecond);
        json.WriteString("verdict", candidate.Verdict.ToString());
        json.WriteString("reason", candidate.Reason);
        Number("prefillBatch", candidate.PrefillBatch);
        Number("chunk", candidate.Chunk);
        Number("concurrency", candidate.Concurrency);
        Number("memoryHeadroomBytes", candidate.MemoryHeadroom);
        Number("costPerMillionTokens", candidate.CostPerMillionTokens);
        json.WriteString("bottleneck", candidate.Bottleneck);
        json.WriteString("dominatedBy", candidate.DominatedBy);
        if (candidate.Change is not null)
            json.WriteString("change", candidate.Change);
        json.WriteNumber("count", candidate.Count);
        json.WriteEndObject();

        void Number(string name, double? value)
        {
            if (value is double number && double.IsFinite(number))
                json.WriteNumber(name, number);
            else
                json.WriteNull(name);
        }
    }
}
