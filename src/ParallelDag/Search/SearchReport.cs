using System.Runtime.InteropServices;
using System.Text;
using ParallelDag.Serving;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>A search as a page of Markdown: what was asked, the answer, what else there is, and why not the rest.</summary>
public static class SearchReport
{
    private const int MostOfVerdict = 8;

    /// <summary>The page.</summary>
    public static string Write(SearchResult result)
    {
        SearchProblem problem = result.Problem;
        var page = new StringBuilder();
        page.Append($"# Search: {problem.Name}\n\n");
        string gpus = Words.Count(problem.Cluster.Gpus, "GPU");
        Line(page, $"- GPUs: up to {gpus} ({problem.Cluster.Gpu.Name}), {problem.Cluster.GpusPerNode} a node");
        Line(page, $"- requests: prompts of {problem.Workload.PromptLength:N0} tokens, outputs of {problem.Workload.OutputLength:N0}");
        Line(page, $"- first token within: {Limit(problem.Limits?.Ttft)}");
        Line(page, $"- a token within: {Limit(problem.Limits?.Tpot)}");
        if (problem.Limits?.OutputThroughput is double output)
            Line(page, $"- output tokens a second and GPU: {output:0.#} or more");
        if (problem.Limits?.TotalThroughput is double total)
            Line(page, $"- tokens of prompts and outputs a second and GPU: {total:0.#} or more");
        Line(page, result.Options.Fit is SearchFit fit ? $"- {SearchText.Fitted(result, fit)}"
            : Words.Invariant($"- best is: {result.Options.Goal.ToString().ToLowerInvariant()}"));
        Answer(page, result);
        if (result.Candidates.Count > 0)
            Table(page, result);
        Counts(page, result);
        Line(page, $"\nAccuracy: {result.Accuracy}.");
        return page.ToString();
    }

    private static string Limit(double? seconds) => seconds is double limit ? TimingText.Time(limit) : "no limit";

    private static void Answer(StringBuilder page, SearchResult result)
    {
        page.Append("\n## Answer\n\n");
        foreach (string sentence in result.Shortfalls)
            Line(page, $"- {sentence}");
        if (result.Candidates is not [PlanCandidate best, ..])
            return;
        Line(page, $"{best.Deployment.Replace(">", "and", StringComparison.Ordinal)}: {best.Reason}.");
        page.Append('\n');
        if (best.TokensPerSecondPerGpu is not double rate)
            return;
        Line(page, $"- {best.Gpus} GPUs" + (best.Batch is null ? "" : $"; {best.Batch} sequences of an instance decode at once"));
        Line(page, $"- first token in {Limit(best.Ttft)}, a token in {Limit(best.Tpot)}");
        Line(page, $"- {rate:0.0} output tokens a second and GPU, {best.TokensPerSecondPerUser:0.0} for a user");
        Line(page, $"- {best.RequestsPerSecond:0.00} requests a second");
        if (best.MemoryHeadroom is long headroom)
            Line(page, $"- {headroom / 1e9:0.0} GB of the fullest GPU are free; most of a token is {best.Bottleneck}");
        if (best.CostPerMillionTokens is double cost)
            Line(page, $"- {cost:0.###} for a million output tokens");
    }

    private static void Table(StringBuilder page, SearchResult result)
    {
        page.Append("\n## Candidates\n\n| # | deployment | GPUs | batch | TTFT | TPOT | tokens/s/GPU | tokens/s/user | verdict |\n");
        page.Append("|---:|---|---:|---:|---:|---:|---:|---:|---|\n");
        foreach (PlanCandidate candidate in result.Candidates)
        {
            string deployment = candidate.Deployment.Replace(">", "and", StringComparison.Ordinal);
            Line(page, Words.Invariant($"| {candidate.Rank} | {deployment} | {candidate.Gpus} | {candidate.Batch} | ")
                + $"{Limit(candidate.Ttft)} | {Limit(candidate.Tpot)} | "
                + Words.Invariant($"{candidate.TokensPerSecondPerGpu:0.0} | {candidate.TokensPerSecondPerUser:0.0} | ")
                + $"{candidate.Verdict} |");
        }
    }

    private static void Counts(StringBuilder page, SearchResult result)
    {
        page.Append("\n## Why not the others\n\n");
        ILookup<CandidateVerdict, PlanCandidate> examples = Examples(result);
        foreach ((CandidateVerdict verdict, long count) in result.Verdicts.Where(entry => entry.Value > 0))
        {
            Line(page, $"- {count:N0} {SearchText.Word(verdict)}");
            foreach (PlanCandidate rejected in examples[verdict])
                Line(page, $"  - {rejected.Change ?? rejected.Prefill ?? rejected.Decode}: {rejected.Reason}");
        }
    }

    /// <summary>The first few of each verdict.</summary>
    private static ILookup<CandidateVerdict, PlanCandidate> Examples(SearchResult result)
    {
        var taken = new Dictionary<CandidateVerdict, int>();
        return result.Rejected.Where(candidate => Taken(candidate.Verdict)).ToLookup(candidate => candidate.Verdict);

        bool Taken(CandidateVerdict verdict) =>
            ++CollectionsMarshal.GetValueRefOrAddDefault(taken, verdict, out _) <= MostOfVerdict;
    }

    private static void Line(StringBuilder page, InvariantText text) => page.Append(Words.Invariant(text)).Append('\n');

    private static void Line(StringBuilder page, string text) => page.Append(text).Append('\n');
}
