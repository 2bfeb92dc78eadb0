using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ParallelDag.Drawings;

/// <summary>
/// Reads the dimensions in a label: <c>INPUT DIMENSION: [...]</c>, <c>Input 1: [...]</c>, <c>[...] → [...]</c>. Sizes that are no numbers
/// (<c>seq_len=var</c>, a bare <c>tokens_per_expert</c>) are open, copies (<c>[...] × 8</c>, <c>8×[...]</c>) count once; a size without a
/// name (<c>[128, 4096]</c>) is no notation of ours and stays text.
/// </summary>
internal static class TensorText
{
    private static readonly Regex InputKey = Key("in", "inputs?");
    private static readonly Regex OutputKey = Key("out", "outputs?");
    private static readonly Regex ListCommas = Pattern(@"\][ \t]*(?:(?:×|x|\*)[ \t]*\d+[ \t]*)*,[ \t]*");
    private static readonly Regex Copies = Pattern(@"(?:^|;)[ \t]*\d+[ \t]*(?:×|x|\*)[ \t]*\[");
    private static readonly Regex Thousands = Pattern(@"(=[ \t]*\d{1,3}),(\d{3})\b");
    private static readonly Regex NextTensor = Pattern(@"^[ \t]*[A-Za-z][A-Za-z_]{0,11}[ \t]*[:=]?[ \t]*\[[^\]\n]*=");
    private static readonly Regex Flow = Pattern(@"\[[^\]\n]*=[^\]\n]*(?:→|->)[^\]\n]*\]");
    private static readonly Regex Shapes = Pattern(@"\[[^\]\n]*\](?:[ \t]*(?:→|->|=>|⇒)[ \t]*\[[^\]\n]*\])+");
    private static readonly Regex Queries =
        Pattern(@"(?:^|[\n,;])[ \t]*((?:q|k|v|query|key|value)s?(?:,[ \t]*[kv])*[ \t]*[:=]?[ \t]*\[[^\]\n]*=[^\]\n]*\])");
    private static readonly Regex Shape = Pattern(@"\[[^\]\n]*=[^\]\n]*\]");

    // A node has a handful of tensors; longer names of tensors and more inputs are no notation that people use.
    private const int LongestHead = 64;
    private const int MostKeys = 16;

    /// <summary>
    /// What the label says of input and output, in the notation of <see cref="TensorList"/>; empty where it says nothing.
    /// </summary>
    public static (string Input, string Output) Read(string label)
    {
        string input = After(InputKey, OutputKey, label), output = After(OutputKey, InputKey, label);
        if (input.Length == 0 && output.Length > 0)
            input = Attended(label[..OutputKey.Match(label).Index]);
        if (input.Length + output.Length > 0)
            return (input, output);
        if (Flow.Match(label) is { Success: true } sizes)
            return (Notation(Side(sizes.Value, last: false)), Notation(Side(sizes.Value, last: true)));
        if (Shapes.Match(label) is not { Success: true } flow)
            return ("", "");
        return (Notation(flow.Value[..(flow.Value.IndexOf(']', StringComparison.Ordinal) + 1)]),
            Notation(flow.Value[flow.Value.LastIndexOf('[')..]));
    }

    /// <summary>The only shape of a node that yields what it takes, as the ends of a graph do: after either key or on its own.</summary>
    public static string ReadOnly(string label)
    {
        (string input, string output) = Read(label);
        return input.Length > 0 ? input : output.Length > 0 ? output : Shape.Match(label) is { Success: true } shape ? Notation(shape.Value)
            : "";
    }

    /// <summary>Queries, keys and values that stand in a label without a key before them.</summary>
    private static string Attended(string label) =>
        string.Join("; ", Queries.Matches(label).Take(MostKeys).Select(match => Notation(match.Groups[1].Value)));

    /// <summary>One side of a shape that tells both, <c>[batch=8→4, hidden=512→512]</c>.</summary>
    private static string Side(string shape, bool last) =>
        "[" + string.Join(", ", shape[1..^1].Split(',', StringSplitOptions.TrimEntries).Select(item =>
    {
        int equals = item.IndexOf('=', StringComparison.Ordinal);
        string[] sides = item[(equals + 1)..].Split(["→", "->"], StringSplitOptions.TrimEntries);
        return equals < 0 ? item : $"{item[..equals]}={(last ? sides[^1] : sides[0])}";
    })) + "]";

    private static string After(Regex key, Regex otherKey, string label)
    {
        var tensors = new StringBuilder();
        foreach (Match found in key.Matches(label).Take(MostKeys))
        {
            int start = found.Index + (found.ValueSpan[^1] == '[' ? found.ValueSpan.IndexOfAny(':', '=') + 1 : found.Length);
            string text = Notation(Value(label, start, otherKey));
            if (text.Length > 0)
                tensors.Append(tensors.Length == 0 ? "" : "; ").Append(text);
        }

        return tensors.ToString();
    }

    /// <summary>
    /// The text of a value: to the end of the line, brackets and following lines of tensors included, or to the other key.
    /// </summary>
    private static string Value(string label, int start, Regex otherKey)
    {
        while (start < label.Length && char.IsWhiteSpace(label[start]))
        {
            // The value may begin on the next line, but then it is a shape and not the next fact.
            if (label[start] == '\n' && label.AsSpan(start).TrimStart() is not ['[', ..])
                return "";
            start++;
        }

        Match other = otherKey.Match(label, start);
        int limit = other.Success ? other.Index : label.Length, end = start, depth = 0;
        for (; end < limit; end++)
        {
            if (label[end] == '\n' && depth <= 0 && !NextTensor.IsMatch(label.AsSpan(end + 1, Math.Min(limit - end - 1, LongestHead))))
                break;
            depth += label[end] == '[' ? 1 : label[end] == ']' ? -1 : 0;
        }

        return label[start..end];
    }

    /// <summary>A value as people write it in the notation of <see cref="TensorList"/>.</summary>
    private static string Notation(string value)
    {
        string text = value.Trim().TrimEnd(',', ';').TrimEnd();
        int close = text.LastIndexOf(']');
        if (close >= 0)
            text = text[..(close + 1)];
        text = ListCommas.Replace(text.Replace("]\n", "]; ", StringComparison.Ordinal).Replace('\n', ' '), "]; ");
        text = Copies.Replace(text, match => match.Value[0] == ';' ? "; [" : "[");
        if (!text.Contains('[', StringComparison.Ordinal))
            return text;
        var notation = new StringBuilder(text.Length);
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int open = part.IndexOf('[', StringComparison.Ordinal);
            notation.Append(notation.Length == 0 ? "" : "; ");
            if (open < 0 || part[^1] != ']')
                notation.Append(part);
            else
                AppendTensor(notation, part[..open].Trim().TrimEnd(':', '=').TrimEnd(), part[(open + 1)..^1]);
        }

        return notation.ToString();
    }

    private static void AppendTensor(StringBuilder notation, string name, string dimensions)
    {
        notation.Append(name).Append(name.Length == 0 ? "[" : " [");
        bool first = true;
        foreach (string item in Thousands.Replace(dimensions, "$1$2").Split(',', StringSplitOptions.TrimEntries))
        {
            notation.Append(first ? "" : ", ").Append(Dimension(item));
            first = false;
        }

        notation.Append(']');
    }

    /// <summary><c>seq_len=var</c> and <c>seq_len</c> become <c>seq_len=?</c>.</summary>
    private static string Dimension(string item)
    {
        int equals = item.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return IsWord(item) ? $"{item}=?" : item;
        string name = item[..equals].Trim(), size = item[(equals + 1)..].Trim();
        bool number = long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return IsWord(name) && size.Length > 0 ? $"{name}={(number ? size : "?")}" : item;
    }

    private static bool IsWord(string text) =>
        text.Length > 0 && (char.IsLetter(text[0]) || text[0] == '_')
            && text.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '/' or '.');

    /// <summary><c>INPUT DIMENSION:</c>, <c>input_shape=</c>, <c>Input 1:</c>, <c>In: [</c>.</summary>
    private static Regex Key(string brief, string word) => Pattern(
        $@"\b(?:(?:{word}|{brief})[ _]*(?:dimensions?|dims?|shapes?|tensors?)[ \t]*\d*[ \t]*[:=]"
        + $@"|{word}[ \t_]*\d*[ \t]*:|{brief}[ \t]*[:=][ \t]*(?:(?:q|k|v|query|key|value)s?[ \t]*[:=]?[ \t]*)?\[)");

    private static Regex Pattern(string pattern) =>
        new(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
