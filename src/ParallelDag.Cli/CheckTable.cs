using ParallelDag.Wording;

namespace ParallelDag.Cli;

/// <summary>A report of checks as text: a line a rule with tick, cross or dash; a summary; the witnesses of what failed.</summary>
internal static class CheckTable
{
    private const int ShownWitnesses = 5;

    /// <summary>A name of a megabyte is told apart from another by its beginning, and by --json.</summary>
    private const int LongestWitness = 400;

    /// <summary>Prints the table.</summary>
    /// <param name="report">The report.</param>
    /// <param name="output">Where to.</param>
    /// <param name="width">The width to wrap the evidence at, or null for a line a rule whatever its length.</param>
    public static void Print(CheckReport report, TextWriter output, int? width)
    {
        int titleWidth = report.Results.Count == 0 ? 0 : report.Results.Max(result => result.Title.Length);
        foreach (CheckResult result in report.Results)
        {
            string head = $"{Mark(result.Status)} {result.Id}  {result.Title.PadRight(titleWidth)}  ";
            PrintWrapped(head, result.Evidence, output, width);
            if (result.Status == CheckStatus.Fail)
                PrintWitnesses(result, output);
        }

        output.WriteLine(OneLine.Of(report.ToString(), LongestWitness));
    }

    private static string Mark(CheckStatus status) => status switch
    {
        CheckStatus.Pass => "✓",
        CheckStatus.Fail => "✗",
        _ => "–",
    };

    private static void PrintWrapped(string head, string text, TextWriter output, int? width)
    {
        // Where little room is left beside the head, the evidence goes below it.
        int indent = head.Length;
        if (width is int total && head.Length + text.Length > total && total - head.Length < 30)
        {
            output.WriteLine(head.TrimEnd());
            indent = 4;
            head = "    ";
        }

        string line = head;
        foreach (string word in text.Split(' '))
        {
            if (width is int limit && line.Length > indent && line.Length + word.Length > limit)
            {
                output.WriteLine(line.TrimEnd());
                line = new string(' ', indent);
            }

            line += word + " ";
        }

        output.WriteLine(line.TrimEnd());
    }

    private static void PrintWitnesses(CheckResult result, TextWriter output)
    {
        IEnumerable<string> nodes = result.Nodes.Select((node, i) => Place(result, result.NodePositions, i) + "node " + node);
        IEnumerable<string> edges = result.Edges.Select((edge, i) => Place(result, result.EdgePositions, i) + "edge " + edge);
        string[] witnesses = [.. nodes, .. edges];
        foreach (string witness in witnesses.Take(ShownWitnesses))
            output.WriteLine("    " + OneLine.Of(witness, LongestWitness));
        if (witnesses.Length > ShownWitnesses)
            output.WriteLine(Words.Invariant($"    and {witnesses.Length - ShownWitnesses} more (--json names them)"));
    }

    private static string Place(CheckResult result, IReadOnlyList<TextPosition> positions, int i) =>
        i < positions.Count && result.File is not null
            ? Words.Invariant($"{result.File}:{positions[i].Line}:{positions[i].Column}: ")
            : "";
}
