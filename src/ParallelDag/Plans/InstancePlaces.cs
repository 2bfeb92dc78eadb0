using ParallelDag.Strategies;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>The rules of plans with instances unlike one another: every set has GPUs of its own, in the pool.</summary>
internal static class InstancePlaces
{
    /// <summary>Every fault.</summary>
    public static IEnumerable<PlanFault> Faults(PlanSpec spec)
    {
        foreach ((PhaseStrategy? phase, string name) in new[] { (spec.Prefill, "prefill"), (spec.Decode, "decode") })
        {
            if (phase?.Instances is not { } sets)
                continue;
            if (spec.Cluster.Pool != PoolKind.Disaggregated)
                yield return new PlanFault($"{name}.instances", "instances unlike one another run on GPUs of their own; "
                    + "set cluster.pool to disaggregated, or give one strategy with replicas");
            if (sets.Count > PhaseId.MostSets)
                yield return new PlanFault($"{name}.instances", Words.Invariant(
                    $"{sets.Count} sets of instances are more than {PhaseId.MostSets}; give alike ones once, with replicas"));
            if (sets.Sum(set => (long)(set.Batch ?? spec.Workload.Batch) * Math.Max(0, set.Replicas)) > PlanValidator.MaxSize)
                yield return new PlanFault($"{name}.instances", Words.Invariant(
                    $"the instances hold more than {PlanValidator.MaxSize} sequences together; lower a batch or replicas"));
        }

        (PhaseId Id, PhaseStrategy Strategy)[] all = [.. InstanceSets.Of(spec.Prefill, spec.Decode)];
        if (all.Any(set => PlanValidator.World(set.Strategy) < 1 || PlanValidator.World(set.Strategy) > PlanValidator.MaxGpus))
        {
            foreach ((PhaseId id, PhaseStrategy own) in all.Where(set => PlanValidator.World(set.Strategy) > spec.Cluster.Gpus))
                yield return TooMany(spec, id, own, "");
            yield break;
        }

        IReadOnlyList<(PhaseId Id, PhaseStrategy Strategy, long First)> places = PoolPlacement.Places(spec.Prefill, spec.Decode);
        for (int i = 0; i < places.Count; i++)
        {
            (PhaseId id, PhaseStrategy own, long first) = places[i];
            long end = first + own.WorldSize;
            if (own.FirstGpu is not null && spec.Cluster.Pool != PoolKind.Disaggregated)
                yield return new PlanFault($"{PlanValidator.PlaceOf(id)}.firstGpu",
                    "firstGpu places a phase of a disaggregated pool; set cluster.pool to disaggregated, or leave it out");
            if (end > spec.Cluster.Gpus)
                yield return TooMany(spec, id, own, Words.Invariant($" from {first} on"));
            foreach ((PhaseId other, PhaseStrategy before, long start) in places.Take(i))
            {
                if (first >= start + before.WorldSize || start >= end)
                    continue;
                string key = own.FirstGpu is not null ? PlanValidator.PlaceOf(id) : PlanValidator.PlaceOf(other);
                yield return new PlanFault($"{key}.firstGpu", Words.Invariant(
                    $"{id.ToName()} has GPUs {first} to {end - 1}, and {other.ToName()} {start} to {start + before.WorldSize - 1}: ")
                    + "no two sets of instances share a GPU; choose another firstGpu");
            }
        }
    }

    private static PlanFault TooMany(PlanSpec spec, PhaseId id, PhaseStrategy own, string from) => new(
        PlanValidator.PlaceOf(id), Words.Invariant($"{id.ToName()} needs {PlanValidator.World(own)} GPUs ({PlanValidator.Product(own)})")
            + Words.Invariant($"{from}, but the last is {spec.Cluster.Gpus - 1}; raise cluster.gpus or lower a degree or replicas"));
}
