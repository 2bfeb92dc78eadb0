using System.Collections.Frozen;
using ParallelDag.Graphs;

namespace ParallelDag.Drawings;

/// <summary>How a list of numbers in a label ends.</summary>
internal enum ListEnd
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>It was read to its end.</summary>
    Whole,

    /// <summary>
    /// It goes on with what cannot be read (<c>0, 4, ..., 61</c>, <c>0 → all</c>, <c>0_1</c>), so that its numbers are not the whole list.
    /// </summary>
    Broken,
}

/// <summary>
/// Reads the numbers that people list behind a word such as GPU: <c>0-3</c>, <c>0,1</c>, <c>[0, 1] → [4, 5]</c>, <c>GPU-0 &amp; GPU-1</c>,
/// <c>0 to 3</c>, <c>18/19</c>.
/// <code>
/// list    = element { separator element }
/// element = { bracket } [ "all" | "each" ] [ word mark ] number [ range number ] { bracket }
/// separator = , ; &amp; / + | "and" | an arrow | "to"
/// "...", separators on both sides, stands for the numbers between: 0, 4, ..., 60
/// </code>
/// A number that counts or measures something (<c>8 experts</c>, <c>40GB</c>, <c>25%</c>) is no element.
/// </summary>
/// <param name="text">The label.</param>
/// <param name="start">Where the list may begin: behind the word and its mark.</param>
/// <param name="words">The words that may stand before each number again, lower case.</param>
/// <param name="moves">True for what sends: "GPU 0 to GPU 4" names its two ends, not GPUs 0 to 4.</param>
internal sealed class NumberList(string text, int start, FrozenSet<string> words, bool moves)
{
    private const int MostDigits = 9;
    private const int MostInProgression = 1 << 16;

    private static readonly FrozenSet<string> Fillers = FrozenSet.ToFrozenSet(["all", "each", "every", "only", "the", "both"]);
    private static readonly FrozenSet<string> Vague =
        FrozenSet.ToFrozenSet(["all", "each", "every", "other", "others", "next", "remaining", "rest"]);
    private static readonly FrozenSet<string> Steps = FrozenSet.ToFrozenSet(["step", "stride", "every", "mod", "modulo"]);
    private static readonly FrozenSet<string> Counted = FrozenSet.ToFrozenSet([
        "expert", "experts", "layer", "layers", "head", "heads", "token", "tokens", "node", "nodes", "stage", "stages", "group", "groups",
            "replica", "replicas",
        "shard", "shards", "partition", "partitions", "way", "block", "blocks", "gb", "gib", "mb", "mib", "ms", "us", "s", "tflops", "gpus",
            "devices", "total",
    ]);

    private int _open;

    /// <summary>Where the list ends.</summary>
    public int At { get; private set; } = start;

    /// <summary>The ranges found, both ends inclusive, in their order.</summary>
    public List<(int First, int Last)> Ranges { get; } = [];

    /// <summary>True when a <c>/</c> parts two of the numbers, which may mean "4 of 16".</summary>
    public bool HasSlash { get; private set; }

    /// <summary>Reads the list. O(its length).</summary>
    public ListEnd Read()
    {
        if (Element(first: true) is ListEnd begin and not ListEnd.Whole)
            return begin;
        while (true)
        {
            int mark = At;
            Link link = Separator();
            if (link == Link.None)
            {
                At = mark;
                return ListEnd.Whole;
            }

            if (link is Link.List or Link.Arrow)
                SkipSpace(lines: true);
            if (At < text.Length && (text[At] == '…' || text.AsSpan(At).StartsWith("..", StringComparison.Ordinal)))
            {
                if (!Progression())
                    return ListEnd.Broken;
                continue;
            }

            int next = At;
            switch (Element(first: false))
            {
                case ListEnd.Whole:
                    HasSlash |= link == Link.List && text[mark..next].Contains('/', StringComparison.Ordinal);
                    continue;
                case ListEnd.Broken:
                    return ListEnd.Broken;
            }

            if (link == Link.Arrow || (link == Link.To && Vague.Contains(WordAt(next))))
                return ListEnd.Broken;
            At = mark;
            return ListEnd.Whole;
        }
    }

    /// <summary>
    /// Reads on from the dots of <c>0, 1, ..., 7</c> or <c>0 → 4 → … → 60</c> to the number that ends the progression; false where the two
    /// numbers before the dots and the one behind them are none.
    /// </summary>
    private bool Progression()
    {
        while (At < text.Length && text[At] is '.' or '…')
            At++;
        if (Separator() is not (Link.List or Link.Arrow))
            return false;
        SkipSpace(lines: true);
        int known = Ranges.Count;
        (int first, int from) = Ranges[known - 1];
        if (first != from || Element(first: false) != ListEnd.Whole)
            return false;
        (int to, int last) = Ranges[^1];
        int step = known < 2 ? 0 : from - Ranges[known - 2].Last;
        if (to != last || step < 1 || to <= from || (to - from) % step != 0 || (to - from) / step > MostInProgression)
            return false;
        for (int number = from + step; number < to; number += step)
            Ranges.Add((number, number));
        return true;
    }

    private ListEnd Element(bool first)
    {
        int mark = At, open = _open;
        _open += Brackets("[({");
        Prefix();
        ListEnd number = Number(first, out int low);
        if (number != ListEnd.Whole)
        {
            (At, _open) = (mark, open);
            return number;
        }

        int high = low;
        if (RangeMark())
        {
            number = Number(first: true, out high);
            if (number != ListEnd.Whole || high < low)
                return ListEnd.Broken;
        }

        if (_open > 0)
            _open = Math.Max(0, _open - Brackets("])}"));
        Ranges.Add((low, high));
        return ListEnd.Whole;
    }

    /// <summary>Passes over a word such as GPU with its mark, and over "all" before it. True when the word stands there.</summary>
    private bool Prefix()
    {
        int mark = At;
        SkipSpace(lines: false);
        string word = WordAt(At);
        while (Fillers.Contains(word))
        {
            At += word.Length;
            SkipSpace(lines: false);
            word = WordAt(At);
        }

        if (!words.Contains(word))
        {
            At = mark;
            SkipSpace(lines: false);
            return false;
        }

        At += word.Length;
        SkipMark();
        Brackets("[({");
        SkipSpace(lines: false);
        return true;
    }

    /// <summary>
    /// Passes over what may stand between a word and its number: <c>GPU: 0</c>, <c>GPU-0</c>, <c>GPU #0</c>, <c>gpu_0</c>.
    /// </summary>
    public void SkipMark()
    {
        SkipSpace(lines: false);
        if (At < text.Length && text[At] is ':' or '=' or '#' or '@' or '-' or '_' or '–' or '‑')
            At++;
        SkipSpace(lines: false);
    }

    private ListEnd Number(bool first, out int value)
    {
        value = 0;
        int begin = At;
        while (At < text.Length && char.IsAsciiDigit(text[At]))
            At++;
        if (At == begin)
            return ListEnd.None;
        if (At - begin > MostDigits)
            return ListEnd.Broken;
        value = int.Parse(text.AsSpan(begin, At - begin), System.Globalization.CultureInfo.InvariantCulture);
        return Suffix(first);
    }

    /// <summary>What follows a number decides whether it is one of the list.</summary>
    private ListEnd Suffix(bool first)
    {
        char next = Peek(0), after = Peek(1);
        if (char.IsLetter(next) || next == '%' || (next == '.' && char.IsAsciiDigit(after)))
            return ListEnd.None;
        if ((next == '_' && char.IsAsciiDigit(after)) || (next == ':' && char.IsAsciiDigit(after)) || next is '*' or '×')
            return ListEnd.Broken;
        if (next is '-' or '–')
        {
            if (after == '(' || (char.IsLetter(after) && !char.IsLetter(Peek(2))))
                return ListEnd.Broken;
            if (char.IsLetter(after) && !words.Contains(WordAt(At + 1)))
                return ListEnd.None;
        }

        int at = At;
        while (at < text.Length && text[at] is ' ' or '\t' or '(' or ',')
            at++;
        string word = WordAt(at);
        if (first && word is "gpus" or "devices" && text.AsSpan(At, at - At).TrimStart(" \t").IsEmpty)
            return ListEnd.None; // "GPU: 64 GPUs" counts.
        return Steps.Contains(word) ? ListEnd.Broken : !first && at > At && text[At] is ' ' or '\t'
            && Counted.Contains(word) ? ListEnd.None : ListEnd.Whole;
    }

    /// <summary>Passes over <c>-</c>, <c>..</c>, <c>to</c> and the like between two numbers; stays where no number follows.</summary>
    private bool RangeMark()
    {
        int mark = At;
        SkipSpace(lines: false);
        string word = WordAt(At);
        if (word is "to" or "through" or "thru")
            At += word.Length;
        else if (text.AsSpan(At).StartsWith("...", StringComparison.Ordinal))
            At += 3;
        else if (text.AsSpan(At).StartsWith("..", StringComparison.Ordinal))
            At += 2;
        else if (Peek(0) is '–' or '—' or '−' or '‑' or '~' or '～' or '…' || (Peek(0) == '-' && Peek(1) is not ('>' or '-')))
            At++;
        else
        {
            At = mark;
            return false;
        }

        bool named = Prefix();
        if (char.IsAsciiDigit(Peek(0)) && !(named && moves && word == "to"))
            return true;
        At = mark;
        return false;
    }

    private Link Separator()
    {
        SkipSpace(lines: false);
        ReadOnlySpan<char> rest = text.AsSpan(At);
        if (rest.IsEmpty)
            return Link.None;
        foreach (string arrow in Arrows)
        {
            if (rest.StartsWith(arrow, StringComparison.Ordinal))
            {
                At += arrow.Length;
                return Link.Arrow;
            }
        }

        string word = WordAt(At);
        if (word is "to" or "and")
        {
            At += word.Length;
            return word == "to" ? Link.To : Link.List;
        }

        if (rest[0] is not (',' or ';' or '&' or '/' or '+' or '|' or '，' or '、'))
            return Link.None;
        At++;
        SkipSpace(lines: false);
        if (WordAt(At) == "and")
            At += "and".Length;
        return Link.List;
    }

    // The longer first: "<->" is not "<-".
    private static readonly string[] Arrows =
    [
        "<-->", "<->", "<=>", "-->", "->", "<--", "<-", "=>", "==>", "→", "←", "↔", "⇒", "⇐", "⇔", "⟶", "⟵", "⟷", "⇄", "⇆", "➔", "➜", "➡",
            "▶", "►",
    ];

    private int Brackets(string which)
    {
        int count = 0, mark = At;
        SkipSpace(lines: false);
        while (At < text.Length && which.Contains(text[At], StringComparison.Ordinal))
        {
            At++;
            count++;
        }

        if (count == 0)
            At = mark;
        return count;
    }

    private void SkipSpace(bool lines)
    {
        while (At < text.Length && (text[At] is ' ' or '\t' or '\u00A0' || (lines && text[At] is '\n' or '\r')))
            At++;
    }

    private char Peek(int ahead) => At + ahead < text.Length ? text[At + ahead] : '\0';

    private string WordAt(int at)
    {
        int end = at;
        while (end < text.Length && char.IsAsciiLetter(text[end]))
            end++;
        return end == at ? "" : text[at..end].ToLowerInvariant();
    }

    private enum Link
    {
        None,
        List,
        Arrow,
        To,
    }
}
