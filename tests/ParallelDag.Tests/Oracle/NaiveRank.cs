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
    private readonly int _pass;

    public NaiveRank(DeploymentPlan plan, PhaseLayout layout, int rank, int pass)
    {
        int microBatch = pass / Chunks(plan, layout), chunk = pass % Chunks(plan, layout);
        Strategy = layout.Strategy;
        Decode = layout.Phase == PhaseKind.Decode;
        Tp = layout.StageMesh.Coordinate(rank, Axis.Tp);
        int sp = layout.StageMesh.Coordinate(rank, Axis.Sp), dp = layout.StageMesh.Coordinate(rank, Axis.Dp);
        int instance = layout.StageMesh.Coordinate(rank, Axis.Replica), each = layout.Workload.Batch;
        int before = plan.Phases.TakeWhile(set => set != layout).Where(set => set.Phase == layout.Phase)
            .Sum(set => set.Workload.Batch * set.Strategy.Replicas);
        List<int> batch = Deal([.. Count(each).Select(i => before + i + (instance * each))], layout.Workload.MicroBatches, microBatch);
        Sequences = Deal(batch, Strategy.Dp, dp);
        if (Strategy.ExpertParallel == ExpertParallelMode.Dedicated)
            Sequences = Deal(Sequences, Strategy.Ep, layout.StageMesh.Coordinate(rank, Axis.Ep));
        Prompt = plan.Workload.PromptLength;
        Length = Decode ? Prompt + plan.Workload.OutputLength : Prompt;
        Positions = Decode ? [Length - 1] : Deal(Passing(plan, layout, chunk), Strategy.Sp, sp);
        Cached = Decode || chunk > 0 ? [] : Count((int)((decimal)plan.Workload.CachedPrompt * Prompt));
        Ends = Decode || chunk == Chunks(plan, layout) - 1;
        SpCoordinate = sp;
        (_plan, _layout, _rank, _pass) = (plan, layout, rank, pass);
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

    /// <summary>Positions that a prefix cache held before the first pass.</summary>
    public List<int> Cached { get; }

    /// <summary>True for the pass that samples.</summary>
    public bool Ends { get; }

    /// <summary>Passes of a phase.</summary>
    public static int Passes(DeploymentPlan plan, PhaseLayout layout) => layout.Workload.MicroBatches * Chunks(plan, layout);

    private static int Chunks(DeploymentPlan plan, PhaseLayout layout)
    {
        int chunks = 1;
        while (layout.Phase == PhaseKind.Prefill && Passing(plan, layout, chunks).Count > 0)
            chunks++;
        return chunks;
    }

    /// <summary>The positions that a chunk passes: those that are not cached, dealt to chunks as many at a time as all sequences have
    /// tokens for.</summary>
    private static List<int> Passing(DeploymentPlan plan, PhaseLayout layout, int chunk)
    {
        int prompt = plan.Workload.PromptLength, cached = (int)((decimal)plan.Workload.CachedPrompt * prompt);
        List<int> rest = Count(prompt).GetRange(cached, prompt - cached);
        if (layout.Strategy.Chunk is not int tokens)
            return chunk == 0 ? rest : [];
        int sequences = Deal(Count(layout.Workload.Batch), layout.Workload.MicroBatches, 0).Count, each = 0;
        while ((each + 1) * sequences <= tokens)
            each++;
        return [.. rest.Skip(chunk * each).Take(each)];
    }

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
                : (layout.StageMesh.Coordinate(rank, Axis.Sp),
                    layout.StageMesh.Coordinate(rank, Axis.Dp) + (strategy.Dp * layout.StageMesh.Coordinate(rank, Axis.Replica))))
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
            var peer = new NaiveRank(_plan, _layout, other, _pass);
            tokens.UnionWith(peer.Sequences.SelectMany(sequence => peer.Positions.Select(position => (sequence, position))));
        }

        return tokens.Count;
    }

    /// <summary>Whether the cache of a decode rank holds the <paramref name="index"/>-th of the positions that are kept.</summary>
    public bool Keeps(int index) => !Decode || index % Strategy.KvParallel == Tp % Strategy.KvParallel;

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
                // Of a prompt that sp splits all queries count, then shared.
                if (Strategy.Sp == 1 && !Positions.Contains(position))
                    continue;
                int seen = 0;
                for (int other = 0; other < Length; other++)
                {
                    if (Sees(attention, position, other))
                        all += Keeps(seen++) ? 1 : 0;
                }
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
