using System.Text;

namespace ParallelDag.Tests.Readers;

/// <summary>Seeded damage to a good file: what cables, editors and enemies do to text.</summary>
internal static class Mutation
{
    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", "\"", "'", "<", ">", "\\", "\\\"", "\n", "\r", "\0", "->", "--", "=", ":", ";", ",", "+", "#", "//", "/*", "*/",
        "null", "true", "-1", "1e999",
        "99999999999999999999999999999999999999", "9223372036854775807", "4294967296", "2147483647", "0-1048575", "0-2147483646", "1048576",
        "65536", "0.5", "\\u0000", "\\ud800", "\uFEFF", "é", "\U0001F600", "?",
        "strict ", "digraph ", "graph ", "subgraph ", "node ", "edge ", "schema", "paralleldag.graph/1", "kind=", "shape=", "label=",
        "gpus=\"", "varies", "\\N", "\\G", "&amp;", "&#x0;", "<!--", "-->", "a,b->{c d}->e", "[key=1]",
        "\"id\":", "\"nodes\":", "\"edges\":", "\"drawing\":{\"rawLabel\":\"\\\\\"}", "decode", "prefill", "computation", "layers=",
    ];

    /// <summary>A damaged copy of <paramref name="good"/>; the same seed gives the same damage.</summary>
    public static byte[] Of(byte[] good, int seed)
    {
        var random = new Random(seed);
        List<byte> bytes = [.. good];
        for (int times = 1 + random.Next(3); times > 0; times--)
            Damage(bytes, random);
        return [.. bytes];
    }

    private static void Damage(List<byte> bytes, Random random)
    {
        int at = random.Next(bytes.Count + 1), length = Math.Min(random.Next(1, 200), bytes.Count - at);
        byte[] token = Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]);
        switch (random.Next(12))
        {
            case 0: // cut off
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 1: // a hole
                bytes.RemoveRange(at, length);
                break;
            case 2: // a repeated piece
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 3: // flipped bits
                if (bytes.Count > 0)
                    bytes[random.Next(bytes.Count)] ^= (byte)(1 << random.Next(8));
                break;
            case 4: // any byte
                bytes.Insert(at, (byte)random.Next(256));
                break;
            case 5: // a nest
                bytes.InsertRange(at, Enumerable.Repeat(token, random.Next(1, 3000)).SelectMany(piece => piece));
                break;
            case 6: // a number out of range
                Replace(bytes, at, static b => b is >= (byte)'0' and <= (byte)'9', Encoding.UTF8.GetBytes(Tokens[random.Next(26, 37)]));
                break;
            case 7: // another word
                Replace(bytes, at, static b => b is >= (byte)'a' and <= (byte)'z' or (byte)'_', token);
                break;
            case 8: // words swapped
                if (length > 2)
                    bytes.Reverse(at, length);
                break;
            default: // a token where none belongs
                bytes.InsertRange(at, token);
                break;
        }
    }

    /// <summary>Replaces the run of matching bytes at or after a place.</summary>
    private static void Replace(List<byte> bytes, int at, Predicate<byte> match, byte[] by)
    {
        int first = bytes.FindIndex(Math.Min(at, bytes.Count), match);
        if (first < 0)
            return;
        int end = first;
        while (end < bytes.Count && match(bytes[end]))
            end++;
        bytes.RemoveRange(first, end - first);
        bytes.InsertRange(first, by);
    }
}
