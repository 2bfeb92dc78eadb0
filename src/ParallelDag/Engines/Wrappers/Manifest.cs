using System.Text;
using ParallelDag.Documents;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Engines.Wrappers;

/// <summary>Documents of Kubernetes and its kind, and their YAML: blocks throughout, texts of several lines as they stand.</summary>
internal static class Manifest
{
    /// <summary>A mapping; entries without a value are left out.</summary>
    public static DocumentMap Map(params (string Key, DocumentNode? Value)[] entries) => PlanDocument.Map(entries);

    /// <summary>A list.</summary>
    public static DocumentList List(params IEnumerable<DocumentNode> items) => PlanDocument.List(items);

    /// <summary>A text, whatever it looks like.</summary>
    public static DocumentScalar Text(string text) => new(text, Quoted: true, default);

    /// <summary>A number.</summary>
    public static DocumentScalar Number(int number) => PlanDocument.Number(number);

    /// <summary>True or false.</summary>
    public static DocumentScalar Flag(bool flag) => PlanDocument.Flag(flag);

    /// <summary>Documents, one after the other, each behind its comment.</summary>
    public static string Write(string comment, params IEnumerable<DocumentMap> documents)
    {
        var yaml = new StringBuilder();
        foreach (DocumentMap document in documents)
        {
            yaml.Append(yaml.Length == 0 ? $"# {comment}\n" : "---\n");
            Entries(yaml, document, 0);
        }

        return yaml.ToString();
    }

    private static void Entries(StringBuilder yaml, DocumentMap map, int depth)
    {
        foreach (DocumentEntry entry in map.Entries)
        {
            yaml.Append(' ', depth).Append(Scalar(entry.Key)).Append(':');
            Value(yaml, entry.Value, depth);
        }
    }

    private static void Value(StringBuilder yaml, DocumentNode value, int depth)
    {
        switch (value)
        {
            case DocumentMap { Entries.Count: 0 }:
                yaml.Append(" {}\n");
                break;
            case DocumentMap map:
                yaml.Append('\n');
                Entries(yaml, map, depth + 2);
                break;
            case DocumentList { Items.Count: 0 }:
                yaml.Append(" []\n");
                break;
            case DocumentList list:
                yaml.Append('\n');
                foreach (DocumentNode item in list.Items)
                    Item(yaml, item, depth + 2);
                break;
            case DocumentScalar scalar when scalar.Text.Contains('\n', StringComparison.Ordinal):
                Block(yaml, scalar.Text, depth + 2);
                break;
            case DocumentScalar scalar:
                yaml.Append(' ').Append(scalar.Quoted ? Scalar(scalar.Text) : scalar.Text).Append('\n');
                break;
        }
    }

    private static void Item(StringBuilder yaml, DocumentNode item, int depth)
    {
        yaml.Append(' ', depth).Append('-');
        if (item is DocumentMap { Entries.Count: > 0 } map)
        {
            var inner = new StringBuilder();
            Entries(inner, map, depth + 2);
            yaml.Append(' ').Append(inner.ToString().AsSpan(depth + 2));
        }
        else
        {
            Value(yaml, item, depth);
        }
    }

    private static void Block(StringBuilder yaml, string text, int depth)
    {
        yaml.Append(text.EndsWith('\n') ? " |\n" : " |-\n");
        foreach (string line in text.TrimEnd('\n').Split('\n'))
            yaml.Append(' ', line.Length == 0 ? 0 : depth).Append(line).Append('\n');
    }

    /// <summary>Bare where no reader could take it for something else, else in double quotes as JSON has them.</summary>
    private static string Scalar(string text) => IsBare(text) ? text : Quoted(text);

    private static bool IsBare(string text) =>
        text.Length > 0 && (char.IsAsciiLetter(text[0]) || text[0] == '/')
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '@') && text[^1] != ':'
        && text.ToLowerInvariant() is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n");

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
            quoted.Append(c switch { '"' => "\\\"", '\\' => "\\\\", '\t' => "\\t", _ => c < ' ' ? Words.Invariant($"\\x{(int)c:x2}")
                : c.ToString() });
        return quoted.Append('"').ToString();
    }
}
