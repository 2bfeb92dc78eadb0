using ParallelDag.Graphs;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Writing;

/// <summary>
/// The one peak rate that a simulator's device has: that of the number format in which most operations of the graph run. What runs at
/// another rate is timed wrong, which is told.
/// </summary>
internal readonly record struct PeakChoice(PeakRate Rate, double OtherShare)
{
    /// <summary>Weighs the rates of a graph. O(V).</summary>
    public static PeakChoice Of(Dag dag)
    {
        long[] uses = new long[dag.FactsTable.Length];
        foreach (int facts in dag.FactsColumn)
            uses[facts]++;
        var sums = new SortedDictionary<PeakRate, decimal>();
        for (int i = 0; i < uses.Length; i++)
        {
            NodeFacts facts = dag.FactsTable[i];
            PeakRate rate = facts.Rate ?? PeakRate.Bits16;
            sums[rate] = sums.GetValueOrDefault(rate) + (facts.Flops * uses[i]);
        }

        decimal all = sums.Values.Sum();
        if (all == 0)
            return new PeakChoice(PeakRate.Bits16, 0);
        (PeakRate most, decimal flops) = sums.MaxBy(sum => sum.Value);
        return new PeakChoice(most, (double)((all - flops) / all));
    }

    /// <summary>What a simulation with this rate will get wrong; null when nothing.</summary>
    public string? Warning(DeviceProfile gpu) => OtherShare == 0 ? null : Words.Invariant(
        $"peak-perf is the {Rate.ToName()} rate of {gpu.Name}, in which most operations run; {OtherShare * 100:0.##} % of them run in ")
        + "another format and will be timed at it too";
}
