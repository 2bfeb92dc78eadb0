using ParallelDag.Layers;
using ParallelDag.Meshes;

namespace ParallelDag.Tests.Oracle;

/// <summary>
/// What one rank of a stage holds, worked out by dealing sequences, positions and heads one by one: a second implementation that shares no
/// formula with the product.
/// </summary>
internal sealed class NaiveRank
{
    private readonly DeploymentPlan _plan;
    private readonly PhaseLayout _layout;
    private readonly int _rank;
    private readonly int _microBatch;

    public NaiveRank(DeploymentPlan plan, PhaseLayout layout, int rank, int microBatch)
    {
        Strategy = layout.Strategy;
        Decode = layout.Phase == PhaseKind.Decode;
        Tp = layout.StageMesh.Coordinate(rank, Axis.Tp);
        int sp = layout.StageMesh.Coordinate(rank, Axis.Sp), dp = layout.StageMesh.Coordinate(rank, Axis.Dp);
        List<int> batch = Deal(Count(layout.Workload.Batch), layout.Workload.MicroBatches, microBatch);
        Sequences = Deal(batch, Strategy.Dp, dp);
        if (Strategy.ExpertParallel == ExpertParallelMode.Dedicated)
            Sequences = Deal(Sequences, Strategy.Ep, layout.StageMesh.Coordinate(rank, Axis.Ep));
        Prompt = plan.Workload.PromptLength;
        Length = Decode ? Prompt + plan.Workload.OutputLength : Prompt;
        Positions = Decode ? [Length - 1] : Deal(Count(Prompt), Strategy.Sp, sp);
        SpCoordinate = sp;
        (_plan, _layout, _rank, _microBatch) = (plan, layout, rank, microBatch);
        bool splits = Strategy.AttentionOutput == AttentionOutput.ReduceScatter && Strategy.Tp > 1;
        List<int> sequences = splits && Decode ? Deal(Sequences, Strategy.Tp, Tp) : Sequences;
        List<int> positions = splits && !Decode ? Deal(Positions, Strategy.Tp, Tp) : Positions;
        StreamTokens = (long)sequences.Count * positions.Count;
        if (TakesStream(Strategy))
            (ExpertSequences, ExpertPositions) = (sequences, positions);
        else
            (ExpertSequences, ExpertPositions) = (Sequences, Positions);
    }

    public PhaseStrategy Strategy { get; }

    public bool Decode { get; }

    public int Tp { get; }

    public int SpCoordinate { get; }

    public int Prompt { get; }

    public int Length { get; }

    /// <summary>Numbers of the sequences, over the whole batch.</summary>
    public List<int> Sequences { get; }

    /// <summary>Positions that pass.</summary>
    public List<int> Positions { get; }

    /// <summary>Tokens where tp ranks hold the same.</summary>
    public long Tokens => (long)Sequences.Count * Positions.Count;

    /// <summary>Tokens of norms and residuals.</summary>
    public long StreamTokens { get; }

    /// <summary>Sequences of the tokens that the rank hands to its gate.</summary>
    public List<int> ExpertSequences { get; }

    /// <summary>Positions of the tokens that the rank hands to its gate.</summary>
    public List<int> ExpertPositions { get; }

    /// <summary>Tokens that the rank hands to its gate.</summary>
    public long ExpertTokens => (long)ExpertSequences.Count * ExpertPositions.Count;

    /// <summary>The ranks of a stage over which one copy of a layer's experts is spread.</summary>
    public static List<List<int>> ExpertBlocks(PhaseLayout layout)
    {
        PhaseStrategy strategy = layout.Strategy;
        return [.. Enumerable.Range(0, layout.StageMesh.Size)
            .GroupBy(rank => strategy.ExpertParallel == ExpertParallelMode.Folded ? (rank / (strategy.Ep * strategy.Etp), 0)
                : (layout.StageMesh.Coordinate(rank, Axis.Sp), layout.StageMesh.Coordinate(rank, Axis.Dp)))
            .Select(block => block.ToList())];
    }

    /// <summary>Where norms are split over tp: whether gates take the parts, or the whole that an FFN would take.</summary>
    private static bool TakesStream(PhaseStrategy strategy)
    {
        bool folded = strategy.ExpertParallel == ExpertParallelMode.Folded;
        int block = folded ? strategy.Ep * strategy.Etp : strategy.Ep * strategy.Tp;
        if (block == 1)
            return true;
        if (strategy.Dispatch == ExpertDispatch.None)
            return false;
        return folded || strategy.Ep > 1 || strategy.Dispatch == ExpertDispatch.AllGather;
    }

    /// <summary>
    /// Tokens on which the rank runs its part of a dense FFN: its own where it holds the FFN whole, those of its tp group, or those of all
    /// ranks that share one FFN.
    /// </summary>
    public long DenseTokens()
    {
        if (Strategy.DenseTp is not int degree || degree == Strategy.Tp)
            return Tokens;
        if (degree == 1)
            return StreamTokens;

        // Ranks join axis by axis, tp first, then the data-parallel axes from the inside, until there are enough of them.
        var joined = new List<Axis> { Axis.Tp };
        int size = Strategy.Tp;
        foreach (string name in Strategy.Order.Where(name => name is "ep" or "dp"))
        {
            if (size == degree || (name == "ep" && Strategy.ExpertParallel == ExpertParallelMode.Folded))
                continue;
            joined.Add(name == "ep" ? Axis.Ep : Axis.Dp);
            size *= name == "ep" ? Strategy.Ep : Strategy.Dp;
        }

        var tokens = new HashSet<(int, int)>();
        for (int other = 0; other < _layout.StageMesh.Size; other++)
        {
            bool here = _layout.StageMesh.Axes.All(axis => joined.Contains(axis)
                || _layout.StageMesh.Coordinate(other, axis) == _layout.StageMesh.Coordinate(_rank, axis));
            if (!here)
                continue;
            var peer = new NaiveRank(_plan, _layout, other, _microBatch);
            tokens.UnionWith(peer.Sequences.SelectMany(sequence => peer.Positions.Select(position => (sequence, position))));
        }

        return tokens.Count;
    }

    /// <summary>The KV heads of the rank.</summary>
    public List<int> KvHeads(int heads)
    {
        if (heads >= Strategy.Tp)
            return Deal(Count(heads), Strategy.Tp, Tp);

        // Fewer heads than ranks: ranks take turns in blocks.
        var owner = new List<int>();
        for (int rank = 0; rank < Strategy.Tp; rank++)
            owner.Add(rank * heads / Strategy.Tp);
        return [owner[Tp]];
    }

    /// <summary>Whether a query at <paramref name="position"/> sees <paramref name="other"/>.</summary>
    public static bool Sees(GroupedAttention attention, int position, int other) =>
        other <= position
        && (attention.Window == 0 || other > position - attention.Window)
        && (attention.Chunk == 0 || other / attention.Chunk == position / attention.Chunk);

    /// <summary>Pairs of the rank's sequences; of a prompt that sp splits its share of all of them.</summary>
    public long Pairs(GroupedAttention attention)
    {
        long all = 0;
        foreach (int _ in Sequences)
        {
            for (int position = Decode ? Length - 1 : 0; position < Length; position++)
            {
                for (int other = 0; other < Length; other++)
                    all += Sees(attention, position, other) ? 1 : 0;
            }
        }

        if (Decode || Strategy.Sp == 1 || Strategy.SpMethod == SequenceMethod.Ulysses)
            return all;
        long share = 0;
        for (long pair = SpCoordinate; pair < all; pair += Strategy.Sp)
            share++;
        return share;
    }

    public static List<int> Count(int count) => [.. Enumerable.Range(0, count)];

    /// <summary>Deals items to <paramref name="hands"/> one by one in turn for the sizes, then in order: the hand of one of them.</summary>
    public static List<int> Deal(List<int> items, int hands, int hand)
    {
        int[] sizes = new int[hands];
        for (int item = 0; item < items.Count; item++)
            sizes[item % hands]++;
        int start = 0;
        for (int before = 0; before < hand; before++)
            start += sizes[before];
        return items.GetRange(start, sizes[hand]);
    }
}
