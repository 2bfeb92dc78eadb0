using ParallelDag.Collectives;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// How the tokens of one micro-batch reach the experts: counts per rank as integers. Each EP group routes its own tokens:
/// the slots of a group (tokens times top-k over its members) are spread over all expert copies by <see cref="ExpertPlacement.Apportion"/>.
/// </summary>
internal sealed class Routing
{
    private readonly MoeSpec _moe;
    private readonly DeviceMesh _mesh;
    private readonly ShardedTensor _tokens;
    private readonly int[] _groupOf;
    private readonly int[][] _groups;
    private readonly int[] _tensorGroupOf;
    private readonly int[][] _tensorGroups;
    private readonly Dictionary<long, long[][]> _countsOfSlots = [];
    private readonly long[] _groupSlots;

    /// <param name="moe">The experts.</param>
    /// <param name="mesh">The ranks of a stage by expert axes.</param>
    /// <param name="tensorAxis">The axis that splits an expert's FFN.</param>
    /// <param name="tokens">The layout of the tokens that enter the gate.</param>
    public Routing(MoeSpec moe, DeviceMesh mesh, Axis tensorAxis, ShardedTensor tokens)
    {
        _moe = moe;
        _mesh = mesh;
        _tokens = tokens;
        Placement = ExpertPlacement.Of(moe, mesh.Degree(Axis.Ep));
        _groups = mesh.Groups(Axis.Ep);
        _groupOf = mesh.GroupOfRank([Axis.Ep], out _);
        _tensorGroups = mesh.Groups(tensorAxis);
        _tensorGroupOf = mesh.GroupOfRank([tensorAxis], out _);
        _groupSlots = [.. _groups.Select(group => group.Sum(SlotsOf))];
        TensorRanksShareTokens = Spread(_tensorGroups) != Distinctness.Distinct;
    }

    /// <summary>Which experts live where.</summary>
    public ExpertPlacement Placement { get; }

    /// <summary>True when the ranks that split an expert hold the same tokens; false when each brings tokens of its own.</summary>
    public bool TensorRanksShareTokens { get; }

    /// <summary>How the tokens of a group's members relate.</summary>
    public enum Distinctness
    {
        /// <summary>All members hold the same tokens (or there is one member).</summary>
        Same,

        /// <summary>No two members hold the same tokens.</summary>
        Distinct,

        /// <summary>Some do, some do not.</summary>
        Mixed,
    }

    /// <summary>How the tokens of the members of EP groups relate in a layout.</summary>
    public static Distinctness SpreadOver(DeviceMesh mesh, ReadOnlySpan<Axis> axes, ShardedTensor tokens) => Spread(mesh.Groups(axes), tokens);

    /// <summary>Tokens times top-k that a rank routes.</summary>
    public long SlotsOf(int rank) => PhaseContext.LocalTokens(_tokens, rank) * _moe.TopK;

    /// <summary>Per expert copy of a rank: the tokens that the rank's EP group sends to it.</summary>
    public long[] Dispatched(int rank)
    {
        long slots = _groupSlots[_groupOf[rank]];
        if (!_countsOfSlots.TryGetValue(slots, out long[][]? counts))
            _countsOfSlots.Add(slots, counts = Placement.Apportion(slots));
        return counts[_mesh.Coordinate(rank, Axis.Ep)];
    }

    /// <summary>Per expert copy of a rank: the tokens that it computes, after the tokens of its tensor-parallel peers were gathered where they differ.</summary>
    public long[] Computed(int rank)
    {
        if (TensorRanksShareTokens)
            return Dispatched(rank);
        long[] sum = new long[Placement.Slots];
        foreach (int peer in _tensorGroups[_tensorGroupOf[rank]])
        {
            long[] counts = Dispatched(peer);
            for (int slot = 0; slot < sum.Length; slot++)
                sum[slot] += counts[slot];
        }

        return sum;
    }

    /// <summary>
    /// Traffic of the dispatch (or, <paramref name="back"/>, the combine) of one EP group, rows of <paramref name="rowBytes"/> bytes.
    /// S is the most that one member sends. On the wire is every slot whose expert lives elsewhere: of the slots that a member routes, the share that stays is
    /// its experts' share of the load, rounded to whole slots over the group. With equal members that is exactly (n-1)*S of the dispatch.
    /// </summary>
    public Traffic Exchange(IReadOnlyList<int> group, long rowBytes, bool back)
    {
        Int128 total = 0, staying = 0;
        long largest = 0;
        foreach (int rank in group)
        {
            long routed = SlotsOf(rank), received = Dispatched(rank).Sum();
            total += routed;
            staying += (Int128)routed * received;
            largest = Math.Max(largest, back ? received : routed);
        }

        if (total == 0)
            return default;
        Int128 local = (staying + (total / 2)) / total;
        return new Traffic(checked(largest * rowBytes), checked((long)((total - local) * rowBytes)));
    }

    private Distinctness Spread(int[][] groups) => Spread(groups, _tokens);

    private static Distinctness Spread(int[][] groups, ShardedTensor tokens)
    {
        bool same = true, distinct = true;
        var seen = new HashSet<(long, long)>();
        foreach (int[] group in groups)
        {
            seen.Clear();
            foreach (int rank in group)
                seen.Add((tokens.LocalRange(rank, 0).Start, tokens.LocalRange(rank, 1).Start));
            same &= seen.Count == 1;
            distinct &= seen.Count == group.Length;
        }

        return same ? Distinctness.Same : distinct ? Distinctness.Distinct : Distinctness.Mixed;
    }
}

/// <summary>Tokens sorted by expert: [experts, tokens, hidden] on every rank, where tokens is the most that one of its experts gets.</summary>
internal sealed class RoutedTensor(TensorPlacement layout, int elementBytes, int hidden, Func<int, long[]> counts) : ITensor
{
    public string? Name => null;

    public int ElementBytes => elementBytes;

    public TensorPlacement Layout => layout;

    public TensorShape LocalShape(int rank)
    {
        long[] tokens = counts(rank);
        return new TensorShape(new Dimension("experts", tokens.Length), new Dimension("tokens", tokens.Max()), new Dimension("hidden", hidden));
    }

    public long LocalElements(int rank) => checked(counts(rank).Sum() * hidden);
}
