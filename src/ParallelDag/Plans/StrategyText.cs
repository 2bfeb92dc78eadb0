using System.Text.RegularExpressions;
using ParallelDag.Documents;

namespace ParallelDag.Plans;

/// <summary>
/// Reads a strategy in one line, the text that <see cref="PhaseStrategy.ToString"/> gives: words separated by spaces or semicolons, each an
/// axis with its degree (<c>tp2</c>) or a key of a plan file with its value (<c>attentionOutput=allGather</c>,
/// <c>order=tp,sp,ep,dp,pp</c>). Sets of instances stand with a plus between them: <c>tp8 replicas=3 + tp4 replicas=2</c>.
/// </summary>
public static partial class StrategyText
{
    // Keys whose value is a list, even of one entry.
    private static readonly HashSet<string> Lists = new(StringComparer.OrdinalIgnoreCase) { "order", "layersPerStage" };

    /// <summary>The section that a plan file would have.</summary>
    /// <param name="text">The text.</param>
    /// <param name="section">What it is, for messages: <c>prefill</c>.</param>
    /// <exception cref="InputException">A word is neither an axis nor a key with its value, or comes twice.</exception>
    public static DocumentMap Read(string text, string section)
    {
        string[] words = text.Split([' ', ';', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        if (!words.Contains("+"))
            return ReadSet(words, section);
        var sets = new List<DocumentNode>();
        for (int start = 0, end; start <= words.Length; start = end + 1)
        {
            end = Array.IndexOf(words, "+", start);
            end = end < 0 ? words.Length : end;
            if (end == start)
                throw new InputException($"{section}: '+' stands between two sets of instances (tp8 replicas=3 + tp4), and one is missing");
            sets.Add(ReadSet(words[start..end], section));
        }

        return new DocumentMap([new DocumentEntry("instances", default, new DocumentList(sets, default))], default);
    }

    private static DocumentMap ReadSet(string[] words, string section)
    {
        var entries = new List<DocumentEntry>();
        foreach (string word in words)
        {
            Match match = AxisOrKey().Match(word);
            if (!match.Success)
                throw new InputException(
                    $"{section}: '{word}' is neither an axis with its degree (tp2) nor a key with its value (attentionOutput=allGather)");
            string key = match.Groups["axis"].Success ? match.Groups["axis"].Value.ToLowerInvariant() : match.Groups["key"].Value;
            if (entries.Exists(entry => entry.Key == key))
                throw new InputException($"{section}: '{key}' is given twice");
            string value = match.Groups["value"].Value;
            DocumentNode node = Lists.Contains(key) || value.Contains(',', StringComparison.Ordinal)
                ? new DocumentList([.. value.Split(',').Select(item => (DocumentNode)Scalar(item.Trim()))], default)
                : Scalar(value);
            entries.Add(new DocumentEntry(key, default, node));
        }

        return new DocumentMap(entries, default);
    }

    /// <summary>The strategy that a text tells.</summary>
    /// <exception cref="InputException">Every problem found.</exception>
    public static PhaseStrategy Parse(string text) => PlanReader.ReadStrategy(Read(text, "strategy"));

    private static DocumentScalar Scalar(string text) => new(text, Quoted: false, default);

    [GeneratedRegex(@"^(?:(?<axis>[A-Za-z]+)(?<value>\d+)|(?<key>[A-Za-z]+)[=:](?<value>\S+))$", RegexOptions.CultureInvariant)]
    private static partial Regex AxisOrKey();
}
