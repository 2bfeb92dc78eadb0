using System.Globalization;

namespace ParallelDag.Wording;

/// <summary>Numbers and their nouns in sentences, the same under every culture.</summary>
public static class Words
{
    /// <summary>Interpolated text in the invariant culture.</summary>
    public static string Invariant(InvariantText text) => text.Take();

    /// <summary><c>1 node</c>, <c>1,625 edges</c>: a count, thousands apart, with its noun.</summary>
    public static string Count(long count, string noun) => Count(count, noun, Plural(noun));

    /// <summary>The same with a noun whose plural is not regular.</summary>
    public static string Count(long count, string noun, string nouns) => $"{Number(count)} {(count == 1 ? noun : nouns)}";

    /// <summary>The regular plural of an English noun: <c>edges</c>, <c>boxes</c>, <c>copies</c>.</summary>
    public static string Plural(string noun) => noun switch
    {
        [.., 'c' or 's', 'h'] or [.., 's' or 'x'] => noun + "es",
        [.., not ('a' or 'e' or 'i' or 'o' or 'u'), 'y'] => noun[..^1] + "ies",
        _ => noun + "s",
    };

    /// <summary>The name of a choice as plans write it: <c>allReduce</c> for <c>AllReduce</c>.</summary>
    public static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    /// <summary>An integer with commas between the thousands.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
