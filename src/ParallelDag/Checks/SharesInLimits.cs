using ParallelDag.Graphs;
using ParallelDag.Simulation;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD020: shares within the plan's limits. Expert imbalance is counted from the expert nodes: per layer and micro-batch, the operations of
/// the GPU with the most over the mean. It runs where the plan has such a limit; a limit on what the graph does not tell is never passed.
/// </summary>
internal static class SharesInLimits
{
    public static CheckRule Rule { get; } = new(
        "PD020",
        "Shares within the limits",
        "Looks at the expert nodes of each layer and at the times of the graph: the load of the fullest GPU over the mean, and the shares "
            + "of communication and waiting, are within the plan's limits (expertImbalance, communicationShare, bubble). Runs where the "
            + "plan has one.",
        Check)
    {
        RunsWhere = dag => dag.Header.Limits is { } limits
            && (limits.ExpertImbalance ?? limits.CommunicationShare ?? limits.Bubble) is not null,
    };

    private static CheckResult Check(Inspection inspection)
    {
        if (inspection.Dag.Header.Limits is not { } limits)
            return inspection.Skip("limits in the plan");
        var evidence = new List<string>();
        var missing = new List<string>();
        if (limits.ExpertImbalance is double imbalance)
            CheckImbalance(inspection, imbalance, evidence, missing);
        if (limits.CommunicationShare is double communication)
            CheckShare(inspection, "communicate and do not compute", result => result.ExposedShare, communication, evidence, missing);
        if (limits.Bubble is double bubble)
            CheckShare(inspection, "wait", result => result.IdleShare, bubble, evidence, missing);
        return missing.Count == 0 || inspection.HasFaults
            ? inspection.Conclude(string.Join("; ", evidence))
            : inspection.Skip(string.Join(", no ", missing));
    }

    /// <summary>Holds a share of each phase's time, the mean over its GPUs, against its limit.</summary>
    private static void CheckShare(
        Inspection inspection,
        string what,
        Func<SimulationResult, double> shareOf,
        double limit,
        List<string> evidence,
        List<string> missing)
    {
        foreach (DagPhase phase in inspection.Dag.Phases)
        {
            if (inspection.Survey.Simulate(phase.Phase) is not SimulationResult result)
            {
                missing.Add($"times of {phase} in the graph");
                continue;
            }

            string found = Words.Invariant(
                $"GPUs of {phase} {what} {shareOf(result) * 100:0.#} % of its time, {limit * 100:0.#} % allowed");
            if (shareOf(result) > limit)
                inspection.Fault(found);
            evidence.Add(found);
        }
    }

    private static void CheckImbalance(Inspection inspection, double limit, List<string> evidence, List<string> missing)
    {
        Dag dag = inspection.Dag;
        if (dag.Detail == DetailLevel.Overview)
        {
            missing.Add("expert nodes apart by GPU in an overview");
            return;
        }

        var loads = new Dictionary<(PhaseId?, int?, int), Load>();
        for (int node = 0; node < dag.NodeCount; node++)
        {
            inspection.Step(node);
            NodeFacts facts = dag.FactsOf(node);
            if (facts.Op != Ops.Experts || facts.Members == 0)
                continue;
            NodeScope scope = dag.ScopeOf(node);
            var key = (scope.Phase, scope.Layer, scope.MicroBatch);
            if (!loads.TryGetValue(key, out Load? load))
                loads.Add(key, load = new Load());
            load.Add(node, facts);
        }

        if (loads.Count == 0)
        {
            missing.Add("expert nodes in the graph");
            return;
        }

        foreach (IGrouping<PhaseId?, Load> phase in loads.GroupBy(entry => entry.Key.Item1, entry => entry.Value))
        {
            Load worst = phase.MaxBy(load => load.Imbalance)!;
            string name = phase.Key?.ToName() ?? "the graph";
            foreach (Load load in phase.Where(load => load.Imbalance > limit))
                inspection.MarkNode(load.Fullest);
            string found = Words.Invariant(
                $"expert load of {name}: {worst.Imbalance:0.###} of the mean on the fullest GPU, {limit:0.###} allowed");
            if (worst.Imbalance > limit)
                inspection.Fault($"{found} ({inspection.NodeText(worst.Fullest)}); raise redundantExperts or lower ep");
            evidence.Add(found);
        }
    }

    /// <summary>The operations of one layer's experts in one micro-batch.</summary>
    private sealed class Load
    {
        private decimal _most;
        private decimal _flops;
        private long _members;

        public int Fullest { get; private set; }

        public double Imbalance => _flops == 0 ? 1 : (double)(_most * _members / _flops);

        public void Add(int node, NodeFacts facts)
        {
            decimal own = facts.Flops / facts.Members;
            if (own > _most)
                (_most, Fullest) = (own, node);
            _flops += facts.Flops;
            _members += facts.Members;
        }
    }
}
