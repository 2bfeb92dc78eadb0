namespace ParallelDag.Chakra.Writing;

/// <summary>The ranks of a set of traces: the GPUs of the pool in ascending order, from 0, as a simulator counts them.</summary>
internal sealed class RankTable
{
    private readonly int[] _gpus;
    private readonly Dictionary<GpuSet, int[]> _known = [];

    /// <summary>Numbers the GPUs of the pool, or, where a file does not tell one, those of the nodes.</summary>
    public RankTable(Dag dag) =>
        _gpus = (dag.Pool ?? GpuSet.UnionAll(dag.GpuTable.ToArray().OfType<GpuSet>())).ToArray();

    /// <summary>How many ranks there are.</summary>
    public int Count => _gpus.Length;

    /// <summary>The GPU of a rank.</summary>
    public int GpuOf(int rank) => _gpus[rank];

    /// <summary>The rank of a GPU; negative for one outside the pool.</summary>
    public int Of(int gpu) => gpu < _gpus.Length && _gpus[gpu] == gpu ? gpu : Array.BinarySearch(_gpus, gpu);

    /// <summary>The ranks of GPUs, ascending; of equal sets the same array.</summary>
    public int[] Of(GpuSet gpus)
    {
        if (!_known.TryGetValue(gpus, out int[]? ranks))
            _known.Add(gpus, ranks = [.. gpus.AsEnumerable().Select(Of)]);
        return ranks;
    }
}
