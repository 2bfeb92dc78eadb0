using ParallelDag.Operators;
using ParallelDag.Pictures.Facts;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.MemoryBars;

/// <summary>GPUs that do the same: of each phase the same stage. The row shows the fullest of them.</summary>
/// <param name="Roles">What the fullest one does, prefill first.</param>
/// <param name="Gpu">The fullest GPU.</param>
/// <param name="Gpus">All of them.</param>
/// <param name="Alike">How many hold as much in every part.</param>
/// <param name="Memory">What the fullest one holds.</param>
/// <param name="LastStage">The last stage, where neighbours that are alike share the row.</param>
internal sealed record MemoryRow(IReadOnlyList<GpuRole> Roles, int Gpu, GpuSet Gpus, int Alike, GpuMemory Memory, int LastStage)
{
    /// <summary><c>Stages 2-3, both phases</c>.</summary>
    public string Name(DeploymentPlan plan)
    {
        int first = Roles[0].Stage;
        string stages = LastStage == first ? Words.Invariant($"tage {first}") : Words.Invariant($"tages {first}-{LastStage}");
        if (Roles.Count == 1)
            return plan.Phases.Count == 1 ? "S" + stages : $"{Roles[0].Phase.ToTitle()} s{stages}";
        return Roles[1].Stage == first ? $"S{stages}, both phases" : Words.Invariant($"Prefill s{stages}, decode {Roles[1].Stage}");
    }

    /// <summary>Weights of the fullest GPU by class, the largest first.</summary>
    public IReadOnlyList<KeyValuePair<WeightClass, long>> Weights(DeploymentPlan plan)
    {
        var sums = new SortedDictionary<WeightClass, long>();
        foreach (GpuRole role in plan.SharesWeights ? Roles.Take(1) : Roles)
        {
            foreach ((WeightClass weight, long bytes) in HeldWeights.OfRank(plan, role.Layout, role.Stage, role.Rank))
                sums[weight] = sums.GetValueOrDefault(weight) + bytes;
        }

        return [.. sums.Where(pair => pair.Value > 0).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key)];
    }

    /// <summary>Cached tokens that the free memory of the fullest GPU could still take; null where a token's share is not the same for all
    /// (windows, states, no cache).</summary>
    public long? MoreTokens(DeploymentPlan plan)
    {
        GpuRole role = Roles[^1];
        PhaseContext[] microBatches = [.. role.Layout.Passes.Where(pass => pass.Ends)
            .Select(pass => plan.Sections(role.Layout, pass).Context.OfPrompt())];
        long length = microBatches[0].Length;
        if (Memory.CacheBytes == 0 || plan.Model.LayerKinds.Any(kind => kind.Mixer is { } mixer
            && (mixer.CachedPositions(length) != length || mixer.Cache.Any(tensor => tensor.PerSequence))))
            return null;
        long tokens = microBatches.Sum(context => context.Hidden.LocalSize(role.Rank, 0)) * length;
        return (long)((Int128)(plan.Cluster.CapacityBytes - Memory.TotalBytes) * tokens / Memory.CacheBytes);
    }

    /// <summary>The rows of a plan, in the order of stages; neighbours with equal numbers are one, and beyond <paramref name="most"/> only
    /// the fullest between the first and the last.</summary>
    public static IReadOnlyList<MemoryRow> Of(PictureSubject subject, int most)
    {
        DeploymentPlan plan = subject.Plan;
        var rows = subject.Memory.Keys
            .GroupBy(gpu => string.Join(';', subject.RolesOf(gpu).Select(role => Words.Invariant($"{role.Phase}{role.Stage}"))))
            .Select(gpus => Row(subject, [.. gpus]))
            .OrderBy(row => row.Roles[0].Phase).ThenBy(row => row.Roles.Count).ThenBy(row => row.Roles[0].Stage).ThenBy(row => row.Gpu)
            .ToList();
        List<MemoryRow> folded = Fold(rows, (left, right) => left.Memory == right.Memory
            && left.Alike * (right.LastStage - right.Roles[0].Stage + 1) > 0);
        if (folded.Count > most)
            folded = Fold(rows, (left, right) => left.Roles[0].Stage > 1 && right.LastStage < right.Roles[0].Layout.Stages.Count);

        // Of many sets of instances the fullest.
        HashSet<MemoryRow> fullest = [.. folded.OrderByDescending(row => row.Memory.TotalBytes).Take(most)];
        return plan.Phases.Count <= 2 ? folded : folded.FindAll(fullest.Contains);
    }

    private static MemoryRow Row(PictureSubject subject, int[] gpus)
    {
        int fullest = gpus.MaxBy(gpu => subject.Memory[gpu].TotalBytes);
        GpuRole[] roles = [.. subject.RolesOf(fullest)];
        int alike = gpus.Count(gpu => subject.Memory[gpu] == subject.Memory[fullest]);
        return new MemoryRow(roles, fullest, GpuSet.FromGpus(gpus), alike, subject.Memory[fullest], roles[0].Stage);
    }

    private static List<MemoryRow> Fold(List<MemoryRow> rows, Func<MemoryRow, MemoryRow, bool> alike)
    {
        var folded = new List<MemoryRow>();
        foreach (MemoryRow row in rows)
        {
            if (folded.Count == 0 || !Neighbours(folded[^1], row) || !alike(folded[^1], row))
            {
                folded.Add(row);
                continue;
            }

            MemoryRow before = folded[^1];
            bool fuller = row.Memory.TotalBytes > before.Memory.TotalBytes;
            folded[^1] = before with
            {
                Gpu = fuller ? row.Gpu : before.Gpu,
                Gpus = before.Gpus.Union(row.Gpus),
                Alike = row.Memory == before.Memory ? before.Alike + row.Alike : fuller ? row.Alike : before.Alike,
                Memory = fuller ? row.Memory : before.Memory,
                LastStage = row.LastStage,
            };
        }

        return folded;
    }

    private static bool Neighbours(MemoryRow left, MemoryRow right) => left.Roles.Count == right.Roles.Count
        && left.Roles.Zip(right.Roles).All(pair => pair.First.Phase == pair.Second.Phase)
        && right.Roles.All(role => role.Stage == left.LastStage + 1)
        && left.Roles.All(role => role.Stage == left.Roles[0].Stage);
}
