using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Strategies;
using ParallelDag.Tensors;

namespace ParallelDag.Plans;

/// <summary>One holder's part of what a receiver needs.</summary>
/// <param name="Tensor">The cached tensors that it is a part of: the first one's name.</param>
/// <param name="PrefillRank">The rank of the prefill stage that holds it.</param>
/// <param name="PrefillMicroBatch">The micro-batch that made it.</param>
/// <param name="DecodeMicroBatch">The micro-batch that reads it.</param>
/// <param name="Gpu">The holder's GPU.</param>
/// <param name="Bytes">How much.</param>
internal sealed record KvRoute(string Tensor, int PrefillRank, int PrefillMicroBatch, int DecodeMicroBatch, int Gpu, long Bytes);

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
/// (sequences handed over, positions, units). Under a window the last positions alone move; of a recurrence its state. Where several ranks hold the same part a receiver
/// takes its own, else the copies take turns.
/// </summary>
internal sealed class KvReshard
{
    private KvReshard(IReadOnlyList<KvReceiver> receivers) => Receivers = receivers;

    /// <summary>Every rank of the decode stage; none for a layer that keeps nothing.</summary>
    public IReadOnlyList<KvReceiver> Receivers { get; }

    /// <summary>The reshard of a layer between two stages (from 1).</summary>
    public static KvReshard Between(DeploymentPlan plan, LayerSpec layer, int prefillStage, int decodeStage)
    {
        if (layer.Mixer is not Mixer mixer || mixer.Cache.Count == 0)
            return new KvReshard([]);
        int[] from = plan.PrefillLayout!.StageGpus[prefillStage - 1], to = plan.DecodeLayout!.StageGpus[decodeStage - 1];
        List<KvRoute>[] routes = [.. to.Select(_ => new List<KvRoute>())];

        // Tensors with the same units move together (K and V).
        foreach (IGrouping<(string?, int, bool), CachedTensor> alike in mixer.Cache.GroupBy(tensor => (tensor.Dimension, tensor.Units, tensor.PerSequence)))
        {
            CachedTensor tensor = alike.First();
            long unitBytes = alike.Sum(member => member.FormatIn(plan.Model.Precision).ElementBytes(member.Width));
            List<Holding> holdings = Holdings(plan, mixer, tensor);
            for (int rank = 0; rank < to.Length; rank++)
                AddRoutes(routes[rank], plan, tensor, unitBytes, holdings, from, rank, to[rank]);
        }

        return new KvReshard([.. routes.Select((ofRank, rank) => new KvReceiver(rank, to[rank], ofRank))]);
    }

    /// <summary>The sequences of a decode rank's micro-batch that come from prefill, counted among those handed over.</summary>
    public static (long Start, long Length) Received(DeploymentPlan plan, PhaseContext context, int microBatch, int rank)
    {
        (long start, long length) = context.Sequences(null, context.Precision.KvCache).LocalRange(rank, 0);
        return HandedSequences.Of(plan).OfDecode((start + BatchSplit.Start(plan.DecodeLayout!.Workload, microBatch), length));
    }

    /// <summary>The holders and the receivers.</summary>
    public static GpuSet GpusOf(IReadOnlyList<KvReceiver> receivers) =>
        GpuSet.FromGpus(receivers.SelectMany(receiver => receiver.Routes.Select(route => route.Gpu).Append(receiver.Gpu)));

    private static void AddRoutes(
        List<KvRoute> routes, DeploymentPlan plan, CachedTensor tensor, long unitBytes, List<Holding> holdings, int[] prefillGpus, int rank, int gpu)
    {
        for (int microBatch = 0; microBatch < plan.DecodeLayout!.Workload.MicroBatches; microBatch++)
        {
            PhaseContext context = plan.Context(plan.DecodeLayout!, microBatch);
            (long Start, long Length) sequences = Received(plan, context, microBatch, rank);
            if (sequences.Length == 0)
                continue;
            (long Start, long Length) units = tensor.UnitsOf(context, rank);
            for (int i = FirstReaching(holdings, sequences.Start); i < holdings.Count && holdings[i].Sequences.Start < sequences.Start + sequences.Length; i++)
            {
                Holding holding = holdings[i];
                long rows = Overlap(sequences, holding.Sequences);
                foreach ((var held, List<int> copies) in holding.RanksOfUnits)
                {
                    long shared = Overlap(units, held);
                    if (shared == 0)
                        continue;
                    int own = copies.FindIndex(copy => prefillGpus[copy] == gpu);
                    int holder = copies[own >= 0 ? own : rank % copies.Count];
                    routes.Add(new KvRoute(
                        tensor.Name, holder, holding.MicroBatch, microBatch, prefillGpus[holder], checked(rows * holding.Positions * shared * unitBytes)));
                }
            }
        }
    }

    /// <summary>The first holding that ends after <paramref name="start"/>. Holdings are sorted and their sequences are equal or disjoint, so ends are sorted too.</summary>
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
    private static List<Holding> Holdings(DeploymentPlan plan, Mixer mixer, CachedTensor tensor)
    {
        var holdings = new List<Holding>();
        HandedSequences handed = HandedSequences.Of(plan);
        for (int microBatch = 0; microBatch < plan.PrefillLayout!.Workload.MicroBatches; microBatch++)
        {
            PhaseContext context = plan.Context(plan.PrefillLayout!, microBatch);
            ShardedTensor placed = tensor.Of(context);
            long first = BatchSplit.Start(plan.PrefillLayout.Workload, microBatch), cached = mixer.CachedPositions(context.Length);
            var boxes = new Dictionary<(long, long), Holding>();
            for (int rank = 0; rank < context.Mesh.Size; rank++)
            {
                (long Start, long Length) sequences = placed.LocalRange(rank, 0), positions = tensor.PerSequence ? (0, 1) : placed.LocalRange(rank, 1);
                long kept = tensor.PerSequence ? 1 : Overlap(positions, (context.Length - cached, cached));
                (long Start, long Length) given = handed.OfPrefill((first + sequences.Start, sequences.Length));
                if (kept == 0 || given.Length == 0)
                    continue;
                if (!boxes.TryGetValue((sequences.Start, positions.Start), out Holding? box))
                {
                    box = new Holding(microBatch, given, kept, []);
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

    private static long Overlap((long Start, long Length) left, (long Start, long Length) right) =>
        Math.Max(0, Math.Min(left.Start + left.Length, right.Start + right.Length) - Math.Max(left.Start, right.Start));

    private sealed record Holding(int MicroBatch, (long Start, long Length) Sequences, long Positions, SortedDictionary<(long Start, long Length), List<int>> RanksOfUnits);
}
