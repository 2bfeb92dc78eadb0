namespace ParallelDag.Checks;

/// <summary>How the GPU sets of nodes overlap, by their places in the GPU table; verdicts on large sets are remembered.</summary>
internal sealed class GpuOverlaps(Dag dag)
{
    private readonly Dictionary<long, int> _shared = [];

    /// <summary>How many GPUs two nodes share; -1 when either does not tell its GPUs.</summary>
    public int Shared(int left, int right)
    {
        int a = dag.GpuColumn[left], b = dag.GpuColumn[right];
        if (dag.GpuTable[a] is not GpuSet first || dag.GpuTable[b] is not GpuSet second)
            return -1;
        if (a == b)
            return first.Count;
        if (first.Count == 1)
            return second.Contains(first.First) ? 1 : 0;
        if (second.Count == 1)
            return first.Contains(second.First) ? 1 : 0;
        long key = ((long)a << 32) | (uint)b;
        if (!_shared.TryGetValue(key, out int count))
            _shared.Add(key, count = first.Intersect(second).Count);
        return count;
    }
}
