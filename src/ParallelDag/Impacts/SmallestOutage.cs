namespace ParallelDag.Impacts;

/// <summary>
/// The fewest GPUs whose loss stops every unit. Units of one phase share no GPU, so a GPU stops at most one unit of each phase: the fewest
/// GPUs are units less the pairs that one GPU stops, and most pairs are a maximum matching of the units of the two phases (Gallai 1959;
/// found by augmenting paths, Kuhn 1955). Exact. O(units * shared GPUs).
/// </summary>
internal static class SmallestOutage
{
    /// <summary>The GPUs; of several answers one with low numbers.</summary>
    /// <param name="first">Units of a phase, disjoint.</param>
    /// <param name="second">Units of the other, disjoint; none for a plan of one phase.</param>
    public static GpuSet Of(IReadOnlyList<GpuSet> first, IReadOnlyList<GpuSet> second)
    {
        int[] partner = [.. Enumerable.Repeat(-1, second.Count)];
        for (int unit = 0; unit < first.Count; unit++)
            Augment(first, second, unit, partner, new bool[second.Count]);
        var gpus = new List<int>();
        var matched = new HashSet<int>();
        for (int unit = 0; unit < second.Count; unit++)
        {
            if (partner[unit] < 0)
            {
                gpus.Add(second[unit].First);
                continue;
            }

            matched.Add(partner[unit]);
            gpus.Add(first[partner[unit]].Intersect(second[unit]).First);
        }

        gpus.AddRange(first.Where((_, unit) => !matched.Contains(unit)).Select(unit => unit.First));
        return GpuSet.FromGpus(gpus);
    }

    private static bool Augment(IReadOnlyList<GpuSet> first, IReadOnlyList<GpuSet> second, int unit, int[] partner, bool[] visited)
    {
        for (int other = 0; other < second.Count; other++)
        {
            if (visited[other] || !first[unit].Overlaps(second[other]))
                continue;
            visited[other] = true;
            if (partner[other] < 0 || Augment(first, second, partner[other], partner, visited))
            {
                partner[other] = unit;
                return true;
            }
        }

        return false;
    }
}
