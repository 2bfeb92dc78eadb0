using ParallelDag.Wording;

namespace ParallelDag.Pictures.Facts;

/// <summary>The experts of a GPU in wordings from long to short, so that even a narrow cell names some.</summary>
internal static class ExpertWords
{
    /// <summary><c>experts 0-7,256</c>, <c>e0-7,256</c>, <c>e0-7 +1</c>, <c>9 experts</c>.</summary>
    public static IReadOnlyList<string> Of(GpuSet experts)
    {
        string[] ranges = experts.ToString().Split(',');
        int[] sizes = [.. experts.Ranges().Select(range => range.Last - range.First + 1)];
        IEnumerable<string> parts = Enumerable.Range(1, ranges.Length - 1).Reverse()
            .Select(shown => Words.Invariant($"e{string.Join(',', ranges[..shown])} +{sizes[shown..].Sum()}"));
        return [$"experts {experts}", $"e{experts}", .. parts, Words.Count(experts.Count, "expert")];
    }
}
