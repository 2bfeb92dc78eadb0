using ParallelDag.Accounting;
using ParallelDag.Operators;
using ParallelDag.Strategies;
using ParallelDag.Tensors;

namespace ParallelDag.Plans;

/// <summary>
/// Bytes on every GPU. A phase on a GPU: the weights of its stage and shards, the KV cache of its sequences (prefill: its part of the prompt; decode: at
/// promptLength + outputLength), and the peak of live activations. A GPU: the union of its phases; weights that phases share and cache that decode finds in
/// place count once, of activations the larger counts.
/// </summary>
public sealed class MemoryPlan
{
    private readonly DeploymentPlan _plan;
    private readonly Dictionary<PhaseKind, RankMemory[][]> _ofPhase = [];

    private MemoryPlan(DeploymentPlan plan)
    {
        _plan = plan;
        foreach (PhaseLayout layout in plan.Phases)
            _ofPhase.Add(layout.Phase, Count(layout));
    }

    /// <summary>The fullest GPU of every phase and stage.</summary>
    public static IReadOnlyList<DagMemory> Of(DeploymentPlan plan)
    {
        var memory = new MemoryPlan(plan);
        Dictionary<int, long> union = memory.Union();
        var result = new List<DagMemory>();
        foreach (PhaseLayout layout in plan.Phases)
        {
            foreach (DagStage stage in layout.Stages)
            {
                RankMemory fullest = memory._ofPhase[layout.Phase][stage.Index - 1].MaxBy(rank => rank.Total);
                result.Add(new DagMemory(
                    layout.Phase,
                    stage.Index,
                    fullest.Weights,
                    fullest.KvCache,
                    fullest.Activations,
                    layout.StageGpus[stage.Index - 1].Max(gpu => union[gpu]),
                    plan.Cluster.CapacityBytes));
            }
        }

        return result;
    }

    private RankMemory[][] Count(PhaseLayout layout)
    {
        PhaseContext context = _plan.Context(layout);
        int ranks = context.Mesh.Size;
        bool anyDense = false, anyMoe = false;
        for (int layer = 1; layer <= _plan.Model.Layers; layer++)
            _ = _plan.Model.IsMoeLayer(layer) ? anyMoe = true : anyDense = true;
        SectionMemory entry = SectionMemory.Of(EntrySection.Build(context), ranks), exit = SectionMemory.Of(ExitSection.Build(context), ranks);
        SectionMemory? dense = anyDense ? SectionMemory.Of(Blocks.Layer(context, moe: false), ranks) : null;
        SectionMemory? moe = anyMoe ? SectionMemory.Of(Blocks.Layer(context, moe: true), ranks) : null;
        long[] cacheOfLayer = CacheOfLayer(layout, ranks);
        return [.. layout.Stages.Select(stage => OfStage(stage, stage.Index == layout.Stages.Count))];

        RankMemory[] OfStage(DagStage stage, bool last)
        {
            int moeLayers = Enumerable.Range(stage.FirstLayer, stage.LastLayer - stage.FirstLayer + 1).Count(_plan.Model.IsMoeLayer);
            int layers = stage.LastLayer - stage.FirstLayer + 1;
            (SectionMemory? Section, int Times)[] parts =
                [(stage.Index == 1 ? entry : null, 1), (layers > moeLayers ? dense : null, layers - moeLayers), (moeLayers > 0 ? moe : null, moeLayers), (last ? exit : null, 1)];
            var memory = new RankMemory[ranks];
            for (int rank = 0; rank < ranks; rank++)
            {
                long weights = 0, activations = 0;
                foreach ((SectionMemory? section, int times) in parts)
                {
                    if (section is null)
                        continue;
                    weights = checked(weights + (section.Weights[rank] * times));
                    activations = Math.Max(activations, section.Activations[rank]);
                }

                memory[rank] = new RankMemory(weights, checked(cacheOfLayer[rank] * layers), activations);
            }

            return memory;
        }
    }

    /// <summary>One layer's KV cache of all micro-batches, per rank.</summary>
    private long[] CacheOfLayer(PhaseLayout layout, int ranks)
    {
        long[] cache = new long[ranks];
        foreach (var sizes in Enumerable.Range(0, _plan.Workload.MicroBatches).GroupBy(microBatch => BatchSplit.Size(_plan.Workload, microBatch)))
        {
            PhaseContext context = _plan.Context(layout, sizes.First());
            for (int rank = 0; rank < ranks; rank++)
                cache[rank] = checked(cache[rank] + (CacheBytes(context, rank) * sizes.Count()));
        }

        return cache;
    }

    /// <summary>One layer's KV cache of one micro-batch on a rank.</summary>
    private static long CacheBytes(PhaseContext context, int rank)
    {
        long bytes = context.KeyValue.Sum(tensor => ((ITensor)tensor).LocalBytes(rank));
        return context.Phase == PhaseKind.Prefill ? bytes : checked(bytes * context.AttendedLength);
    }

    private Dictionary<int, long> Union()
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
                    RankMemory own = _ofPhase[layout.Phase][stage][rank];
                    weights[gpu] = _plan.SharesWeights ? own.Weights : checked(weights.GetValueOrDefault(gpu) + own.Weights);
                    cache[gpu] = checked(cache.GetValueOrDefault(gpu) + own.KvCache);
                    activations[gpu] = Math.Max(activations.GetValueOrDefault(gpu), own.Activations);
                }
            }
        }

        if (_plan.PrefillLayout is PhaseLayout prefill && _plan.DecodeLayout is PhaseLayout decode && _plan.Cluster.Pool == PoolKind.Unified)
        {
            // Cache that decode finds in place is one copy, not two.
            var reshards = new Dictionary<(int, int), KvReshard>();
            for (int layer = 1; layer <= _plan.Model.Layers; layer++)
            {
                (int, int) stages = (prefill.StageOf(layer), decode.StageOf(layer));
                if (!reshards.TryGetValue(stages, out KvReshard? reshard))
                    reshards.Add(stages, reshard = KvReshard.Between(_plan, stages.Item1, stages.Item2));
                foreach (KvReceiver receiver in reshard.Receivers)
                    cache[receiver.Gpu] -= receiver.NeededBytes - receiver.MovedBytes;
            }
        }

        return weights.ToDictionary(pair => pair.Key, pair => checked(pair.Value + cache[pair.Key] + activations[pair.Key]));
    }

    private readonly record struct RankMemory(long Weights, long KvCache, long Activations)
    {
        public long Total => checked(Weights + KvCache + Activations);
    }

    /// <summary>What a section holds on each rank. The first micro-batch is the largest, and one at a time is alive in a stage.</summary>
    private sealed record SectionMemory(long[] Weights, long[] Activations)
    {
        public static SectionMemory Of(OperatorProgram program, int ranks)
        {
            long[] weights = new long[ranks], activations = new long[ranks];
            for (int rank = 0; rank < ranks; rank++)
            {
                foreach (OperatorStep step in program.Steps)
                    weights[rank] = checked(weights[rank] + step.WeightBytes(rank));
                activations[rank] = LiveActivations.Peak(program, rank);
            }

            return new SectionMemory(weights, activations);
        }
    }
}
