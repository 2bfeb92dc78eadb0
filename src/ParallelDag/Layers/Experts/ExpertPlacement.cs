using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// Which copies of which experts live on which EP rank, and how tokens spread over them.
/// <para>
/// A uniform load without redundant experts keeps the contiguous order (experts 0-3 on the first of four ranks). Otherwise the load is
/// evened as in
/// DeepSeek's EPLB: redundant copies go one by one to the expert with the highest load per copy, then copies are packed heaviest first onto
/// the
/// least loaded rank that has a slot free and no copy of the expert yet. Every rank holds (experts + redundant)/ep copies
/// (without redundancy counts may differ by one, the larger first, as in vLLM's determine_expert_map), and copies of one expert share its
/// load equally.
/// </para>
/// </summary>
public sealed class ExpertPlacement : IExpertHomes
{
    // Per EP rank: the expert of each slot. Slots of a rank are ordered by expert.
    private readonly int[][] _experts;

    // Per EP rank and slot: the share of the load, summing to one.
    private readonly double[][] _shares;

    private readonly int _copies;

    private ExpertPlacement(int[][] experts, double[][] shares)
    {
        _experts = experts;
        _shares = shares;
        _copies = experts.Sum(rank => rank.Length);
        IsUniform = Array.TrueForAll(shares, rank => Array.TrueForAll(rank, share => share == shares[0][0]));
    }

    /// <summary>EP ranks.</summary>
    public int Ranks => _experts.Length;

    /// <summary>Copies on the fullest rank.</summary>
    public int Slots => _experts.Max(rank => rank.Length);

    /// <summary>Load of the fullest rank over the mean load; 1 when even.</summary>
    public double Imbalance => _shares.Max(rank => rank.Sum()) * Ranks;

    /// <summary>True when every copy has the same share.</summary>
    internal bool IsUniform { get; }

    /// <summary>The placement that the graph uses.</summary>
    /// <param name="experts">Routed experts.</param>
    /// <param name="redundant">Extra copies.</param>
    /// <param name="load">How tokens spread over experts.</param>
    /// <param name="ranks">EP ranks.</param>
    public static ExpertPlacement Of(int experts, int redundant, ExpertLoad load, int ranks) =>
        load.IsUniform && redundant == 0 ? Contiguous(experts, redundant, load, ranks) : Balanced(experts, redundant, load, ranks);

    /// <summary>Experts in order, rank by rank, redundant copies (of the first experts) last: what a plan has before balancing.</summary>
    public static ExpertPlacement Contiguous(int experts, int redundant, ExpertLoad load, int ranks)
    {
        int[] copies = new int[experts];
        var slots = new List<int>(experts + redundant);
        for (int copy = 0; copy < experts + redundant; copy++)
        {
            slots.Add(copy % experts);
            copies[copy % experts]++;
        }

        int[][] ofRank = [.. Enumerable.Range(0, ranks).Select(rank =>
            slots.GetRange((int)Partition.Start(slots.Count, ranks, rank), (int)Partition.Size(slots.Count, ranks, rank)).ToArray())];
        return Create(ofRank, copies, load.Shares(experts));
    }

    /// <summary>Hottest experts replicated, heaviest copies packed first.</summary>
    public static ExpertPlacement Balanced(int experts, int redundant, ExpertLoad load, int ranks)
    {
        double[] shares = load.Shares(experts);
        int[] copies = Enumerable.Repeat(1, experts).ToArray();
        for (int extra = 0; extra < redundant; extra++)
        {
            int hottest = 0;
            for (int expert = 1; expert < experts; expert++)
            {
                if (shares[expert] / copies[expert] > shares[hottest] / copies[hottest])
                    hottest = expert;
            }

            copies[hottest]++;
        }

        var rankExperts = Enumerable.Range(0, ranks).Select(_ => new List<int>()).ToArray();
        double[] rankLoad = new double[ranks];
        var byWeight = Enumerable.Range(0, experts)
            .SelectMany(expert => Enumerable.Repeat(expert, copies[expert]))
            .OrderByDescending(expert => shares[expert] / copies[expert])
            .ThenBy(expert => expert);
        foreach (int expert in byWeight)
        {
            int best = LeastLoaded(expert);
            rankExperts[best].Add(expert);
            rankLoad[best] += shares[expert] / copies[expert];
        }

        return Create([.. rankExperts.Select(list => list.Order().ToArray())], copies, shares);

        // A second copy of an expert on one rank would even nothing; it goes there only where no other rank has a slot free.
        int LeastLoaded(int expert)
        {
            int best = -1;
            for (int rank = 0; rank < ranks; rank++)
            {
                if (rankExperts[rank].Count == Partition.Size(experts + redundant, ranks, rank))
                    continue;
                bool again = rankExperts[rank].Contains(expert);
                if (best < 0 || (!again && rankExperts[best].Contains(expert))
                    || (again == rankExperts[best].Contains(expert) && rankLoad[rank] < rankLoad[best]))
                    best = rank;
            }

            return best;
        }
    }

    /// <summary>The experts on an EP rank, as a set (printed as ranges).</summary>
    public GpuSet ExpertsOf(int epRank) => GpuSet.FromGpus(_experts[epRank]);

    /// <summary>The expert of each copy on an EP rank, in order.</summary>
    public IReadOnlyList<int> CopiesOf(int epRank) => _experts[epRank];

    /// <summary>
    /// Spreads <paramref name="slots"/> (tokens times top-k) over all copies as integers that sum to it: shares by largest remainder,
    /// remainders dealt
    /// across ranks before a rank gets a second one. Indexed by EP rank and copy; ranks that get alike may share a row.
    /// </summary>
    public long[][] Apportion(long slots)
    {
        long[][] counts = new long[Ranks][];
        if (Evenly(slots, counts))
            return counts;
        var remainders = new List<(double Remainder, int Slot, int Rank)>();
        long given = 0;
        for (int rank = 0; rank < Ranks; rank++)
        {
            counts[rank] = new long[_shares[rank].Length];
            for (int slot = 0; slot < counts[rank].Length; slot++)
            {
                double exact = _shares[rank][slot] * slots;

                // A share that is whole but for rounding (slots times 1/3) counts as whole.
                double whole = Math.Floor(exact + 1e-9);
                counts[rank][slot] = (long)whole;
                given += counts[rank][slot];
                remainders.Add((Math.Round(exact - whole, 9), slot, rank));
            }
        }

        if (given == slots)
            return counts;
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

    /// <summary>Where all copies get as many whole slots: these; ranks with as many copies share a row.</summary>
    private bool Evenly(long slots, long[][] counts)
    {
        if (!IsUniform || slots % _copies != 0)
            return false;
        for (int rank = 0; rank < counts.Length; rank++)
        {
            if (rank > 0 && _shares[rank].Length == _shares[rank - 1].Length)
            {
                counts[rank] = counts[rank - 1];
                continue;
            }

            counts[rank] = new long[_shares[rank].Length];
            Array.Fill(counts[rank], slots / _copies);
        }

        return true;
    }

    private static ExpertPlacement Create(int[][] experts, int[] copies, double[] shares) =>
        new(experts, [.. experts.Select(rank => rank.Select(expert => shares[expert] / copies[expert]).ToArray())]);
}
