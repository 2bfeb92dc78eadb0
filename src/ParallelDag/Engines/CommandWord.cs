using System.Text;

namespace ParallelDag.Engines;

/// <summary>A word of a command: text that a shell must keep as it is, or text that it expands (<c>$HEAD:20000</c>).</summary>
/// <param name="Text">The word.</param>
/// <param name="IsExpanded">True for a word that the shell expands.</param>
public readonly record struct CommandWord(string Text, bool IsExpanded = false)
{
    /// <summary>As a POSIX shell reads it: bare where every character is harmless, else in single quotes.</summary>
    public string ToShell() => IsExpanded || (Text.Length > 0 && Text.All(IsPlain)) ? Text
        : $"'{Text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>The words in one line.</summary>
    public static string Line(IEnumerable<CommandWord> words)
    {
        var line = new StringBuilder();
        foreach (CommandWord word in words)
            line.Append(line.Length == 0 ? "" : " ").Append(word.ToShell());
        return line.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => ToShell();

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c)
        || c is '-' or '_' or '.' or '/' or ':' or '=' or ',' or '@' or '+' or '%';
}
