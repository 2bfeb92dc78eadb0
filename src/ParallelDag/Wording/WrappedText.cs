using System.Text;

namespace ParallelDag.Wording;

/// <summary>Lines of text of at most 80 columns.</summary>
internal static class WrappedText
{
    private const int Columns = 80;

    /// <summary>Adds a paragraph, broken between words; further lines are set in by two.</summary>
    public static void Wrap(this StringBuilder text, string line, int indent)
    {
        string margin = new(' ', indent);
        int length = indent;
        text.Append(margin);
        foreach (string word in line.Split(' '))
        {
            if (length > indent && length + word.Length > Columns)
            {
                text.Length--;
                text.Append('\n').Append(margin).Append("  ");
                length = indent + 2;
            }

            text.Append(word).Append(' ');
            length += word.Length + 1;
        }

        text.Length--;
        text.Append('\n');
    }
}
