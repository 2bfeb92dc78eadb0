using System.Text.RegularExpressions;

namespace ParallelDag.Wording;

/// <summary>Clauses that agree with the number of what they tell of: <c>that [takes|take] what [it has|they have]</c>.</summary>
internal static partial class Agreement
{
    /// <summary>The clause for so many: <c>that takes what it has</c> for one.</summary>
    public static string Of(string clause, long count) =>
        Choice().Replace(clause, match => match.Groups[count == 1 ? "one" : "many"].Value);

    [GeneratedRegex(@"\[(?<one>[a-z ]+)\|(?<many>[a-z ]+)\]", RegexOptions.CultureInvariant)]
    private static partial Regex Choice();
}
