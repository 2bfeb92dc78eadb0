namespace ParallelDag.Operators;

/// <summary>
/// Which copies of which experts live on which EP rank, and how tokens spread over them.
/// <para>
/// A uniform load without redundant experts keeps the contiguous order (experts 0-3 on the first of four ranks). Otherwise the load is evened as in
/// DeepSeek's EPLB: redundant copies go one by one to the expert with the highest load per copy, then copies are packed heaviest first onto the
/// least loaded rank that has a slot free and no copy of the expert yet. Every rank holds (experts + redundant)/ep copies, and copies of one expert share its load equally.
/// </para>
/// </summary>
public sealed class ExpertPlacement
{
    // Per EP rank: the expert of each slot. Slots of a rank are ordered by expert.
    private readonly int[][] _experts;

    // Per EP rank and slot: the share of the load, summing to one.
    private readonly double[][] _shares;

    private ExpertPlacement(int[][] experts, double[][] shares)
    {
        _experts = experts;
        _shares = shares;
    }

    /// <summary>EP ranks.</summary>
    public int Ranks => _experts.Length;

    /// <summary>Copies on each rank.</summary>
    public int Slots => _experts[0].Length;

    /// <summary>Load of the fullest rank over the mean load; 1 when even.</summary>
    public double Imbalance => _shares.Max(rank => rank.Sum()) * Ranks;

    /// <summary>The placement that the graph uses.</summary>
    public static ExpertPlacement Of(MoeSpec moe, int ranks) =>
        moe.Load.IsUniform && moe.RedundantExperts == 0 ? Contiguous(moe, ranks) : Balanced(moe, ranks);

    /// <summary>Experts in order, rank by rank, redundant copies (of the first experts) last: what a plan has before balancing.</summary>
    public static ExpertPlacement Contiguous(MoeSpec moe, int ranks)
    {
        int[] copies = new int[moe.Experts];
        var slots = new List<int>(moe.PhysicalExperts);
        for (int copy = 0; copy < moe.PhysicalExperts; copy++)
        {
            slots.Add(copy % moe.Experts);
            copies[copy % moe.Experts]++;
        }

        int perRank = moe.PhysicalExperts / ranks;
        return Create(moe, [.. slots.Chunk(perRank)], copies);
    }

    /// <summary>Hottest experts replicated, heaviest copies packed first.</summary>
    public static ExpertPlacement Balanced(MoeSpec moe, int ranks)
    {
        double[] load = Normalised(moe);
        int[] copies = Enumerable.Repeat(1, moe.Experts).ToArray();
        for (int extra = 0; extra < moe.RedundantExperts; extra++)
        {
            int hottest = 0;
            for (int expert = 1; expert < moe.Experts; expert++)
            {
                if (load[expert] / copies[expert] > load[hottest] / copies[hottest])
                    hottest = expert;
            }

            copies[hottest]++;
        }

        int perRank = moe.PhysicalExperts / ranks;
        var rankExperts = Enumerable.Range(0, ranks).Select(_ => new List<int>()).ToArray();
        double[] rankLoad = new double[ranks];
        var byWeight = Enumerable.Range(0, moe.Experts)
            .SelectMany(expert => Enumerable.Repeat(expert, copies[expert]))
            .OrderByDescending(expert => load[expert] / copies[expert])
            .ThenBy(expert => expert);
        foreach (int expert in byWeight)
        {
            // A second copy of an expert on one rank would even nothing; it goes there only where no other rank has a slot free.
            int best = -1;
            for (int rank = 0; rank < ranks; rank++)
            {
                if (rankExperts[rank].Count == perRank)
                    continue;
                bool again = rankExperts[rank].Contains(expert);
                if (best < 0 || (!again && rankExperts[best].Contains(expert)) || (again == rankExperts[best].Contains(expert) && rankLoad[rank] < rankLoad[best]))
                    best = rank;
            }

            rankExperts[best].Add(expert);
            rankLoad[best] += load[expert] / copies[expert];
        }

        return Create(moe, [.. rankExperts.Select(experts => experts.Order().ToArray())], copies);
    }

    /// <summary>The experts on an EP rank, as a set (printed as ranges).</summary>
    public GpuSet ExpertsOf(int rank) => GpuSet.FromGpus(_experts[rank]);

    /// <summary>
    /// Spreads <paramref name="slots"/> (tokens times top-k) over all copies as integers that sum to it: shares by largest remainder, remainders dealt
    /// across ranks before a rank gets a second one. Indexed by EP rank and copy.
    /// </summary>
    public long[][] Apportion(long slots)
    {
        long[][] counts = new long[Ranks][];
        var remainders = new List<(double Remainder, int Slot, int Rank)>(Ranks * Slots);
        long given = 0;
        for (int rank = 0; rank < Ranks; rank++)
        {
            counts[rank] = new long[Slots];
            for (int slot = 0; slot < Slots; slot++)
            {
                double exact = _shares[rank][slot] * slots;

                // A share that is whole but for rounding (slots times 1/3) counts as whole.
                double whole = Math.Floor(exact + 1e-9);
                counts[rank][slot] = (long)whole;
                given += counts[rank][slot];
                remainders.Add((Math.Round(exact - whole, 9), slot, rank));
            }
        }

        remainders.Sort((left, right) => left.Remainder != right.Remainder ? right.Remainder.CompareTo(left.Remainder)
            : left.Slot != right.Slot ? left.Slot.CompareTo(right.Slot) : left.Rank.CompareTo(right.Rank));
        for (int next = 0; given < slots; next = (next + 1) % remainders.Count, given++)
            counts[remainders[next].Rank][remainders[next].Slot]++;
        for (int next = remainders.Count - 1; given > slots; next = next == 0 ? remainders.Count - 1 : next - 1)
        {
            ref long count = ref counts[remainders[next].Rank][remainders[next].Slot];
            if (count > 0)
            {
                count--;
                given--;
            }
        }

        return counts;
    }

    private static ExpertPlacement Create(MoeSpec moe, int[][] experts, int[] copies)
    {
        double[] load = Normalised(moe);
        return new ExpertPlacement(experts, [.. experts.Select(rank => rank.Select(expert => load[expert] / copies[expert]).ToArray())]);
    }

    private static double[] Normalised(MoeSpec moe)
    {
        double[] weights = moe.Load.Weights(moe.Experts);
        double sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
