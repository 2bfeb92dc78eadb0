using ParallelDag.Accounting;
using ParallelDag.Operators;
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
            _ofPhase.Add(layout.Phase, [.. layout.Stages.Select(stage => Count(layout, stage))]);
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

    private RankMemory[] Count(PhaseLayout layout, DagStage stage)
    {
        PhaseContext context = _plan.Context(layout);
        int dense = 0, moe = 0;
        for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
            _ = _plan.Model.IsMoeLayer(layer) ? moe++ : dense++;
        var sections = new List<(OperatorProgram Program, int Times)>();
        if (stage.Index == 1)
            sections.Add((EntrySection.Build(context), 1));
        if (dense > 0)
            sections.Add((Blocks.Layer(context, moe: false), dense));
        if (moe > 0)
            sections.Add((Blocks.Layer(context, moe: true), moe));
        if (stage.Index == layout.Stages.Count)
            sections.Add((ExitSection.Build(context), 1));

        var contexts = Enumerable.Range(0, _plan.Workload.MicroBatches).Select(microBatch => _plan.Context(layout, microBatch)).ToList();
        var ranks = new RankMemory[context.Mesh.Size];
        for (int rank = 0; rank < ranks.Length; rank++)
        {
            long weights = 0, activations = 0;
            foreach ((OperatorProgram program, int times) in sections)
            {
                foreach (OperatorStep step in program.Steps)
                    weights = checked(weights + (step.WeightBytes(rank) * times));

                // The first micro-batch is the largest, and one at a time is alive in a stage.
                activations = Math.Max(activations, LiveActivations.Peak(program, rank));
            }

            long cache = 0;
            foreach (PhaseContext each in contexts)
                cache = checked(cache + (CacheBytes(each, rank) * (dense + moe)));
            ranks[rank] = new RankMemory(weights, cache, activations);
        }

        return ranks;
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
}
