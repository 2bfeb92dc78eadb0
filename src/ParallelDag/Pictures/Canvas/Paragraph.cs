using ParallelDag.Wording;

namespace ParallelDag.Pictures.Canvas;

/// <summary>Breaks text at spaces, first fit.</summary>
internal static class Paragraph
{
    /// <summary>At most <paramref name="most"/> lines; what is left over stands in the last one, which the sheet cuts.</summary>
    public static IReadOnlyList<string> Wrap(string text, double room, TextLook look, int most)
    {
        var lines = new List<string>();
        string line = "";
        string[] words = OneLine.Of(text).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < words.Length; i++)
        {
            string longer = line.Length == 0 ? words[i] : line + " " + words[i];
            if (line.Length > 0 && !Sheet.Fits(longer, room, look))
            {
                if (lines.Count == most - 1)
                {
                    lines.Add(string.Join(' ', words[i..].Prepend(line)));
                    return lines;
                }

                lines.Add(line);
                longer = words[i];
            }

            line = longer;
        }

        if (line.Length > 0)
            lines.Add(line);
        return lines;
    }
}
