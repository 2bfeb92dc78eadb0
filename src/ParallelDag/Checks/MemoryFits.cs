using ParallelDag.Units;

namespace ParallelDag.Checks;

/// <summary>PD013: memory per GPU fits: the union over phases on the fullest GPU of every stage is within its capacity.</summary>
internal static class MemoryFits
{
    public static CheckRule Rule { get; } = new(
        "PD013",
        "Memory per GPU fits",
        "Looks at the memory that the plan counts for the fullest GPU of each phase and stage: weights, KV cache and activations of all phases on that GPU against its capacity. Skipped for a graph without a plan.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        if (inspection.Dag.Header.Memory is not { Count: > 0 } memory)
            return inspection.Skip("plan: a graph alone does not tell the memory of its GPUs");
        foreach (DagMemory stage in memory.Where(stage => !stage.Fits))
        {
            inspection.Fault(Inspection.Invariant(
                $"{stage.Phase.ToName()} stage {stage.Stage} needs {Quantity.FormatBytes(stage.UnionBytes)} of {Quantity.FormatBytes(stage.CapacityBytes)} on a GPU, {Inspection.Count(stage.UnionBytes - stage.CapacityBytes, "byte")} too many"));
        }

        DagMemory fullest = memory.MaxBy(stage => (double)stage.UnionBytes / stage.CapacityBytes)!;
        return inspection.Conclude(
            $"{Inspection.Count(memory.Count, "stage")} of {Inspection.Count(memory.Select(stage => stage.Phase).Distinct().Count(), "phase")} fit; the fullest GPU, of {fullest.Phase.ToName()} stage {fullest.Stage}, holds {Quantity.FormatBytes(fullest.UnionBytes)} of {Quantity.FormatBytes(fullest.CapacityBytes)}");
    }
}
