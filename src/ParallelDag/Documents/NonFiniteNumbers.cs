namespace ParallelDag.Documents;

/// <summary>
/// <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> in a JSON text: Python writes them, and a JSON reader stops at them. They are replaced
/// by a zero and blanks of the same length, so that every place in the text stays what it is, and remembered by their offset.
/// </summary>
internal static class NonFiniteNumbers
{
    private static readonly (byte[] Utf8, string Text)[] Words =
        [("NaN"u8.ToArray(), "NaN"), ("Infinity"u8.ToArray(), "Infinity"), ("-Infinity"u8.ToArray(), "-Infinity")];

    /// <summary>The text without such words; the text itself where it has none.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="found">Each word by its offset.</param>
    public static ReadOnlySpan<byte> Replace(ReadOnlySpan<byte> utf8, out Dictionary<int, string> found)
    {
        found = [];
        if (utf8.IndexOf(Words[0].Utf8) < 0 && utf8.IndexOf(Words[1].Utf8) < 0)
            return utf8;
        byte[] copy = utf8.ToArray();
        for (int i = 0; i < copy.Length; i++)
        {
            if (copy[i] == '"')
            {
                i = EndOfString(copy, i);
                continue;
            }

            foreach ((byte[] word, string text) in Words)
            {
                if (!copy.AsSpan(i).StartsWith(word) || !StandsAlone(copy, i, word.Length))
                    continue;
                found.Add(i, text);
                copy.AsSpan(i, word.Length).Fill((byte)' ');
                copy[i] = (byte)'0';
                break;
            }
        }

        return copy;
    }

    /// <summary>The offset of the closing quote, or of the last byte.</summary>
    private static int EndOfString(ReadOnlySpan<byte> utf8, int start)
    {
        for (int i = start + 1; i < utf8.Length; i++)
        {
            if (utf8[i] == '\\')
                i++;
            else if (utf8[i] == '"')
                return i;
        }

        return utf8.Length - 1;
    }

    private static bool StandsAlone(ReadOnlySpan<byte> utf8, int start, int length) =>
        (start == 0 || IsBetween(utf8[start - 1])) && (start + length == utf8.Length || IsBetween(utf8[start + length]));

    private static bool IsBetween(byte c) => c is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',' or (byte)':' or (byte)'['
        or (byte)']' or (byte)'{' or (byte)'}';
}
