namespace ParallelDag.Looks;

/// <summary>What an operator is called where its name has no room.</summary>
internal static class ShortNames
{
    /// <summary>
    /// Wordings from long to short: the name, without what stands in brackets, without its first word: <c>Pipeline Send/Recv (stage 2)</c>,
    /// <c>Pipeline Send/Recv</c>, <c>Send/Recv</c>.
    /// </summary>
    public static IReadOnlyList<string> Of(string name)
    {
        var wordings = new List<string> { name };
        int brackets = name.IndexOf(" (", StringComparison.Ordinal);
        if (brackets > 0)
            wordings.Add(name[..brackets]);
        string plain = wordings[^1];
        int space = plain.IndexOf(' ', StringComparison.Ordinal);

        // What follows must still say what it is: numbers of experts or layers do not.
        if (space > 0 && space + 1 < plain.Length && char.IsLetter(plain[space + 1]))
            wordings.Add(plain[(space + 1)..]);
        return wordings;
    }
}
