namespace ParallelDag.Simulation;

/// <summary>A binary heap of integers, smallest first (Williams, "Algorithm 232: Heapsort", 1964).</summary>
internal struct IntHeap
{
    private int[]? _items;

    /// <summary>How many integers there are.</summary>
    public int Count { get; private set; }

    /// <summary>The smallest integer; there must be one.</summary>
    public readonly int First => _items![0];

    /// <summary>Adds an integer. O(log n).</summary>
    public void Push(int item)
    {
        if (_items is null || Count == _items.Length)
            Array.Resize(ref _items, Math.Max(4, 2 * Count));
        int[] items = _items;
        int hole = Count++;
        while (hole > 0 && items[(hole - 1) / 2] > item)
        {
            items[hole] = items[(hole - 1) / 2];
            hole = (hole - 1) / 2;
        }

        items[hole] = item;
    }

    /// <summary>Takes the smallest integer. O(log n).</summary>
    public int Pop()
    {
        int[] items = _items!;
        int first = items[0], item = items[--Count], hole = 0;
        for (int child = 1; child < Count; child = (2 * hole) + 1)
        {
            if (child + 1 < Count && items[child + 1] < items[child])
                child++;
            if (items[child] >= item)
                break;
            items[hole] = items[child];
            hole = child;
        }

        items[hole] = item;
        return first;
    }
}
