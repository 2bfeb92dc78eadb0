namespace ParallelDag.Simulation;

/// <summary>What runs, the action that ends first at the top: a binary heap of times with their actions.</summary>
internal sealed class FinishHeap
{
    private (long Time, int Action)[] _items = [];

    /// <summary>How many actions run.</summary>
    public int Count { get; private set; }

    /// <summary>When the first of them ends; there must be one.</summary>
    public long FirstTime => _items[0].Time;

    /// <summary>Adds an action that ends at a time. O(log n).</summary>
    public void Push(long time, int action)
    {
        if (Count == _items.Length)
            Array.Resize(ref _items, Math.Max(16, 2 * Count));
        (long Time, int Action)[] items = _items;
        int hole = Count++;
        while (hole > 0 && items[(hole - 1) / 2].Time > time)
        {
            items[hole] = items[(hole - 1) / 2];
            hole = (hole - 1) / 2;
        }

        items[hole] = (time, action);
    }

    /// <summary>Takes an action that ends first. O(log n).</summary>
    public int Pop()
    {
        (long Time, int Action)[] items = _items;
        int first = items[0].Action, hole = 0;
        (long Time, int Action) item = items[--Count];
        for (int child = 1; child < Count; child = (2 * hole) + 1)
        {
            if (child + 1 < Count && items[child + 1].Time < items[child].Time)
                child++;
            if (items[child].Time >= item.Time)
                break;
            items[hole] = items[child];
            hole = child;
        }

        items[hole] = item;
        return first;
    }
}
