using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD007: every send has one receive of equal size; pipeline edges join consecutive stages only.
/// <list type="number">
/// <item>A Pipeline Send/Recv node stands in the sender's stage s. What enters it comes from stage s, what leaves it goes to stage s+1,
/// same phase and micro-batch; there is something on either side; it yields what it takes; it pairs GPUs of stage s with as many GPUs of
/// stage s+1, each with the one of its own position in the stage.</item>
/// <item>Every boundary of a phase is crossed by every GPU of both stages, for every micro-batch.</item>
/// <item>A pipeline edge that joins two stages directly joins stages s and s+1 (so does, in a drawing, any edge of a communication node),
/// and within a phase no other edge leaves a stage.</item>
/// <item>In a drawing with separate Send and Recv nodes each Send leads to exactly one Recv of equal dimensions, and each Recv has exactly
/// one Send (<see cref="DrawnTransfers"/>); a node of its own between two stages is both.</item>
/// </list>
/// </summary>
internal static class SendReceive
{
    public static CheckRule Rule { get; } = new(
        "PD007",
        "Sends and receives pair up",
        "Looks at Send/Recv nodes, pipeline edges and the stages at their ends: every send has one receive of equal size, and only "
            + "consecutive stages are joined. Skipped where no stage is told and nothing is sent.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        Topology graph = dag.Topology;
        var boundaries = new Dictionary<(PhaseId? Phase, int Stage, int MicroBatch), Boundary>();
        StageIndex stages = inspection.Survey.Stages;
        long transfers = 0, direct = 0, pairs = 0;
        var told = new HashSet<int>();
        DrawnTransfers? drawn = inspection.IsDrawing ? new DrawnTransfers(inspection) : null;
        foreach (NodeScope scope in dag.ScopeTable)
        {
            if (scope.Stage is int here)
                told.Add(here);
        }

        bool[] sends = new bool[dag.FactsTable.Length];
        for (int i = 0; i < sends.Length; i++)
            sends[i] = dag.FactsTable[i].Role == OperatorRole.Send || dag.FactsTable[i] is { Op: null, Kind: NodeKind.Communication };
        var sending = new HashSet<int>();
        foreach (int node in inspection.NodesOfStages)
        {
            inspection.Step(node);
            NodeFacts facts = dag.FactsOf(node);
            NodeScope scope = dag.ScopeOf(node);
            int weight = inspection.Weight(node);
            if (facts.Role == OperatorRole.Send)
            {
                transfers += weight;
                sending.Add(inspection.Survey.Sections.Of(dag, node));
                CheckTransfer(inspection, node, facts, scope, stages, boundaries);
                continue;
            }

            pairs += drawn?.Check(node) ?? 0;
            int first = graph.FirstEdge(node), place = dag.ScopeColumn[node];
            ReadOnlySpan<int> links = graph.Out(node);
            for (int i = 0; i < links.Length; i++)
            {
                // Most edges carry data within a section, and into no send.
                bool stays = drawn is null && Topology.Kind(links[i]) == EdgeKind.Data
                    && dag.ScopeColumn[Topology.Node(links[i])] == place && !sends[dag.FactsColumn[Topology.Node(links[i])]];
                if (!stays && Topology.Kind(links[i]) != EdgeKind.Kv)
                    direct += weight * CheckEdge(inspection, node, first + i, scope, dag.ScopeOf(Topology.Node(links[i])),
                        Topology.Kind(links[i]), facts, dag.FactsOf(Topology.Node(links[i])));
            }
        }

        AddAlike(inspection, sending, boundaries);
        bool nothing = !inspection.HasFaults && transfers == 0 && pairs == 0 && direct == 0;
        if (nothing && told.Count == 0)
            return inspection.Skip("stage on any node, and nothing is sent");
        if (nothing && drawn is not null)
            return inspection.Skip(told.Count < 2
                ? "second stage that the drawing's nodes tell, and nothing that is sent to one"
                : "node or edge that is known to send from a stage to the next");
        int boundaryCount = CheckBoundaries(inspection, boundaries, transfers);
        var found = new List<string>();
        if (transfers > 0)
            found.Add(
                $"{Words.Count(transfers, "Send/Recv node")} over {Words.Count(boundaryCount, "stage boundary")}, each between "
                    + $"consecutive stages and of equal size on both ends");
        if (pairs > 0)
            found.Add($"{Words.Count(pairs, "transfer")} with both ends");
        if (direct > 0)
            found.Add($"{Words.Count(direct, "pipeline edge")} straight from a stage to the next");
        return inspection.Conclude(found.Count == 0
            ? "no phase has a second stage, so nothing is sent and no edge leaves a stage"
            : string.Join("; ", found));
    }

    /// <summary>Sections that are like one that sends, send as it does in their own micro-batch.</summary>
    private static void AddAlike(
        Inspection inspection, HashSet<int> sending, Dictionary<(PhaseId? Phase, int Stage, int MicroBatch), Boundary> boundaries)
    {
        SectionIndex sections = inspection.Survey.Sections;
        for (int section = 0; section < sections.Count && inspection.AlikeInStages is AlikeSections alike; section++)
        {
            int model = alike.ModelOf(section);
            if (model == section || !sending.Contains(model) || sections.Scopes[section] is not { Stage: int stage } scope
                || !boundaries.TryGetValue((scope.Phase, stage, sections.Scopes[model].MicroBatch), out Boundary? known))
                continue;
            var key = (scope.Phase, stage, scope.MicroBatch);
            if (!boundaries.TryGetValue(key, out Boundary? boundary))
                boundaries.Add(key, boundary = known with { MicroBatch = scope.MicroBatch, Crossing = [] });
            boundary.Crossing.AddRange(known.Crossing);
        }
    }

    /// <summary>Item 1.</summary>
    private static void CheckTransfer(Inspection inspection, int node, NodeFacts facts, NodeScope scope, StageIndex stages,
        Dictionary<(PhaseId?, int, int), Boundary> boundaries)
    {
        Dag dag = inspection.Dag;
        Topology graph = dag.Topology;
        if (graph.InDegree(node) == 0)
            inspection.NodeFault(node, "that [receives|receive] without a send");
        if (graph.OutDegree(node) == 0)
            inspection.NodeFault(node, "that [sends|send] without a receive");
        if (dag.Detail != DetailLevel.Overview && inspection.Survey.IsStated && dag.GpusOf(node) is GpuSet pairs
            && (facts.GroupSize != 2 || facts.Groups * 2 != pairs.Count))
            inspection.NodeFault(node, "that [does|do] not state [its|their] pairs",
                Words.Invariant($"group size {facts.GroupSize}, groups {facts.Groups}, {pairs.Count} GPUs"));
        if (!facts.Input.IsEmpty && !facts.Output.IsEmpty && !facts.Input.Equals(facts.Output))
            inspection.NodeFault(node, "that [receives|receive] another size than [it sends|they send]",
                Inspection.OneLine($"{facts.Input} -> {facts.Output}"));
        if (scope.Stage is not int stage)
            return;

        foreach (int link in graph.In(node))
        {
            NodeScope from = dag.ScopeOf(Topology.Node(link));
            if (from.Phase != scope.Phase || from.Stage != scope.Stage || from.MicroBatch != scope.MicroBatch)
                inspection.NodeFault(node, "that [sends|send] for another stage, phase or micro-batch",
                    $"from {inspection.NodeText(Topology.Node(link))}");
        }

        foreach (int link in graph.Out(node))
        {
            NodeScope to = dag.ScopeOf(Topology.Node(link));
            if (to.Phase != scope.Phase || to.Stage != stage + 1 || to.MicroBatch != scope.MicroBatch)
                inspection.NodeFault(node, "whose receive is not in the next stage",
                    Words.Invariant($"stage {scope.Stage} to stage {to.Stage} at {inspection.NodeText(Topology.Node(link))}"));
        }

        if (stages.PhaseOf(scope.Phase) is not DagPhase phase || dag.GpusOf(node) is not GpuSet gpus)
            return;
        DagStage? sender = stages.Find(phase, stage), receiver = stages.Find(phase, stage + 1);
        if (sender is null || receiver is null)
        {
            inspection.NodeFault(node, "that [sends|send] past the last stage",
                Words.Invariant($"from stage {scope.Stage} of {phase.Stages.Count}"));
            return;
        }

        GpuSet sending = gpus.Intersect(sender.Gpus), receiving = gpus.Intersect(receiver.Gpus);
        if (sending.Count + receiving.Count != gpus.Count || sending.Count != receiving.Count)
        {
            inspection.NodeFault(node, "that [does|do] not pair GPUs of consecutive stages",
                Words.Invariant(
                    $"{sending.Count} of stage {sender.Index}, {receiving.Count} of stage {receiver.Index}, {gpus.Count} in all"));
            return;
        }

        if (inspection.Survey.MeshOf(scope.Phase) is PhaseMesh mesh && Mispaired(mesh, sending, receiving) is GpuSet mispaired)
        {
            inspection.NodeFault(
                node, "that [pairs|pair] GPUs of other positions in [its|their] stages",
                $"GPUs {Inspection.OneLine(sending.ToString())} send to {Inspection.OneLine(mispaired.ToString())}");
        }

        var key = (scope.Phase, stage, scope.MicroBatch);
        if (!boundaries.TryGetValue(key, out Boundary? boundary))
            boundaries.Add(key, boundary = new Boundary(phase, sender, receiver, scope.MicroBatch));
        boundary.Crossing.Add(gpus);
    }

    /// <summary>
    /// The GPUs that the senders' positions in their stage have in the next one, where these are not the receivers; else null.
    /// </summary>
    private static GpuSet? Mispaired(PhaseMesh mesh, GpuSet sending, GpuSet receiving)
    {
        var positions = new HashSet<int>();
        foreach (int gpu in sending)
            positions.Add(mesh.PositionInStage(gpu));
        foreach (int gpu in receiving)
        {
            if (!positions.Contains(mesh.PositionInStage(gpu)))
                return receiving;
        }

        return null;
    }

    /// <summary>Item 2. Returns how many boundaries there are, micro-batches not counted.</summary>
    private static int CheckBoundaries(Inspection inspection, Dictionary<(PhaseId? Phase, int Stage, int MicroBatch), Boundary> boundaries,
        long transfers)
    {
        Dag dag = inspection.Dag;
        foreach (Boundary boundary in boundaries.Values)
        {
            inspection.Cancellation.ThrowIfCancellationRequested();
            GpuSet crossing = GpuSet.UnionAll(boundary.Crossing),
            missing = boundary.Sender.Gpus.Union(boundary.Receiver.Gpus).Except(crossing);
            if (!missing.IsEmpty)
                inspection.Fault(Words.Invariant(
                    $"{boundary.Phase} stages {boundary.Sender.Index} to {boundary.Receiver.Index}, micro-batch {boundary.MicroBatch}: "
                        + $"nothing sent or received on GPUs {Inspection.OneLine(missing.ToString())}"));
            else if (boundary.Crossing.Sum(gpus => (long)gpus.Count) != crossing.Count)
                inspection.Fault(Words.Invariant(
                    $"{boundary.Phase} stages {boundary.Sender.Index} to {boundary.Receiver.Index}, micro-batch {boundary.MicroBatch}: a "
                        + $"GPU takes part in more than one transfer"));
        }

        if (transfers > 0)
        {
            foreach (DagPhase phase in dag.Phases)
            {
                int[] batches = [.. boundaries.Keys.Where(key => key.Phase is null || key.Phase == phase.Phase)
                    .Select(key => key.MicroBatch).Distinct()];
                foreach (int batch in batches)
                {
                    inspection.Cancellation.ThrowIfCancellationRequested();
                    foreach (DagStage stage in phase.Stages.SkipLast(1))
                    {
                        if (!boundaries.ContainsKey((phase.Phase, stage.Index, batch))
                            && !boundaries.ContainsKey((null, stage.Index, batch)))
                            inspection.Fault(Words.Invariant(
                                $"{phase} stage {stage.Index}, micro-batch {batch}: nothing is sent to stage {stage.Index + 1}"));
                    }
                }
            }
        }

        return boundaries.Keys.Select(key => (key.Phase, key.Stage)).Distinct().Count();
    }

    /// <summary>Item 3. Returns 1 for a pipeline edge that joins two stages directly.</summary>
    private static int CheckEdge(Inspection inspection, int source, int edge, NodeScope from, NodeScope to, EdgeKind kind,
        NodeFacts producer, NodeFacts consumer)
    {
        if (inspection.Survey.IsStated && (kind == EdgeKind.Pipeline) != (consumer.Role == OperatorRole.Send))
            inspection.EdgeFault(source, edge, kind == EdgeKind.Pipeline
                ? "of kind pipeline that [leads|lead] into no send"
                : "into a send that [is|are] not of kind pipeline");
        if (kind == EdgeKind.Pipeline && consumer.Role == OperatorRole.Send)
            return 0;
        if (from.Stage is null || to.Stage is null || from.Phase != to.Phase)
            return 0;

        // What enters at an Input and leaves at an Output is the business of the world outside.
        bool end = producer.Kind is NodeKind.Input or NodeKind.Output || consumer.Kind is NodeKind.Input or NodeKind.Output;
        if (end && inspection.IsDrawing)
            return 0;
        bool sent = producer is { Op: null, Kind: NodeKind.Communication } || consumer is { Op: null, Kind: NodeKind.Communication };
        if (kind != EdgeKind.Pipeline && !(sent && to.Stage != from.Stage))
        {
            if (from.Stage != to.Stage && consumer.Role != OperatorRole.Send)
                inspection.EdgeFault(source, edge, "that [leaves|leave] a stage without being sent",
                    Words.Invariant($"stage {from.Stage} to stage {to.Stage}"));
            return 0;
        }

        if (sent && to.Stage == from.Stage)
            return 0;
        if (to.Stage != from.Stage + 1)
            inspection.EdgeFault(source, edge, "between stages that are not consecutive",
                Words.Invariant($"stage {from.Stage} to stage {to.Stage}"));
        return 1;
    }

    /// <summary>The transfers of one micro-batch from a stage to the next.</summary>
    private sealed record Boundary(DagPhase Phase, DagStage Sender, DagStage Receiver, int MicroBatch)
    {
        public List<GpuSet> Crossing { get; init; } = [];
    }
}
