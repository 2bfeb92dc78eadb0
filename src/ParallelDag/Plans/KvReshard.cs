using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Strategies;
using ParallelDag.Tensors;

namespace ParallelDag.Plans;

/// <summary>One holder's part of what a receiver needs.</summary>
/// <param name="Tensor">The cached tensors that it is a part of: the first one's name.</param>
/// <param name="PrefillRank">The rank of the prefill stage that holds it.</param>
/// <param name="PrefillPass">The pass that made it, or the last of its positions.</param>
/// <param name="DecodeMicroBatch">The micro-batch that reads it.</param>
/// <param name="Gpu">The holder's GPU.</param>
/// <param name="Bytes">How much.</param>
/// <param name="MadeBytes">How much of it the pass made; a prefix cache held the rest.</param>
internal sealed record KvRoute(string Tensor, int PrefillRank, int PrefillPass, int DecodeMicroBatch, int Gpu, long Bytes, long MadeBytes);

/// <summary>A decode rank and where its part of the prompt's cache comes from.</summary>
/// <param name="Rank">The rank of the decode stage.</param>
/// <param name="Gpu">Its GPU.</param>
/// <param name="Routes">Its sources, itself among them where it holds something.</param>
internal sealed record KvReceiver(int Rank, int Gpu, IReadOnlyList<KvRoute> Routes)
{
    /// <summary>What it needs.</summary>
    public long NeededBytes { get; } = Routes.Sum(route => route.Bytes);

    /// <summary>What it needs of one cached tensor (and of those that move with it).</summary>
    public long NeededOf(string tensor) => Routes.Where(route => route.Tensor == tensor).Sum(route => route.Bytes);

    /// <summary>What it does not hold already.</summary>
    public long MovedBytes { get; } = Routes.Where(route => route.Gpu != Gpu).Sum(route => route.Bytes);
}

/// <summary>
/// Which parts of a layer's cache move from a prefill stage to a decode stage: the intersection of two placements, box by box
/// (sequences handed over, positions, units). Under a window the last positions alone move; of a recurrence its state. Where several ranks
/// hold the same part a receiver
/// takes its own, else the copies take turns.
/// </summary>
internal sealed class KvReshard
{
    private KvReshard(IReadOnlyList<KvReceiver> receivers) => Receivers = receivers;

    /// <summary>Every rank of the decode stage; none for a layer that keeps nothing.</summary>
    public IReadOnlyList<KvReceiver> Receivers { get; }

    /// <summary>The reshard of a layer between two stages (from 1) of a set of prefill instances and one of decode.</summary>
    public static KvReshard Between(HandedSets sets, LayerSpec layer, int prefillStage, int decodeStage)
    {
        DeploymentPlan plan = sets.Plan;
        if (layer.Mixer is not Mixer mixer || mixer.Cache.Count == 0)
            return new KvReshard([]);
        int[] from = sets.Prefill.StageGpus[prefillStage - 1], to = sets.Decode.StageGpus[decodeStage - 1];
        List<KvRoute>[] routes = [.. to.Select(_ => new List<KvRoute>())];

        // Tensors with the same units move together (K and V).
        foreach (IGrouping<(string?, int, bool), CachedTensor> alike in mixer.Cache.GroupBy(tensor =>
            (tensor.Dimension, tensor.Units, tensor.PerSequence)))
        {
            CachedTensor tensor = alike.First();
            long unitBytes = alike.Sum(member => member.FormatIn(plan.Model.Precision).ElementBytes(member.Width));
            List<Holding> holdings = Holdings(sets, mixer, tensor);
            for (int rank = 0; rank < to.Length; rank++)
                AddRoutes(routes[rank], sets, tensor, unitBytes, holdings, from, rank, to[rank]);
        }

        return new KvReshard([.. routes.Select((ofRank, rank) => new KvReceiver(rank, to[rank], ofRank))]);
    }

    /// <summary>
    /// The sequences of a rank's micro-batch, counted over the phase: those of the first instance first.
    /// </summary>
    internal static (long Start, long Length) SequencesOf(PhaseLayout layout, PhaseContext context, int microBatch, int rank)
    {
        (long start, long length) = context.Sequences(null, context.Precision.KvCache).LocalRange(rank, 0);
        long instance = context.Mesh.Coordinate(rank, Axis.Replica);
        return (layout.FirstSequence + (start - (instance * BatchSplit.Size(layout.Workload, microBatch)))
            + (instance * layout.Workload.Batch)
            + BatchSplit.Start(layout.Workload, microBatch), length);
    }

    /// <summary>The holders and the receivers.</summary>
    public static GpuSet GpusOf(IReadOnlyList<KvReceiver> receivers) =>
        GpuSet.FromGpus(receivers.SelectMany(receiver => receiver.Routes.Select(route => route.Gpu).Append(receiver.Gpu)));

    private static void AddRoutes(
        List<KvRoute> routes, HandedSets sets, CachedTensor tensor, long unitBytes, List<Holding> holdings, int[] prefillGpus,
            int rank, int gpu)
    {
        for (int microBatch = 0; microBatch < sets.Decode.Workload.MicroBatches; microBatch++)
        {
            PhaseContext context = sets.Plan.Context(sets.Decode, microBatch);
            (long Start, long Length) sequences = sets.Received(context, microBatch, rank);
            if (sequences.Length == 0)
                continue;
            (long Start, long Length) units = tensor.UnitsOf(context, rank);
            int parts = context.CacheMesh.Degree(Axis.Dcp), part = context.CacheMesh.Coordinate(rank, Axis.Dcp);
            for (int i = FirstReaching(holdings, sequences.Start); i < holdings.Count
                && holdings[i].Sequences.Start < sequences.Start + sequences.Length; i++)
            {
                Holding holding = holdings[i];
                long rows = Overlap(sequences, holding.Sequences);
                long positions = tensor.PerSequence ? 1 : Interleaved(holding.Positions, parts, part);
                long made = tensor.PerSequence ? 1 : Interleaved(holding.Made, parts, part);
                if (positions == 0)
                    continue;
                foreach ((var held, List<int> copies) in holding.RanksOfUnits)
                {
                    long shared = Overlap(units, held);
                    if (shared == 0)
                        continue;
                    int holder = copies[HolderChoice.Of(copies, copy => prefillGpus[copy], gpu, rank)];
                    routes.Add(new KvRoute(
                        tensor.Name, holder, holding.Pass, microBatch, prefillGpus[holder],
                        checked(rows * positions * shared * unitBytes), checked(rows * made * shared * unitBytes)));
                }
            }
        }
    }

    /// <summary>The first holding that ends after <paramref name="start"/>. Holdings are sorted and their sequences are equal or disjoint,
    /// so ends are sorted too.</summary>
    private static int FirstReaching(List<Holding> holdings, long start)
    {
        int low = 0, high = holdings.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (holdings[middle].Sequences.Start + holdings[middle].Sequences.Length <= start)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Who holds what after prefill: one entry per box of sequences and positions, sorted by sequences.</summary>
    private static List<Holding> Holdings(HandedSets sets, Mixer mixer, CachedTensor tensor)
    {
        var holdings = new List<Holding>();
        PhaseLayout prefill = sets.Prefill;
        for (int pass = 0; pass < prefill.Passes.Count; pass++)
        {
            PhaseContext context = sets.Plan.Context(prefill, pass);
            int microBatch = prefill.Passes[pass].MicroBatch;
            long offset = context.Length - context.SequenceLength;
            if (tensor.PerSequence && !prefill.Passes[pass].Ends)
                continue;
            ShardedTensor placed = tensor.Of(context);
            long cached = mixer.CachedPositions(context.PromptLength);
            var boxes = new Dictionary<(long, long), Holding>();
            for (int rank = 0; rank < context.Mesh.Size; rank++)
            {
                (long Start, long Length) sequences = SequencesOf(prefill, context, microBatch, rank),
                    positions = tensor.PerSequence ? (0, 1) : placed.LocalRange(rank, 1);
                (long Start, long Length) made = (0, 1), kept = (0, 1);
                if (!tensor.PerSequence)
                {
                    // The first pass answers for what a prefix cache held.
                    (long Start, long Length) passed = (offset + positions.Start, positions.Length),
                        last = (context.PromptLength - cached, cached);
                    made = Common(passed, last);
                    kept = offset == sets.Plan.Workload.CachedPositions && positions.Start == 0
                        ? Common((0, passed.Start + passed.Length), last) : made;
                }

                (long Start, long Length) given = sets.Given(sequences);
                if (kept.Length == 0 || given.Length == 0)
                    continue;
                if (!boxes.TryGetValue((sequences.Start, positions.Start), out Holding? box))
                {
                    box = new Holding(pass, given, kept, made, []);
                    boxes.Add((sequences.Start, positions.Start), box);
                    holdings.Add(box);
                }

                (long, long) units = tensor.UnitsOf(context, rank);
                if (!box.RanksOfUnits.TryGetValue(units, out List<int>? ranks))
                    box.RanksOfUnits.Add(units, ranks = []);
                ranks.Add(rank);
            }
        }

        return [.. holdings.OrderBy(holding => holding.Sequences.Start)];
    }

    /// <summary>How many positions of a range a rank holds where tokens go to the parts of a cache in turn: those p with p mod parts =
    /// part.</summary>
    public static long Interleaved((long Start, long Length) range, int parts, int part)
    {
        long Before(long end) => (end + parts - 1 - part) / parts;
        return Before(range.Start + range.Length) - Before(range.Start);
    }

    private static (long Start, long Length) Common((long Start, long Length) left, (long Start, long Length) right) =>
        (Math.Max(left.Start, right.Start), Overlap(left, right));

    private static long Overlap((long Start, long Length) left, (long Start, long Length) right) =>
        Math.Max(0, Math.Min(left.Start + left.Length, right.Start + right.Length) - Math.Max(left.Start, right.Start));

    private sealed record Holding(
        int Pass, (long Start, long Length) Sequences, (long Start, long Length) Positions, (long Start, long Length) Made,
        SortedDictionary<(long Start, long Length), List<int>> RanksOfUnits);
}
