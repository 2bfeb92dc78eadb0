using ParallelDag.Graphs;

namespace ParallelDag.Simulation;

/// <summary>When a micro-batch was on a stage: from the start of its first node there to the end of its last.</summary>
/// <param name="Phase">The phase; null when a file does not tell.</param>
/// <param name="Stage">The stage.</param>
/// <param name="MicroBatch">The micro-batch, from 0.</param>
/// <param name="Start">In picoseconds.</param>
/// <param name="Finish">In picoseconds.</param>
internal sealed record StagePass(PhaseId? Phase, int Stage, int MicroBatch, long Start, long Finish);

/// <summary>The passes of all micro-batches through all stages.</summary>
internal static class StagePasses
{
    /// <summary>
    /// The passes by phase, stage and micro-batch; sends between stages, the hand-off, inputs and outputs belong to none. O(V).
    /// </summary>
    public static IReadOnlyList<StagePass> Of(SimulationResult result)
    {
        Dag dag = result.GetDag();
        var spans = new Dictionary<(int Phase, int Stage, int MicroBatch), (long Start, long Finish)>();
        for (int node = 0; node < dag.NodeCount; node++)
        {
            NodeScope scope = dag.ScopeOf(node);
            NodeFacts facts = dag.FactsOf(node);
            if (scope.Stage is not int stage || !result.Actions.Includes(node) || facts.Kind is NodeKind.Input or NodeKind.Output
                || facts.Role is OperatorRole.Send or OperatorRole.CacheTransfer)
                continue;
            var key = (PhaseId.Number(scope.Phase), stage, scope.MicroBatch);
            (long start, long finish) = spans.GetValueOrDefault(key, (long.MaxValue, 0));
            spans[key] = (Math.Min(start, result.Run.StartOf(node)), Math.Max(finish, result.Run.FinishOf(node)));
        }

        return [.. spans.OrderBy(span => span.Key)
            .Select(span => new StagePass(
                PhaseId.Of(span.Key.Phase),
                span.Key.Stage,
                span.Key.MicroBatch,
                span.Value.Start,
                span.Value.Finish))];
    }
}
