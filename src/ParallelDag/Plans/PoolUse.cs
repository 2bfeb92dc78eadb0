using ParallelDag.Plans;
using ParallelDag.Strategies;

namespace ParallelDag;

/// <summary>What both phases of a plan make of the cluster together, beside what they would hold each on GPUs of its own.</summary>
/// <param name="Gpus">GPUs that run either phase.</param>
/// <param name="GpusApart">GPUs of prefill and of decode, counted each.</param>
/// <param name="SharedWeightBytes">Weights that decode finds where prefill left them, over all its GPUs; 0 where it finds none.</param>
/// <param name="TwiceWeightBytes">Weights that GPUs of both phases hold for each of them though they share the GPU.</param>
/// <param name="CacheBytesInPlace">KV cache that decode finds where prefill left it.</param>
/// <param name="Differences">Why decode does not find its weights, one difference of the two layouts each; empty where it does.</param>
public sealed record PoolUse(
    int Gpus,
    int GpusApart,
    long SharedWeightBytes,
    long TwiceWeightBytes,
    long CacheBytesInPlace,
    IReadOnlyList<string> Differences)
{
    internal static PoolUse Of(DeploymentPlan plan, long cacheBytesInPlace)
    {
        PhaseLayout prefill = plan.PrefillLayout!, decode = plan.DecodeLayout!;
        Dictionary<int, long> before = WeightsOf(plan, PhaseKind.Prefill), after = WeightsOf(plan, PhaseKind.Decode);
        long both = after.Where(entry => before.ContainsKey(entry.Key)).Sum(entry => Math.Min(entry.Value, before[entry.Key]));
        bool unified = plan.Cluster.Pool == PoolKind.Unified;
        return new PoolUse(
            before.Keys.Union(after.Keys).Count(),
            before.Count + after.Count,
            plan.SharesWeights ? both : 0,
            plan.SharesWeights ? 0 : both,
            cacheBytesInPlace,
            !unified || plan.SharesWeights ? []
                : [.. PoolPlacement.Differences(prefill.Strategy, decode.Strategy, LayersOf(prefill), LayersOf(decode))]);
    }

    private static int[] LayersOf(PhaseLayout layout) => [.. layout.Stages.Select(stage => stage.LastLayer - stage.FirstLayer + 1)];

    private static Dictionary<int, long> WeightsOf(DeploymentPlan plan, PhaseKind phase)
    {
        var weights = new Dictionary<int, long>();
        foreach (PhaseLayout layout in plan.LayoutsOf(phase))
        {
            RankMemory[][] ranks = MemoryPlan.RanksOf(plan, layout);
            for (int stage = 0; stage < ranks.Length; stage++)
            {
                for (int rank = 0; rank < ranks[stage].Length; rank++)
                    weights[layout.StageGpus[stage][rank]] = ranks[stage][rank].Weights;
            }
        }

        return weights;
    }
}
