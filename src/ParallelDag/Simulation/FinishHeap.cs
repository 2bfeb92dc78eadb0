namespace ParallelDag.Simulation;

/// <summary>
/// What runs, by when it ends: a binary heap of times. Ranks in lockstep start alike actions at one instant, so actions that end at a time
/// hang on one entry as a chain where the last entries that were added tell it.
/// </summary>
/// <param name="next">Memory for the chains: an entry for each action.</param>
internal sealed class FinishHeap(int[] next)
{
    private const int None = -1, Recent = 8;

    private readonly (long Time, int Action)[] _recent = new (long, int)[Recent];
    private (long Time, int Action)[] _items = [];

    /// <summary>How many chains there are.</summary>
    public int Count { get; private set; }

    /// <summary>When the first of them ends; there must be one.</summary>
    public long FirstTime => _items[0].Time;

    /// <summary>Adds an action that ends at a time, which is not 0. O(log n).</summary>
    public void Push(long time, int action)
    {
        // The first action of a chain stays the first: others are put behind it.
        ref (long Time, int Action) recent = ref _recent[(int)((ulong)time * 0x9E3779B97F4A7C15UL >> 61)];
        if (recent.Time == time)
        {
            next[action] = next[recent.Action];
            next[recent.Action] = action;
            return;
        }

        recent = (time, action);
        next[action] = None;
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

    /// <summary>
    /// Takes a chain of actions that end first, and tells its first action; <see cref="Next"/> tells the others. O(log n).
    /// </summary>
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

    /// <summary>The action behind another in its chain; negative at the end.</summary>
    public int Next(int action) => next[action];
}
