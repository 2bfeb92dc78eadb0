using System.Collections.Frozen;
using ParallelDag.Graphs;

namespace ParallelDag.Drawings;

/// <summary>What a text says of GPUs.</summary>
internal enum GpuSpeech
{
    /// <summary>Nothing.</summary>
    Silent,

    /// <summary>Their numbers.</summary>
    Named,

    /// <summary>Words in place of numbers: <c>GPU: all</c>, <c>Device: CPU</c>.</summary>
    Words,

    /// <summary>Numbers that cannot be read to their end, so that half of them would be half a fact.</summary>
    Unread,
}

/// <summary>What was read of GPUs in one text.</summary>
/// <param name="Speech">What the text says.</param>
/// <param name="Gpus">The GPUs; null unless they are named.</param>
/// <param name="Phrase">The words that name them or stand in their place.</param>
internal readonly record struct GpuReading(GpuSpeech Speech, GpuSet? Gpus, string Phrase)
{
    /// <summary>Nothing is said.</summary>
    public static GpuReading Silent => new(GpuSpeech.Silent, null, "");
}

/// <summary>
/// Reads which GPUs a label, the label of a cluster or an id names, however people spell it: <c>GPUs: 0-7 → 8-15</c>, <c>GPU-0</c>,
/// <c>Device: gpu_3</c>, <c>cuda:0</c>, <c>layer0_qkv_gpu3</c>. A line of its own (<c>GPU: 0-3</c>) goes before what the rest of the label
/// mentions (<c>Route to GPU 8</c>).
/// </summary>
internal static class GpuText
{
    private static readonly FrozenSet<string> Keys =
        FrozenSet.ToFrozenSet(["gpu", "gpus", "device", "devices", "rank", "ranks", "cuda", "accelerator", "accelerators"]);
    private static readonly FrozenSet<string> Qualifiers =
        FrozenSet.ToFrozenSet(["id", "ids", "range", "ranges", "set", "sets", "index", "indices", "list", "no", "number", "numbers"]);

    // "TP rank 3" is a place inside a group, "8 of 64 GPUs" and "Total GPUs: 8" are counts.
    private static readonly FrozenSet<string> GroupWords = FrozenSet.ToFrozenSet([
        "tp", "ep", "dp", "pp", "sp", "cp", "etp", "edp", "tensor", "expert", "data", "pipeline", "context", "sequence", "local", "lora",
            "low", "parallel", "node",
    ]);

    private static readonly FrozenSet<string> CountWords =
        FrozenSet.ToFrozenSet(["total", "num", "number", "count", "max", "min", "required", "needed", "n", "per"]);

    /// <summary>Reads the label of a node or a cluster.</summary>
    /// <param name="label">The label as people see it.</param>
    /// <param name="moves">True for the label of what sends.</param>
    public static GpuReading Read(string label, bool moves = false)
    {
        string text = WithoutTensors(label);
        var ranges = new List<(int, int)>();
        bool stated = false, words = false;
        string phrase = "";
        int at = 0, line = 0;
        for (int from = 0; NextKey(text, ref at, out int key); from = key)
        {
            int end = text.AsSpan(from, key - from).LastIndexOf('\n');
            line = end < 0 ? line : from + end + 1;
            bool states = StatesGpus(text, line);
            if (stated && !states)
                continue;
            if (states && !stated)
            {
                // A line that says nothing but GPUs outweighs mentions elsewhere.
                stated = true;
                ranges.Clear();
            }

            var list = new NumberList(text, at, Keys, moves);
            list.SkipMark();
            ListEnd read = list.Read();
            if (read == ListEnd.Broken && !IsCount(text, key, at, list))
                return new GpuReading(GpuSpeech.Unread, null, Line(text, line));
            if (read != ListEnd.Whole || IsCount(text, key, at, list))
            {
                words |= states;
                phrase = words && phrase.Length == 0 ? Line(text, line) : phrase;
                continue;
            }

            ranges.AddRange(list.Ranges);
            at = Math.Max(at, list.At);
        }

        if (ranges.Count == 0)
            return words ? new GpuReading(GpuSpeech.Words, null, phrase) : GpuReading.Silent;
        return ranges.TrueForAll(range => range.Item2 < GpuLimit) ? Named(ranges) : new GpuReading(GpuSpeech.Unread, null, Line(text, 0));
    }

    /// <summary>
    /// Reads an id such as <c>layer0_qkv_gpu3</c> or <c>comm_gpu0_gpu1</c>; one that goes on with another number (<c>gpu0_1</c>) may mean
    /// anything.
    /// </summary>
    public static GpuReading ReadId(string id)
    {
        var ranges = new List<(int, int)>();
        int at = 0;
        while (NextKey(id, ref at, out _))
        {
            int digits = at;
            if (digits < id.Length && id[digits] is '_' or '-' or ':')
                digits++;
            int end = digits;
            while (end < id.Length && char.IsAsciiDigit(id[end]))
                end++;
            if (end == digits || end - digits > 7)
                continue;
            if (end + 1 < id.Length && id[end] is '_' or '-' && char.IsAsciiDigit(id[end + 1]))
                return new GpuReading(GpuSpeech.Unread, null, id);
            int gpu = int.Parse(id.AsSpan(digits, end - digits), System.Globalization.CultureInfo.InvariantCulture);
            if (gpu < GpuLimit)
                ranges.Add((gpu, gpu));
            at = end;
        }

        return ranges.Count == 0 ? GpuReading.Silent : Named(ranges);
    }

    /// <summary>True when a line of a label says nothing but GPUs: <c>GPU: 0-3</c>, <c>GPU 8</c>, <c>Device: CPU</c>.</summary>
    public static bool IsGpuLine(string line)
    {
        int at = 0;
        if (!NextKey(line, ref at, out int key) || !line.AsSpan(0, key).Trim(" \t[({").IsEmpty)
            return false;
        if (StatesGpus(line, 0))
            return true;
        var list = new NumberList(line, at, Keys, moves: true);
        list.SkipMark();
        return list.Read() == ListEnd.Whole && line.AsSpan(list.At).Trim(" \t])}.,;:").IsEmpty;
    }

    private const int GpuLimit = 1 << 20;

    private static GpuReading Named(List<(int First, int Last)> ranges)
    {
        GpuSet gpus = GpuSet.UnionAll(ranges.Select(range => GpuSet.Range(range.First, range.Last)));
        return new GpuReading(GpuSpeech.Named, gpus, gpus.ToString());
    }

    /// <summary>Finds the next word that speaks of GPUs; leaves <paramref name="at"/> behind it and its qualifier.</summary>
    private static bool NextKey(string text, ref int at, out int key)
    {
        for (int i = at; i < text.Length; i++)
        {
            if (!char.IsAsciiLetter(text[i]))
                continue;
            int end = i;
            while (end < text.Length && char.IsAsciiLetter(text[end]))
                end++;
            string word = text[i..end].ToLowerInvariant();
            if (Keys.Contains(word) && !(word.StartsWith("rank", StringComparison.Ordinal) && IsGroupRank(text, i)))
            {
                key = i;
                at = PastQualifier(text, end);
                return true;
            }

            i = end - 1;
        }

        key = at = text.Length;
        return false;
    }

    private static int PastQualifier(string text, int at)
    {
        int next = at;
        while (next < text.Length && text[next] is ' ' or '\t' or '_')
            next++;
        int end = next;
        while (end < text.Length && char.IsAsciiLetter(text[end]))
            end++;
        return end > next && Qualifiers.Contains(text[next..end].ToLowerInvariant()) ? end : at;
    }

    private static bool IsGroupRank(string text, int at) =>
        (at > 0 && text[at - 1] == '_') || GroupWords.Contains(WordBefore(text, at, out _));

    /// <summary>
    /// True for "Total GPUs: 8", "#GPUs: 8", "GPUs per node: 8" and "Pool GPUs: 8": one number after a plural that another word introduces.
    /// </summary>
    private static bool IsCount(string text, int key, int end, NumberList list)
    {
        string before = WordBefore(text, key, out int start);
        if (before == "of")
            before = WordBefore(text, start, out _);
        if (CountWords.Contains(before))
            return true;
        if (key > 0 && text[key - 1] == '#')
            return true;
        bool plural = end > key && text.AsSpan(key, end - key).TrimEnd().EndsWith("s", StringComparison.OrdinalIgnoreCase);
        return plural && before.Length > 0 && list.Ranges is [(int first, int last)] && first == last
            && text.AsSpan(end).TrimStart() is [':' or '=', ..];
    }

    private static string WordBefore(string text, int at, out int start)
    {
        int end = at;
        while (end > 0 && text[end - 1] is ' ' or '\t' or '-' or '_')
            end--;
        start = end;
        while (start > 0 && char.IsAsciiLetter(text[start - 1]))
            start--;
        return text[start..end].ToLowerInvariant();
    }

    /// <summary>True when the line that begins at <paramref name="start"/> is about GPUs: the word comes first, then a colon.</summary>
    private static bool StatesGpus(string text, int start)
    {
        int at = start;
        while (at < text.Length && text[at] is ' ' or '\t' or '(' or '[' or '•' or '*' or '-')
            at++;
        int end = at;
        while (end < text.Length && char.IsAsciiLetter(text[end]))
            end++;
        if (end == at || !Keys.Contains(text[at..end].ToLowerInvariant())
            || text[at..end].Equals("cuda", StringComparison.OrdinalIgnoreCase))
            return false;
        end = PastQualifier(text, end);
        if (end + 3 <= text.Length && text.AsSpan(end).StartsWith("(s)", StringComparison.Ordinal))
            end += 3;
        while (end < text.Length && text[end] is ' ' or '\t')
            end++;
        return end < text.Length && text[end] is ':' or '=';
    }

    private static string Line(string text, int start)
    {
        int end = text.IndexOf('\n', start);
        return (end < 0 ? text[start..] : text[start..end]).Trim();
    }

    /// <summary>Blanks out tensors, whose dimensions may be called devices or ranks.</summary>
    private static string WithoutTensors(string text)
    {
        int open = text.IndexOf('[', StringComparison.Ordinal);
        if (open < 0)
            return text;
        char[] kept = text.ToCharArray();
        while (open >= 0)
        {
            int close = text.IndexOf(']', open);
            if (close < 0)
                break;
            if (text.AsSpan(open, close - open).Contains('='))
                kept.AsSpan(open, close - open + 1).Fill(' ');
            open = text.IndexOf('[', close);
        }

        return new string(kept);
    }
}
