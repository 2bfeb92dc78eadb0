using System.Numerics;

namespace ParallelDag.Layers;

/// <summary>
/// How likely it is that a token has an expert among some EP ranks, under uniform routing, as an exact fraction. A token chooses k of E
/// experts
/// at random; with a group limit (DeepSeek's node-limited routing) first g of G groups, then k of the experts in them; of an expert with
/// several copies one copy. The chance that it misses a set of ranks is
/// <code>
/// [y^g z^k] product over groups ( 1 + y * product over experts of the group (1 + w*z) )  /  ( C(G, g) * C(g*E/G, k) )
/// w = 1 - copies of the expert in the set / copies of the expert
/// </code>
/// Worked example: 256 experts, 8 chosen, 32 ranks of 8: 1 - C(248,8)/C(256,8) = 0.2271 for each, 7.27 ranks a token;
/// with 4 of 8 groups 6.60.
/// </summary>
internal sealed class DistinctTargets
{
    private readonly ExpertPlacement _placement;
    private readonly int _topK;
    private readonly int _groups;
    private readonly int _limit;
    private readonly int[] _copies;
    private readonly BigInteger _scale;
    private readonly Dictionary<string, (BigInteger Hit, BigInteger Of)> _known = [];

    /// <summary>Targets of the tokens of a layer.</summary>
    /// <param name="moe">The experts, and the limit of their groups.</param>
    /// <param name="placement">Where copies live.</param>
    public DistinctTargets(MoeFeedForward moe, ExpertPlacement placement)
    {
        bool limited = moe.Groups > 1 && moe.GroupLimit > 0 && moe.GroupLimit < moe.Groups && moe.ExpertCount % moe.Groups == 0
            && moe.ExpertCount / moe.Groups * moe.GroupLimit >= moe.TopK;
        (_placement, _topK) = (placement, moe.TopK);
        (_groups, _limit) = limited ? (moe.Groups, moe.GroupLimit) : (1, 1);
        _copies = new int[moe.ExpertCount];
        for (int rank = 0; rank < placement.Ranks; rank++)
        {
            foreach (int expert in placement.CopiesOf(rank))
                _copies[expert]++;
        }

        _scale = _copies.Distinct().Aggregate(BigInteger.One, (scale, copies) =>
            scale * copies / BigInteger.GreatestCommonDivisor(scale, copies));
    }

    /// <summary>The chance that a token has an expert on some of the given EP ranks: a fraction, not reduced.</summary>
    public (BigInteger Hit, BigInteger Of) Chance(IReadOnlyCollection<int> epRanks)
    {
        int[] here = new int[_copies.Length];
        foreach (int rank in epRanks)
        {
            foreach (int expert in _placement.CopiesOf(rank))
                here[expert]++;
        }

        // What counts of a group is how many of its experts have which share here.
        int size = _copies.Length / _groups;
        var groups = Enumerable.Range(0, _groups).Select(group => Enumerable.Range(group * size, size)
            .Select(expert => _scale - (_scale * here[expert] / _copies[expert])).Order().ToArray()).ToArray();
        string key = string.Join('|', groups.Select(group => string.Join(',', group.Where(weight => weight != _scale)))
            .Order(StringComparer.Ordinal));
        lock (_known)
        {
            if (!_known.TryGetValue(key, out (BigInteger, BigInteger) known))
                _known.Add(key, known = Count(groups, size));
            return known;
        }
    }

    private (BigInteger Hit, BigInteger Of) Count(BigInteger[][] groups, int size)
    {
        // missed[j][m]: choices of j groups and m experts of them, each weighted by its chance to miss, times scale^m.
        var missed = new BigInteger[_limit + 1][];
        for (int chosen = 0; chosen <= _limit; chosen++)
            missed[chosen] = new BigInteger[_topK + 1];
        missed[0][0] = 1;
        foreach (BigInteger[] group in groups)
        {
            var product = new BigInteger[_topK + 1];
            product[0] = 1;
            foreach (BigInteger weight in group)
            {
                for (int taken = _topK; taken > 0; taken--)
                    product[taken] += weight * product[taken - 1];
            }

            for (int chosen = _limit; chosen > 0; chosen--)
            {
                for (int total = _topK; total >= 0; total--)
                {
                    for (int taken = 0; taken <= total; taken++)
                        missed[chosen][total] += missed[chosen - 1][total - taken] * product[taken];
                }
            }
        }

        BigInteger all = Choose(_groups, _limit) * Choose(_limit * size, _topK) * BigInteger.Pow(_scale, _topK);
        return (all - missed[_limit][_topK], all);
    }

    private static BigInteger Choose(int n, int k)
    {
        BigInteger result = 1;
        for (int i = 1; i <= k; i++)
            result = result * (n - k + i) / i;
        return result;
    }
}
