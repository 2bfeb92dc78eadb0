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

    /// <summary>
    /// A name for the model of a file: that of its folder where the file is called <c>config.json</c>, as in a checkpoint, else its own.
    /// </summary>
    /// <param name="path">Where the file is, or any name of an input.</param>
    public static string OfModel(string path)
    {
        string stem = Path.GetFileNameWithoutExtension(path);
        string folder = stem.Equals("config", StringComparison.OrdinalIgnoreCase)
            ? Path.GetFileName(Path.GetDirectoryName(path)) ?? "" : stem;
        return Of(folder.Length == 0 ? stem : folder);
    }

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.';
}
