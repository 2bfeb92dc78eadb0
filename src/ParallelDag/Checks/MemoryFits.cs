using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD013: memory per GPU fits. Each stage of each phase is counted once; the union over phases on its fullest GPU is at least the weights,
/// cache and activations of the phase itself and within the capacity.
/// </summary>
internal static class MemoryFits
{
    public static CheckRule Rule { get; } = new(
        "PD013",
        "Memory per GPU fits",
        "Looks at the memory that the plan counts for the fullest GPU of each phase and stage: weights, KV cache and activations of all "
            + "phases on that GPU against its capacity. Skipped for a graph without a plan.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        if (inspection.Dag.Header.Memory is not { Count: > 0 } memory)
            return inspection.Skip("plan: a graph alone does not tell the memory of its GPUs");
        CheckStages(inspection, memory);
        foreach (DagMemory stage in memory)
        {
            if (!stage.Fits)
            {
                inspection.Fault(Words.Invariant(
                    $"{stage.Phase.ToName()} stage {stage.Stage} needs {Quantity.FormatBytes(stage.UnionBytes)} of "
                        + $"{Quantity.FormatBytes(stage.CapacityBytes)} on a GPU, "
                        + $"{Quantity.FormatBytes(stage.UnionBytes - stage.CapacityBytes)} too much"));
            }

            Int128 parts = (Int128)stage.WeightBytes + stage.KvCacheBytes + stage.ActivationBytes;
            if (stage.UnionBytes < parts)
            {
                inspection.Fault(string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"{stage.Phase.ToName()} stage {stage.Stage} counts {stage.UnionBytes} bytes over all phases, fewer than the {parts} "
                        + $"of its own weights, cache and activations"));
            }

            if (stage.WeightBytes <= 0)
                inspection.Fault(Words.Invariant($"{stage.Phase.ToName()} stage {stage.Stage} counts no weights"));
        }

        DagMemory fullest = memory.MaxBy(stage => (double)stage.UnionBytes / stage.CapacityBytes)!;
        return inspection.Conclude(
            $"{Words.Count(memory.Count, "stage")} of "
                + $"{Words.Count(memory.Select(stage => stage.Phase).Distinct().Count(), "phase")} fit; the fullest GPU, of "
                + $"{fullest.Phase.ToName()} stage {fullest.Stage}, holds {Quantity.FormatBytes(fullest.UnionBytes)} of "
                + $"{Quantity.FormatBytes(fullest.CapacityBytes)}");
    }

    /// <summary>The stages that are counted are those of the header, once each.</summary>
    private static void CheckStages(Inspection inspection, IReadOnlyList<DagMemory> memory)
    {
        var counted = new HashSet<(PhaseId, int)>();
        foreach (DagMemory stage in memory)
        {
            if (!counted.Add((stage.Phase, stage.Stage)))
                inspection.Fault(Words.Invariant($"{stage.Phase.ToName()} stage {stage.Stage} is counted twice"));
        }

        foreach (DagPhase phase in inspection.Dag.Phases)
        {
            foreach (DagStage stage in phase.Stages)
            {
                if (!counted.Remove((phase.Phase, stage.Index)))
                    inspection.Fault(Words.Invariant($"{phase} stage {stage.Index} is not counted"));
            }
        }

        foreach ((PhaseId phase, int stage) in counted.Order().Take(inspection.Dag.Phases.Count > 0 ? 4 : 0))
            inspection.Fault(Words.Invariant($"{phase.ToName()} stage {stage} is counted though the graph has no such stage"));
    }
}
