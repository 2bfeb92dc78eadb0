using ParallelDag.Operators;
using ParallelDag.Strategies;

namespace ParallelDag.Plans;

/// <summary>
/// Bytes on every GPU. A phase on a GPU: the weights of its stage and shards, the cache of its sequences (prefill: its part of the prompt;
/// decode: at promptLength + outputLength), and the peak of live activations. A GPU: the union of its phases; weights that phases share and
/// cache that decode finds in place count once, of activations the larger counts.
/// </summary>
public sealed class MemoryPlan
{
    private readonly DeploymentPlan _plan;
    private readonly Dictionary<PhaseId, RankMemory[][]> _ofPhase = [];

    private MemoryPlan(DeploymentPlan plan)
    {
        _plan = plan;
        foreach (PhaseLayout layout in plan.Phases)
            _ofPhase.Add(layout.Id, Count(plan, layout));
    }

    /// <summary>The fullest GPU of every phase and stage.</summary>
    public static IReadOnlyList<DagMemory> Of(DeploymentPlan plan)
    {
        var memory = new MemoryPlan(plan);
        SortedDictionary<int, GpuMemory> union = memory.Union();
        var result = new List<DagMemory>();
        foreach (PhaseLayout layout in plan.Phases)
        {
            foreach (DagStage stage in layout.Stages)
            {
                RankMemory fullest = memory._ofPhase[layout.Id][stage.Index - 1].MaxBy(rank => rank.Total);
                result.Add(new DagMemory(
                    layout.Id,
                    stage.Index,
                    fullest.Weights,
                    fullest.KvCache,
                    fullest.Activations,
                    layout.StageGpus[stage.Index - 1].Max(gpu => union[gpu].TotalBytes),
                    plan.Cluster.CapacityBytes));
            }
        }

        return result;
    }

    /// <summary>What each rank of a phase holds, by stage and rank of the stage mesh.</summary>
    internal static RankMemory[][] RanksOf(DeploymentPlan plan, PhaseLayout layout) => Count(plan, layout);

    /// <summary>Every GPU that a phase runs on, over all phases; by number.</summary>
    public static IReadOnlyDictionary<int, GpuMemory> OfGpus(DeploymentPlan plan) => new MemoryPlan(plan).Union();

    private static RankMemory[][] Count(DeploymentPlan plan, PhaseLayout layout)
    {
        // The first micro-batch is the largest, and one pass at a time is alive in a stage. Of its chunks the longest or the last holds
        // most.
        PhasePass[] passes = [.. layout.Passes.TakeWhile(pass => pass.MicroBatch == 0)];
        PhaseSections[] heavy = [.. new[] { passes[0], passes[Math.Max(0, passes.Length - 2)], passes[^1] }.Distinct()
            .Select(pass => plan.Sections(layout, pass))];
        PhaseSections sections = heavy[^1];
        int ranks = sections.Context.Mesh.Size;
        SectionMemory entry = SectionMemory.Of(heavy.Select(one => one.Entry)), exit = new(sections.Exit);
        SectionMemory[] kinds = [.. Enumerable.Range(0, sections.Kinds.Count)
            .Select(kind => SectionMemory.Of(heavy.Select(one => one.Kinds[kind])))];
        long[][] cache = [.. Enumerable.Range(0, kinds.Length).Select(kind => CacheOfLayer(plan, layout, kind, ranks))];
        return [.. layout.Stages.Select(OfStage)];

        RankMemory[] OfStage(DagStage stage)
        {
            int[] layersOfKind = new int[kinds.Length];
            for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
                layersOfKind[plan.Model.KindOfLayer[layer - 1]]++;
            var memory = new RankMemory[ranks];
            for (int rank = 0; rank < ranks; rank++)
            {
                long weights = 0, kvCache = 0, activations = 0;
                void Add(SectionMemory section, int times)
                {
                    weights = checked(weights + (section.Weights(rank) * times));
                    activations = Math.Max(activations, section.Activations(rank));
                }

                if (stage.Index == 1)
                    Add(entry, 1);
                for (int kind = 0; kind < kinds.Length; kind++)
                {
                    if (layersOfKind[kind] == 0)
                        continue;
                    Add(kinds[kind], layersOfKind[kind]);
                    kvCache = checked(kvCache + (cache[kind][rank] * layersOfKind[kind]));
                }

                if (stage.Index == layout.Stages.Count)
                    Add(exit, 1);
                memory[rank] = new RankMemory(weights, kvCache, activations);
            }

            return memory;
        }
    }

    /// <summary>The cache of one layer of a kind for all micro-batches, per rank.</summary>
    private static long[] CacheOfLayer(DeploymentPlan plan, PhaseLayout layout, int kind, int ranks)
    {
        long[] cache = new long[ranks];
        foreach (var sizes in layout.Passes.Where(pass => pass.Ends).GroupBy(pass => pass.Sequences))
        {
            PhaseContext context = plan.Sections(layout, sizes.First()).Context.OfPrompt();
            long[] ofMicroBatch = SectionMemory.CacheBytes(context, plan.Model.LayerKinds[kind].Mixer);
            for (int rank = 0; rank < ranks; rank++)
                cache[rank] = checked(cache[rank] + (ofMicroBatch[rank] * sizes.Count()));
        }

        return cache;
    }

    private SortedDictionary<int, GpuMemory> Union()
    {
        var weights = new Dictionary<int, long>();
        var cache = new Dictionary<int, long>();
        var activations = new Dictionary<int, long>();
        foreach (PhaseLayout layout in _plan.Phases)
        {
            for (int stage = 0; stage < layout.Stages.Count; stage++)
            {
                for (int rank = 0; rank < layout.StageGpus[stage].Length; rank++)
                {
                    int gpu = layout.StageGpus[stage][rank];
                    RankMemory own = _ofPhase[layout.Id][stage][rank];

                    // Shared experts that one dispatch splits and the other does not are parts of those held whole.
                    long known = weights.GetValueOrDefault(gpu);
                    weights[gpu] = _plan.SharesWeights ? Math.Max(known, own.Weights) : checked(known + own.Weights);
                    cache[gpu] = checked(cache.GetValueOrDefault(gpu) + own.KvCache);
                    activations[gpu] = Math.Max(activations.GetValueOrDefault(gpu), own.Activations);
                }
            }
        }

        if (_plan.HasBothPhases && _plan.Cluster.Pool == PoolKind.Unified)
        {
            // Cache that decode finds in place is one copy, not two.
            foreach ((KvReshard reshard, int layers) in LayerReshards.Of(_plan))
            {
                foreach (KvReceiver receiver in reshard.Receivers)
                    cache[receiver.Gpu] -= (receiver.NeededBytes - receiver.MovedBytes) * layers;
            }
        }

        var union = new SortedDictionary<int, GpuMemory>();
        foreach ((int gpu, long bytes) in weights)
            union.Add(gpu, new GpuMemory(bytes, cache[gpu], activations[gpu]));
        return union;
    }

}

/// <summary>What one rank of a phase holds, in bytes.</summary>
/// <param name="Weights">Weights of its stage and shards.</param>
/// <param name="KvCache">Cache of its sequences.</param>
/// <param name="Activations">Peak live activations.</param>
internal readonly record struct RankMemory(long Weights, long KvCache, long Activations)
{
    /// <summary>All of it.</summary>
    public long Total => checked(Weights + KvCache + Activations);
}

/// <summary>What one GPU holds over all phases: weights that phases share counted once, the larger activations. In bytes.</summary>
/// <param name="WeightBytes">Weights.</param>
/// <param name="CacheBytes">KV cache and state.</param>
/// <param name="ActivationBytes">Peak live activations.</param>
public readonly record struct GpuMemory(long WeightBytes, long CacheBytes, long ActivationBytes)
{
    /// <summary>All of it.</summary>
    /// <exception cref="OverflowException">More than 2^63-1.</exception>
    public long TotalBytes => checked(WeightBytes + CacheBytes + ActivationBytes);
}
