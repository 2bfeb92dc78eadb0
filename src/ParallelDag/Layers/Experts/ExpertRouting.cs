using ParallelDag.Formulas;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>
/// How the tokens of one micro-batch reach the experts: counts per rank as integers. Each EP group routes its own tokens:
/// the slots of a group (tokens times top-k; over its members, or once where all of them hold the same) are spread over all expert copies
/// by <see cref="ExpertPlacement.Apportion"/>. Immutable, safe to share between threads.
/// </summary>
internal sealed class ExpertRouting
{
    private readonly int _topK;
    private readonly ShardedTensor _tokens;
    private readonly ExpertTokens[] _dispatched;
    private readonly ExpertTokens[] _computed;

    /// <param name="moe">The experts.</param>
    /// <param name="context">The phase.</param>
    /// <param name="tokens">The layout of the tokens as they are routed.</param>
    /// <param name="shared">True when the ranks that share a layer's experts hold the same of these tokens.</param>
    public ExpertRouting(MoeFeedForward moe, PhaseContext context, ShardedTensor tokens, bool shared)
    {
        DeviceMesh mesh = context.ExpertMesh;
        _topK = moe.TopK;
        _tokens = tokens;
        Placement = ExpertPlacement.Of(moe.ExpertCount, context.Strategy.RedundantExperts, context.ExpertLoad, mesh.Degree(Axis.Ep));
        int[][] tensorGroups = mesh.Groups(context.ExpertTensorAxis);
        TensorRanksShareTokens = shared || TokenSpread.Over(tensorGroups, tokens) != Distinctness.Distinct;
        _dispatched = CountDispatched(mesh, shared);
        _computed = TensorRanksShareTokens ? _dispatched : SumOver(tensorGroups);
    }

    /// <summary>Which experts live where.</summary>
    public ExpertPlacement Placement { get; }

    /// <summary>True when the ranks that split an expert hold the same tokens; false when each brings tokens of its own.</summary>
    public bool TensorRanksShareTokens { get; }

    /// <summary>Tokens times top-k that a rank routes.</summary>
    public long SlotsOf(int rank) => PhaseContext.LocalTokens(_tokens, rank) * _topK;

    /// <summary>Per expert copy of a rank: the tokens that the rank's EP group sends to it.</summary>
    public ExpertTokens Dispatched(int rank) => _dispatched[rank];

    /// <summary>
    /// Per expert copy of a rank: the tokens that it computes, after the tokens of its tensor-parallel peers were gathered where they
    /// differ.
    /// </summary>
    public ExpertTokens Computed(int rank) => _computed[rank];

    private ExpertTokens[] CountDispatched(DeviceMesh mesh, bool shared)
    {
        var counts = new ExpertTokens[mesh.Size];
        var countsOfSlots = new Dictionary<long, ExpertTokens[]>();
        foreach (int[] group in mesh.Groups(Axis.Ep))
        {
            long slots = shared ? SlotsOf(group[0]) : group.Sum(SlotsOf);
            if (!countsOfSlots.TryGetValue(slots, out ExpertTokens[]? ofRanks))
                countsOfSlots.Add(slots, ofRanks = TokensOf(Placement.Apportion(slots)));
            foreach (int rank in group)
                counts[rank] = ofRanks[mesh.Coordinate(rank, Axis.Ep)];
        }

        return counts;
    }

    private static ExpertTokens[] TokensOf(long[][] counts)
    {
        var tokens = new ExpertTokens[counts.Length];
        for (int rank = 0; rank < tokens.Length; rank++)
            tokens[rank] = rank > 0 && ReferenceEquals(counts[rank], counts[rank - 1]) ? tokens[rank - 1] : new ExpertTokens(counts[rank]);
        return tokens;
    }

    private ExpertTokens[] SumOver(int[][] groups)
    {
        var sums = new ExpertTokens[_dispatched.Length];
        foreach (int[] group in groups)
        {
            long[] sum = new long[_dispatched[group[0]].Count];
            foreach (int peer in group)
            {
                for (int slot = 0; slot < sum.Length; slot++)
                    sum[slot] += _dispatched[peer].Counts[slot];
            }

            var tokens = new ExpertTokens(sum);
            foreach (int rank in group)
                sums[rank] = tokens;
        }

        return sums;
    }
}

/// <summary>Traffic of tokens on their way to experts and back.</summary>
internal interface IRoutedTraffic : IGroupTraffic
{
    /// <summary>Bytes that cross between nodes.</summary>
    /// <param name="group">The ranks of an EP group.</param>
    /// <param name="nodeOf">The node of a rank.</param>
    long NetworkBytes(IReadOnlyList<int> group, Func<int, int> nodeOf);
}

/// <summary>
/// Traffic of the dispatch (or, back, the combine) of one EP group.
/// S is the most that one member sends. On the wire is every slot whose expert lives elsewhere: of the slots that a member routes, the
/// share that stays is
/// its experts' share of the load, rounded to whole slots over the group. With equal members that is exactly (n-1)*S of the dispatch.
/// </summary>
/// <param name="routing">The counts.</param>
/// <param name="rowBytes">Bytes of one token.</param>
/// <param name="back">True for the combine.</param>
internal sealed class RoutedTraffic(ExpertRouting routing, long rowBytes, bool back) : IRoutedTraffic
{
    /// <summary>Slots whose expert lives on another node: of the slots of a node all but its experts' share of the load.</summary>
    public long NetworkBytes(IReadOnlyList<int> group, Func<int, int> nodeOf)
    {
        Int128 total = group.Aggregate((Int128)0, (sum, rank) => sum + routing.SlotsOf(rank)), staying = 0;
        if (total == 0)
            return 0;
        foreach (IGrouping<int, int> node in group.GroupBy(nodeOf))
            staying += (Int128)node.Sum(routing.SlotsOf) * node.Sum(rank => routing.Dispatched(rank).Sum);
        return checked((long)((total - ((staying + (total / 2)) / total)) * rowBytes));
    }

    (T Size, T Wire) IGroupTraffic.Count<T>(IReadOnlyList<int> group)
    {
        Int128 total = 0, staying = 0;
        long largest = 0;
        foreach (int rank in group)
        {
            long routed = routing.SlotsOf(rank), received = routing.Dispatched(rank).Sum;
            total += routed;
            staying += (Int128)routed * received;
            largest = Math.Max(largest, back ? received : routed);
        }

        if (total == 0)
            return (T.Of(0), T.Of(0));
        T slots = T.Of(total, "slots"), row = T.Of(rowBytes, "bytes of a token");
        return (T.Of(largest, "slots of a member") * row,
            (slots - T.Rounded(T.Of(staying, "slots x slots of own experts"), slots)) * row);
    }
}
