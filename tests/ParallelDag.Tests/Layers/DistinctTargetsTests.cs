using System.Numerics;
using ParallelDag.Layers;

namespace ParallelDag.Tests.Layers;

/// <summary>Chances that a token meets ranks, against every choice that a token can make, one by one.</summary>
public class DistinctTargetsTests
{
    private static MoeFeedForward Moe(int experts, int topK, int groups = 0, int limit = 0) =>
        new() { ExpertCount = experts, TopK = topK, Ffn = 8, Groups = groups, GroupLimit = limit };

    [Fact]
    public void Chances_are_those_of_all_choices()
    {
        int seen = 0;
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            int groups = random.Next(1, 4), experts = groups * random.Next(1, 4), limit = random.Next(1, groups + 1);
            int topK = random.Next(1, Math.Min(4, experts / groups * limit) + 1), ranks = random.Next(1, experts + 1),
                redundant = random.Next(4);
            ExpertPlacement placement = ExpertPlacement.Balanced(experts, redundant, ExpertLoad.Uniform, ranks);
            int[] set = [.. Enumerable.Range(0, ranks).Where(_ => random.Next(2) == 0)];
            (BigInteger hit, BigInteger of) = new DistinctTargets(Moe(experts, topK, groups, limit), placement).Chance(set);
            (long naiveHit, long naiveOf) = Count(experts, topK, groups, limit, placement, set);
            Assert.True(hit * naiveOf == naiveHit * of, $"seed {seed}: {hit}/{of}, by choices {naiveHit}/{naiveOf}");
            seen += naiveHit > 0 && naiveHit < naiveOf ? 1 : 0;
        }

        Assert.True(seen > 50, $"only {seen} chances between none and all");
    }

    /// <summary>DeepSeek-V3 on 32 ranks, eight to a node of one group, or without the limit.</summary>
    [Theory]
    [InlineData(0, 0, 7.26679991735288, 3.614214305566513)]
    [InlineData(8, 4, 6.596512811001903, 2.9282097874345787)]
    public void DeepSeek_V3_on_four_nodes(int groups, int limit, double ranks, double nodes)
    {
        ExpertPlacement placement = ExpertPlacement.Of(256, 0, ExpertLoad.Uniform, 32);
        var targets = new DistinctTargets(Moe(256, 8, groups, limit), placement);
        double Sum(int parts) => Enumerable.Range(0, parts).Sum(part =>
        {
            (BigInteger hit, BigInteger of) = targets.Chance([.. Enumerable.Range(part * 32 / parts, 32 / parts)]);
            return Math.Exp(BigInteger.Log(hit) - BigInteger.Log(of));
        });
        Assert.Equal(ranks, Sum(32), 9);
        Assert.Equal(nodes, Sum(4), 9);
    }

    /// <summary>Every choice of groups, of experts in them, and of a copy of each expert, weighted equally.</summary>
    private static (long Hit, long Of) Count(int experts, int topK, int groups, int limit, ExpertPlacement placement, int[] set)
    {
        var copies = new Dictionary<int, List<int>>();
        for (int rank = 0; rank < placement.Ranks; rank++)
        {
            foreach (int expert in placement.CopiesOf(rank))
            {
                if (!copies.TryGetValue(expert, out List<int>? homes))
                    copies.Add(expert, homes = []);
                homes.Add(rank);
            }
        }

        long scale = copies.Values.Aggregate(1L, (product, homes) => product * homes.Count), hit = 0, all = 0;
        int size = experts / groups;
        foreach (int[] chosenGroups in Subsets([.. Enumerable.Range(0, groups)], limit))
        {
            foreach (int[] chosen in Subsets([.. chosenGroups.SelectMany(group => Enumerable.Range(group * size, size))], topK))
            {
                all += scale;
                long missed = scale;
                foreach (int expert in chosen)
                    missed = missed / copies[expert].Count * copies[expert].Count(home => !set.Contains(home));
                hit += scale - missed;
            }
        }

        return (hit, all);
    }

    private static IEnumerable<int[]> Subsets(int[] items, int count)
    {
        for (int mask = 0; mask < 1 << items.Length; mask++)
        {
            if (BitOperations.PopCount((uint)mask) == count)
                yield return [.. items.Where((_, index) => (mask >> index & 1) == 1)];
        }
    }
}
