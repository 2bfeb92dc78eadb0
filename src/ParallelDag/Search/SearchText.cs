using System.Text;
using ParallelDag.Serving;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>A search as <c>paralleldag search</c> prints it: strategies wrap where the table has no room for them.</summary>
public static class SearchText
{
    /// <summary>The text of a search.</summary>
    /// <param name="result">The search.</param>
    /// <param name="width">Columns that there are.</param>
    public static string Write(SearchResult result, int width = 80)
    {
        var text = new StringBuilder();
        Heading(text, result, width);
        foreach (string sentence in result.Shortfalls)
            Wrapped(text, sentence, width);
        if (result.Candidates is [{ Change: not null }, ..])
            Changes(text, result, width);
        else if (result.Candidates.Count > 0)
            Table(text, result, width);
        Counts(text, result, width);
        foreach (PlanCandidate candidate in result.Rejected)
        {
            string what = candidate.Change ?? $"{candidate.Prefill ?? candidate.Decode} ({Phase(candidate)})";
            Wrapped(text, $"{candidate.Verdict}: {what}: {candidate.Reason}", width);
        }

        Wrapped(text, $"Accuracy: {result.Accuracy}.", width);
        return text.ToString();
    }

    private static string Phase(PlanCandidate candidate) =>
        candidate.Mode == ServingMode.Aggregated ? "aggregated" : candidate.Prefill is null ? "decode" : "prefill";

    private static void Heading(StringBuilder text, SearchResult result, int width)
    {
        SearchProblem problem = result.Problem;
        var limits = new List<string>();
        if (problem.Limits?.Ttft is double ttft)
            limits.Add($"first token within {TimingText.Time(ttft)}");
        if (problem.Limits?.Tpot is double tpot)
            limits.Add($"a token within {TimingText.Time(tpot)}");
        if (problem.Limits?.OutputThroughput is double output)
            limits.Add(Words.Invariant($"{output:0.#} output tokens a second and GPU or more"));
        if (problem.Limits?.TotalThroughput is double total)
            limits.Add(Words.Invariant($"{total:0.#} tokens of prompts and outputs a second and GPU or more"));
        string kept = limits.Count == 0 ? "no limits" : string.Join(", ", limits);
        string gpus = $"{Words.Count(problem.Cluster.Gpus, "GPU")} ({problem.Cluster.Gpu.Name})";
        Wrapped(text, Words.Invariant($"{problem.Name}: up to {gpus}, prompts of ")
            + Words.Invariant($"{problem.Workload.PromptLength:N0} tokens, outputs of {problem.Workload.OutputLength:N0}; {kept}"), width);
        if (result.Options.Fit is SearchFit fit)
            Wrapped(text, Fitted(result, fit), width);
        text.Append('\n');
    }

    /// <summary>What was to be as large as fits.</summary>
    internal static string Fitted(SearchResult result, SearchFit fit)
    {
        WorkloadSpec workload = result.Problem.Workload;
        return fit == SearchFit.Context
            ? Words.Invariant($"The longest context that fits: {(long)workload.PromptLength + workload.OutputLength:N0} positions, ")
                + Words.Invariant($"{workload.PromptLength:N0} of them the prompt")
            : result.Candidates is [{ Sequences: long sequences }, ..]
                ? Words.Invariant($"The largest batch that fits: {Words.Count(sequences, "sequence")} at once") : "No batch fits";
    }

    private static void Table(StringBuilder text, SearchResult result, int width)
    {
        bool cost = result.Candidates.Any(candidate => candidate.CostPerMillionTokens is not null);
        string head = $"{"#",3} {"GPUs",5} {"batch",6} {"TTFT",8} {"TPOT",8} {"tok/s/GPU",9} {"/user",6}{(cost ? $" {"$/Mtok",8}" : "")}  ";
        text.Append(head).Append("deployment\n");
        foreach (PlanCandidate candidate in result.Candidates)
        {
            string mark = candidate.Verdict == CandidateVerdict.Pareto ? "*" : " ";
            string ttft = TimingText.Time(candidate.Ttft!.Value), tpot = TimingText.Time(candidate.Tpot!.Value);
            string row = Words.Invariant($"{candidate.Rank,3}{mark}{candidate.Gpus,5} {candidate.Batch,6} {ttft,8} {tpot,8} ")
                + Words.Invariant($"{candidate.TokensPerSecondPerGpu,9:0.0} {candidate.TokensPerSecondPerUser,6:0.0}")
                + (cost ? Words.Invariant($" {candidate.CostPerMillionTokens,8:0.###}") : "") + "  ";
            string indent = new(' ', row.Length);
            IReadOnlyList<string> lines = Lines(candidate.Deployment, Math.Max(20, width - row.Length));
            for (int line = 0; line < lines.Count; line++)
                text.Append(line == 0 ? row : indent).Append(lines[line]).Append('\n');
        }

        text.Append("* no other has more tokens a second for a user and for a GPU\n\n");
    }

    private static void Changes(StringBuilder text, SearchResult result, int width)
    {
        foreach (PlanCandidate change in result.Candidates)
            Wrapped(text, Words.Invariant($"{change.Rank}. {change.Change}: {change.Reason}"), width);
        text.Append('\n');
    }

    private static void Counts(StringBuilder text, SearchResult result, int width)
    {
        string counts = string.Join(", ", result.Verdicts.Where(entry => entry.Value > 0)
            .Select(entry => Words.Invariant($"{entry.Value:N0} {Word(entry.Key)}")));
        Wrapped(text, Words.Invariant($"Candidates: {counts}."), width);
        Wrapped(text, Words.Invariant($"{result.Evaluations:N0} evaluations in {result.Seconds:0.00} s."), width);
    }

    internal static string Word(CandidateVerdict verdict) => verdict switch
    {
        CandidateVerdict.Pareto => "on the Pareto front",
        CandidateVerdict.Feasible => "feasible",
        CandidateVerdict.Rule => "against a rule",
        CandidateVerdict.Memory => "beyond memory",
        CandidateVerdict.Ttft => "too late (TTFT)",
        CandidateVerdict.Tpot => "too slow (TPOT)",
        CandidateVerdict.Throughput => "below the throughput",
        CandidateVerdict.Budget => "beyond the GPUs",
        CandidateVerdict.PrefillBound => "prefill-bound",
        _ => "the same as others",
    };

    private static void Wrapped(StringBuilder text, string words, int width)
    {
        IReadOnlyList<string> lines = Lines(words, width - 2);
        for (int line = 0; line < lines.Count; line++)
            text.Append(line == 0 ? "" : "  ").Append(lines[line]).Append('\n');
    }

    private static List<string> Lines(string words, int width)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        foreach (string word in words.Split(' '))
        {
            if (line.Length > 0 && line.Length + word.Length + 1 > width)
            {
                lines.Add(line.ToString());
                line.Clear();
            }

            line.Append(line.Length == 0 ? "" : " ").Append(word);
        }

        lines.Add(line.ToString());
        return lines;
    }
}
