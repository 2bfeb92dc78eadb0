namespace ParallelDag.Simulation;

/// <summary>
/// GPUs that no node tells apart, as one lane each: those that are in exactly the same of the sets that nodes name. What one of them does
/// at a time, all do; on the Operator level 16,384 GPUs may be a dozen lanes, on the Device level each is its own. Lanes are numbered by
/// their lowest GPU.
/// </summary>
internal sealed class GpuLanes
{
    // Elementary interval i holds the GPUs from _bounds[i] up to _bounds[i + 1]; no set has a bound inside one.
    private readonly int[] _bounds;
    private readonly int[] _laneOfInterval;

    /// <summary>Finds the lanes that sets of GPUs leave. O(total ranges * log + intervals that sets cover).</summary>
    public GpuLanes(IReadOnlyCollection<GpuSet> sets)
    {
        var bounds = new SortedSet<int>();
        foreach (GpuSet set in sets)
        {
            foreach ((int first, int last) in set.Ranges())
            {
                bounds.Add(first);
                bounds.Add(last + 1);
            }
        }

        _bounds = [.. bounds];
        _laneOfInterval = Classes(sets);
        var gpus = new List<List<(int First, int Last)>>();
        var laneOfClass = new Dictionary<int, int>();
        for (int i = 0; i < _laneOfInterval.Length; i++)
        {
            int kind = _laneOfInterval[i];
            if (kind != 0)
            {
                if (laneOfClass.TryAdd(kind, gpus.Count))
                    gpus.Add([]);
                gpus[laneOfClass[kind]].Add((_bounds[i], _bounds[i + 1] - 1));
            }

            _laneOfInterval[i] = kind == 0 ? -1 : laneOfClass[kind];
        }

        Gpus = [.. gpus.Select(ranges => GpuSet.UnionAll(ranges.Select(range => GpuSet.Range(range.First, range.Last))))];
    }

    /// <summary>How many lanes there are.</summary>
    public int Count => Gpus.Length;

    /// <summary>The GPUs of each lane.</summary>
    public GpuSet[] Gpus { get; }

    /// <summary>The lanes of a set, ascending; the set must be one of those given, or made of them by union and intersection.</summary>
    public int[] Of(GpuSet set)
    {
        var lanes = new SortedSet<int>();
        foreach ((int first, int last) in set.Ranges())
        {
            int interval = Array.BinarySearch(_bounds, first);
            for (; interval < _laneOfInterval.Length && _bounds[interval] <= last; interval++)
                lanes.Add(_laneOfInterval[interval]);
        }

        return [.. lanes];
    }

    /// <summary>
    /// The class of each elementary interval: equal where the same sets cover it; 0 where none does. Each set splits the classes that
    /// it meets.
    /// </summary>
    private int[] Classes(IReadOnlyCollection<GpuSet> sets)
    {
        int[] classes = new int[Math.Max(0, _bounds.Length - 1)];
        int next = 1;
        var split = new Dictionary<int, int>();
        foreach (GpuSet set in sets)
        {
            split.Clear();
            foreach ((int first, int last) in set.Ranges())
            {
                for (int i = Array.BinarySearch(_bounds, first); i < classes.Length && _bounds[i] <= last; i++)
                {
                    if (!split.TryGetValue(classes[i], out int part))
                        split.Add(classes[i], part = next++);
                    classes[i] = part;
                }
            }
        }

        return classes;
    }
}
