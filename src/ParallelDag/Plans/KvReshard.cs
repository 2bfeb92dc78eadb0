using ParallelDag.Operators;
using ParallelDag.Strategies;
using ParallelDag.Tensors;

namespace ParallelDag.Plans;

/// <summary>One holder's part of what a receiver needs.</summary>
/// <param name="PrefillRank">The rank of the prefill stage that holds it.</param>
/// <param name="PrefillMicroBatch">The micro-batch that made it.</param>
/// <param name="DecodeMicroBatch">The micro-batch that reads it.</param>
/// <param name="Gpu">The holder's GPU.</param>
/// <param name="Bytes">How much.</param>
internal sealed record KvRoute(int PrefillRank, int PrefillMicroBatch, int DecodeMicroBatch, int Gpu, long Bytes);

/// <summary>A decode rank and where its part of the prompt's KV cache comes from.</summary>
/// <param name="Rank">The rank of the decode stage.</param>
/// <param name="Gpu">Its GPU.</param>
/// <param name="Routes">Its sources, itself among them where it holds something.</param>
internal sealed record KvReceiver(int Rank, int Gpu, IReadOnlyList<KvRoute> Routes)
{
    /// <summary>What it needs.</summary>
    public long NeededBytes { get; } = Routes.Sum(route => route.Bytes);

    /// <summary>What it does not hold already.</summary>
    public long MovedBytes { get; } = Routes.Where(route => route.Gpu != Gpu).Sum(route => route.Bytes);
}

/// <summary>
/// Which parts of a layer's KV cache move from a prefill stage to a decode stage: the intersection of two placements, box by box
/// (sequences, positions, heads). Where several ranks hold the same part a receiver takes its own, else the copies take turns.
/// </summary>
internal sealed class KvReshard
{
    private KvReshard(IReadOnlyList<KvReceiver> receivers) => Receivers = receivers;

    /// <summary>Every rank of the decode stage.</summary>
    public IReadOnlyList<KvReceiver> Receivers { get; }

    /// <summary>The reshard between two stages (from 1).</summary>
    public static KvReshard Between(DeploymentPlan plan, int prefillStage, int decodeStage)
    {
        int[] from = plan.PrefillLayout!.StageGpus[prefillStage - 1], to = plan.DecodeLayout!.StageGpus[decodeStage - 1];
        long headBytes = plan.Model.Mla is MlaSpec mla
            ? (long)mla.LatentDim * plan.Model.DataType.Bytes()
            : 2L * plan.Model.HeadDim * plan.Model.DataType.Bytes();
        List<Holding> holdings = Holdings(plan);
        var receivers = new List<KvReceiver>(to.Length);
        for (int rank = 0; rank < to.Length; rank++)
            receivers.Add(new KvReceiver(rank, to[rank], Routes(plan, holdings, headBytes, from, rank, to[rank])));
        return new KvReshard(receivers);
    }

    /// <summary>The holders and the receivers.</summary>
    public static GpuSet GpusOf(IReadOnlyList<KvReceiver> receivers) =>
        GpuSet.FromGpus(receivers.SelectMany(receiver => receiver.Routes.Select(route => route.Gpu).Append(receiver.Gpu)));

    private static List<KvRoute> Routes(DeploymentPlan plan, List<Holding> holdings, long headBytes, int[] prefillGpus, int rank, int gpu)
    {
        var routes = new List<KvRoute>();
        for (int microBatch = 0; microBatch < plan.Workload.MicroBatches; microBatch++)
        {
            PhaseContext context = plan.Context(plan.DecodeLayout!, microBatch);
            ShardedTensor keys = context.KeyValue[0];
            (long Start, long Length) sequences = keys.LocalRange(rank, 0);
            sequences.Start += BatchSplit.Start(plan.Workload, microBatch);
            (long Start, long Length) heads = HeadsOf(context, rank);
            for (int i = FirstReaching(holdings, sequences.Start); i < holdings.Count && holdings[i].Sequences.Start < sequences.Start + sequences.Length; i++)
            {
                Holding holding = holdings[i];
                long rows = Overlap(sequences, holding.Sequences);
                foreach ((var held, List<int> copies) in holding.RanksOfHeads)
                {
                    long shared = Overlap(heads, held);
                    if (shared == 0)
                        continue;
                    int own = copies.FindIndex(copy => prefillGpus[copy] == gpu);
                    int holder = copies[own >= 0 ? own : rank % copies.Count];
                    routes.Add(new KvRoute(holder, holding.MicroBatch, microBatch, prefillGpus[holder], checked(rows * holding.Positions * shared * headBytes)));
                }
            }
        }

        return routes;
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
    private static List<Holding> Holdings(DeploymentPlan plan)
    {
        var holdings = new List<Holding>();
        for (int microBatch = 0; microBatch < plan.Workload.MicroBatches; microBatch++)
        {
            PhaseContext context = plan.Context(plan.PrefillLayout!, microBatch);
            ShardedTensor keys = context.KeyValue[0];
            long first = BatchSplit.Start(plan.Workload, microBatch);
            var boxes = new Dictionary<(long, long), Holding>();
            for (int rank = 0; rank < context.Mesh.Size; rank++)
            {
                (long Start, long Length) sequences = keys.LocalRange(rank, 0), positions = keys.LocalRange(rank, 1);
                if (!boxes.TryGetValue((sequences.Start, positions.Start), out Holding? box))
                {
                    box = new Holding(microBatch, (first + sequences.Start, sequences.Length), positions.Length, []);
                    boxes.Add((sequences.Start, positions.Start), box);
                    holdings.Add(box);
                }

                (long, long) heads = HeadsOf(context, rank);
                if (!box.RanksOfHeads.TryGetValue(heads, out List<int>? ranks))
                    box.RanksOfHeads.Add(heads, ranks = []);
                ranks.Add(rank);
            }
        }

        return [.. holdings.OrderBy(holding => holding.Sequences.Start)];
    }

    /// <summary>The KV heads that a rank holds; with fewer heads than tp ranks, the one that it holds a copy of; of an MLA latent all there is.</summary>
    private static (long Start, long Length) HeadsOf(PhaseContext context, int rank)
    {
        if (context.Model.Mla is not null)
            return (0, 1);
        (long start, long length) = context.KeyValue[0].LocalRange(rank, 2);
        return context.KvSlots == context.Model.KvHeads ? (start, length) : (start * context.Model.KvHeads / context.KvSlots, 1);
    }

    private static long Overlap((long Start, long Length) left, (long Start, long Length) right) =>
        Math.Max(0, Math.Min(left.Start + left.Length, right.Start + right.Length) - Math.Max(left.Start, right.Start));

    private sealed record Holding(int MicroBatch, (long Start, long Length) Sequences, long Positions, SortedDictionary<(long Start, long Length), List<int>> RanksOfHeads);
}
