using System.Collections.Concurrent;
using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Serving;

/// <summary>What the fullest ranks of an EP group get of a batch.</summary>
/// <param name="Sum">Tokens over all experts of the rank.</param>
/// <param name="Active">Experts with at least one.</param>
internal readonly record struct RankSlots(long Sum, int Active);

/// <summary>
/// How the tokens of any batch spread over the EP ranks of a program, as the whole numbers that <see cref="ExpertPlacement.Apportion"/>
/// deals out: the ranks that no other beats in tokens and in active experts. A uniform load without redundant experts fills rank 0 first:
/// with S slots, E experts and R ranks it gets <c>floor(S/E)</c> for each of its experts and one more for <c>ceil((S mod E)/R)</c> of them.
/// </summary>
internal sealed class RoutedCounts
{
    private readonly ExpertPlacement _placement;
    private readonly int _experts;
    private readonly int _ranks;
    private readonly int _copies;
    private readonly long _slots;
    private readonly int _batch;
    private readonly int _peers;
    private readonly double _fullestShare;
    private readonly ConcurrentDictionary<long, RankSlots[]> _known = [];

    private RoutedCounts(ExpertPlacement placement, long slots, int batch, int peers)
    {
        (_placement, _slots, _batch, _peers) = (placement, slots, batch, peers);
        _ranks = placement.Ranks;
        _copies = placement.Slots;
        _experts = Enumerable.Range(0, _ranks).Sum(rank => placement.CopiesOf(rank).Count);
        IsInOrder = placement.IsUniform;
        _fullestShare = placement.Imbalance / _ranks;
    }

    private bool IsInOrder { get; }

    /// <summary>The counts of a program with routed experts; null without.</summary>
    public static RoutedCounts? Of(OperatorProgram program, int batch)
    {
        OperatorStep? experts = program.Steps.FirstOrDefault(step => step.Op == Ops.Experts);
        if (experts?.Experts is not ExpertPlacement placement || experts.Inputs.OfType<RoutedTensor>().FirstOrDefault() is not RoutedTensor
            input)
            return null;
        OperatorStep? gather = program.Find(Ops.ExpertAllGather);
        int peers = gather is null || gather.Inputs[0] is not RoutedTensor ? 1 : gather.Mesh.Degree(gather.GroupAxes);
        long slots = Enumerable.Range(0, placement.Ranks).Sum(rank => input.Tokens(experts.Mesh.Rank((Axis.Ep, rank))).Sum);
        return new RoutedCounts(placement, slots / peers, batch, peers);
    }

    /// <summary>The fullest ranks of a batch.</summary>
    /// <param name="batch">Sequences of the pass.</param>
    /// <param name="one">Where the answer may lie.</param>
    public ReadOnlySpan<RankSlots> At(long batch, ref RankSlots one)
    {
        long slots = (long)((Int128)_slots * batch / _batch);
        if (!IsInOrder)
            return _known.GetOrAdd(slots, Dealt);
        one = InOrder(slots);
        return new ReadOnlySpan<RankSlots>(ref one);
    }

    /// <summary>Tokens of the fullest rank over those that it would get if fractions of tokens could be dealt out.</summary>
    public double Excess(long batch)
    {
        double even = (double)_slots * batch / _batch * _fullestShare * _peers;
        long most = 0;
        RankSlots one = default;
        foreach (RankSlots rank in At(batch, ref one))
            most = Math.Max(most, rank.Sum);
        return even > 0 ? most / even : 1;
    }

    private RankSlots InOrder(long slots)
    {
        long each = slots / _experts, rest = slots % _experts;
        long dealt = Math.Min(_copies, (rest + _ranks - 1) / _ranks);
        return new RankSlots(((each * _copies) + dealt) * _peers, each > 0 ? _copies : (int)dealt);
    }

    private RankSlots[] Dealt(long slots)
    {
        IEnumerable<RankSlots> ranks = _placement.Apportion(slots)
            .Select(counts => new RankSlots(counts.Sum() * _peers, counts.Count(count => count > 0))).Distinct();
        var fullest = new List<RankSlots>();
        foreach (RankSlots rank in ranks.OrderByDescending(rank => rank.Sum).ThenByDescending(rank => rank.Active))
        {
            if (fullest.Count == 0 || rank.Active > fullest[^1].Active)
                fullest.Add(rank);
        }

        return [.. fullest];
    }
}
