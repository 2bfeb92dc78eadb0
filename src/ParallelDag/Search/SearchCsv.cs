using System.Globalization;

namespace ParallelDag.Search;

/// <summary>A search as comma-separated values (RFC 4180): a row a candidate, seconds and rates in full.</summary>
public static class SearchCsv
{
    private static readonly (string Name, Func<PlanCandidate, object?> Value)[] Fields =
    [
        ("rank", candidate => candidate.Rank), ("mode", candidate => candidate.Mode.ToString().ToLowerInvariant()),
        ("prefill", candidate => candidate.Prefill), ("prefillReplicas", candidate => candidate.PrefillReplicas),
        ("prefillBatch", candidate => candidate.PrefillBatch), ("decode", candidate => candidate.Decode),
        ("decodeReplicas", candidate => candidate.DecodeReplicas), ("batch", candidate => candidate.Batch),
        ("chunk", candidate => candidate.Chunk), ("gpus", candidate => candidate.Gpus), ("ttftSeconds", candidate => candidate.Ttft),
        ("tpotSeconds", candidate => candidate.Tpot), ("tokensPerSecondPerGpu", candidate => candidate.TokensPerSecondPerGpu),
        ("tokensPerSecondPerUser", candidate => candidate.TokensPerSecondPerUser),
        ("requestsPerSecond", candidate => candidate.RequestsPerSecond), ("concurrency", candidate => candidate.Concurrency),
        ("memoryHeadroomBytes", candidate => candidate.MemoryHeadroom),
        ("costPerMillionTokens", candidate => candidate.CostPerMillionTokens), ("verdict", candidate => candidate.Verdict),
        ("precision", candidate => candidate.Precision), ("sequences", candidate => candidate.Sequences),
        ("contextLength", candidate => candidate.ContextLength), ("count", candidate => candidate.Count),
        ("bottleneck", candidate => candidate.Bottleneck),
        ("dominatedBy", candidate => candidate.DominatedBy), ("reason", candidate => candidate.Reason),
    ];

    /// <summary>Writes it.</summary>
    public static void Write(SearchResult result, TextWriter output)
    {
        output.Write(string.Join(',', Fields.Select(column => column.Name)) + "\r\n");
        foreach (PlanCandidate candidate in result.Candidates.Concat(result.Rejected))
            output.Write(string.Join(',', Fields.Select(column => Escaped(column.Value(candidate)))) + "\r\n");
    }

    private static string Escaped(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
