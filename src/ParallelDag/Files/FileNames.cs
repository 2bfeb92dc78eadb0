namespace ParallelDag.Files;

/// <summary>Names that become names of files: nothing in them leads to another folder, hides the file, or looks like an option.</summary>
public static class FileNames
{
    private const int Longest = 100;

    /// <summary>
    /// The name as it is where it will do: letters, digits, <c>_ - .</c>, not <c>-</c> or <c>.</c> first, at most 100. Else the nearest one
    /// that will: underscores in place of other characters and of such a beginning, cut at the end.
    /// </summary>
    public static string Of(string name)
    {
        if (name.Length == 0)
            return "_";
        string plain = string.Concat(name.Take(Longest).Select(letter => IsPlain(letter) ? letter : '_'));
        return plain[0] is '-' or '.' ? $"_{plain[1..]}" : plain;
    }

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.';
}
