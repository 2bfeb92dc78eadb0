using ParallelDag.Checks;

namespace ParallelDag.Tests.Checks;

/// <summary>Pairs that a mask leaves, against masks counted pair by pair.</summary>
public class AttentionMasksTests
{
    /// <summary>The causal pairs of so many positions that a mask keeps.</summary>
    private static int Count(int positions, Func<int, int, bool> keeps) =>
        Enumerable.Range(0, positions).Sum(query => Enumerable.Range(0, query + 1).Count(key => keeps(query, key)));

    private static HashSet<int> Explained(int positions)
    {
        var pairs = new HashSet<int>();
        for (int size = 1; size <= positions; size++)
        {
            pairs.Add(Count(positions, (query, key) => query - key < size));
            pairs.Add(Count(positions, (query, key) => query / size == key / size));
        }

        return pairs;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(31)]
    public void Exactly_the_pairs_of_windows_and_chunks_are_explained(int positions)
    {
        HashSet<int> explained = Explained(positions);
        for (int pairs = 0; pairs <= positions * (positions + 1) / 2 + 3; pairs++)
            Assert.Equal(explained.Contains(pairs), AttentionMasks.Explain(pairs, 0, positions));
    }

    /// <summary>A slack counts on either side, with its end.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2)]
    public void Slack_widens_what_is_explained(double slack)
    {
        const int Positions = 23;
        HashSet<int> explained = Explained(Positions);
        for (decimal pairs = -3; pairs < 290; pairs += 0.5m)
        {
            bool near = explained.Any(count => Math.Abs(count - pairs) <= (decimal)slack);
            Assert.Equal(near, AttentionMasks.Explain(pairs, (decimal)slack, Positions));
        }
    }

    /// <summary>Nothing is searched for no positions, nor beyond 2^22.</summary>
    [Fact]
    public void Lengths_have_a_least_and_a_most()
    {
        Assert.False(AttentionMasks.Explain(0, 0, 0));
        Assert.True(AttentionMasks.Explain(1, 0, 1));
        const long Longest = 1 << 22;
        Assert.True(AttentionMasks.Explain(Longest, 0, Longest));
        Assert.False(AttentionMasks.Explain(Longest + 1, 0, Longest + 1));
    }
}
