using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// A part of PD024: what carries no tensor of a layer.
/// <list type="number">
/// <item>An edge of kind order leads from a micro-batch to the next, within a phase and a stage, and stays on GPUs of both ends.</item>
/// <item>In a graph that states its plan, where a phase orders its micro-batches it orders all of them, on every GPU of every stage.</item>
/// <item>An edge of kind token leads from prefill into decode's Input; in a graph that states a plan of both phases every node that feeds
/// prefill's Output has one.</item>
/// </list>
/// </summary>
internal sealed class MicroBatchOrder(Inspection inspection)
{
    private readonly Dag _dag = inspection.Dag;
    private readonly Dictionary<(PhaseId Phase, int Stage, int MicroBatch), HashSet<GpuSet>> _ordered = [];
    private readonly HashSet<int> _tokens = [];
    private long _orders;

    /// <summary><c>, 3 edges keep micro-batches in order</c>; empty where there are none.</summary>
    public string Summary => _orders == 0 ? "" : $", {Words.Count(_orders, "edge")} of kind order between micro-batches";

    /// <summary>Items 1 and 3 for every edge.</summary>
    public void CheckEdges()
    {
        Topology graph = _dag.Topology;
        int source = 0;
        for (int edge = graph.NextEdgeOf(EdgeKind.Order, 0); edge < graph.EdgeCount; edge = graph.NextEdgeOf(EdgeKind.Order, edge + 1))
        {
            inspection.Step(edge);
            source = edge < graph.OutOffsets[source + 1] ? source : graph.SourceOf(edge);
            See(source, edge, graph.TargetOf(edge), graph.KindOf(edge));
        }
    }

    private void See(int source, int edge, int target, EdgeKind kind)
    {
        NodeScope from = _dag.ScopeOf(source), to = _dag.ScopeOf(target);
        if (kind == EdgeKind.Token)
        {
            _tokens.Add(source);
            bool begins = _dag.FactsOf(target).Kind == NodeKind.Input;
            if (!begins || from.Phase?.Kind == PhaseKind.Decode || to.Phase?.Kind == PhaseKind.Prefill)
                inspection.EdgeFault(source, edge, "of kind token that [does|do] not lead from prefill into decode's Input");
            return;
        }

        _orders++;
        if (from.Phase != to.Phase || from.Stage != to.Stage || to.MicroBatch != from.MicroBatch + 1)
        {
            inspection.EdgeFault(
                source, edge, "of kind order that [does|do] not lead to the next micro-batch of [its|their] stage",
                Words.Invariant($"stage {from.Stage} micro-batch {from.MicroBatch} to stage {to.Stage} micro-batch {to.MicroBatch}"));
        }
        else if (_dag.GpusOf(source) is GpuSet before && _dag.GpusOf(target) is GpuSet after
            && from is { Phase: PhaseId phase, Stage: int stage })
        {
            GpuSet both = ReferenceEquals(before, after) ? before : before.Intersect(after);
            if (inspection.Survey.IsStated && !EndsMeet(phase, stage, from, to))
                inspection.EdgeFault(
                    source, edge, "of kind order that [does|do] not lead from the end of a stage to its beginning",
                    $"{inspection.NodeText(source)} to {inspection.NodeText(target)}");
            if (both.IsEmpty)
                inspection.EdgeFault(source, edge, "of kind order between other GPUs", $"GPUs {before} to {after}");
            if (!_ordered.TryGetValue((phase, stage, from.MicroBatch), out HashSet<GpuSet>? known))
                _ordered.Add((phase, stage, from.MicroBatch), known = []);
            known.Add(both);
        }
    }

    /// <summary>A stage ends with its last layer, the last one outside of it; it begins with its first layer, the first one outside of
    /// it.</summary>
    private bool EndsMeet(PhaseId phase, int stage, NodeScope from, NodeScope to)
    {
        StageIndex stages = inspection.Survey.Stages;
        if (stages.PhaseOf(phase) is not DagPhase header || stages.Find(header, stage) is not DagStage own)
            return true;
        bool last = stage == header.Stages.Count, sampled = (from.MicroBatch + 1) % inspection.Survey.Chunks.Of(phase) == 0;
        bool ends = from.Layer == (last && sampled ? null : own.LastLayer);
        return ends && (to.Layer is null || (stage > 1 && to.Layer == own.FirstLayer));
    }

    /// <summary>Items 2 and 3; call after all edges.</summary>
    public void Conclude()
    {
        if (!inspection.Survey.IsStated || _dag.Detail == DetailLevel.Overview)
            return;
        foreach (DagPhase phase in _dag.Phases)
            CheckWhole(phase);
        if (_tokens.Count > 0 || _dag.Phases.Select(phase => phase.Phase.Kind).Distinct().Count() > 1)
            CheckTokens();
    }

    private void CheckWhole(DagPhase phase)
    {
        // Chunks of a micro-batch are always in order; micro-batches are, or none of them is.
        int chunks = inspection.Survey.Chunks.Of(phase.Phase);
        bool ordered = _ordered.Keys.Any(key => key.Phase == phase.Phase && (key.MicroBatch + 1) % chunks == 0);
        if (!ordered && chunks == 1)
            return;
        int last = _dag.ScopeTable.ToArray().Where(scope => scope.Phase == phase.Phase).Max(scope => scope.MicroBatch);
        foreach (DagStage stage in phase.Stages)
        {
            for (int microBatch = 0; microBatch < last; microBatch++)
            {
                if (!ordered && (microBatch + 1) % chunks == 0)
                    continue;
                GpuSet follows = _ordered.TryGetValue((phase.Phase, stage.Index, microBatch), out HashSet<GpuSet>? known)
                    ? GpuSet.UnionAll(known) : GpuSet.Empty;
                if (stage.Gpus.Except(follows) is { IsEmpty: false } missing)
                {
                    string name = phase.Phase.ToName();
                    inspection.Fault(Words.Invariant(
                        $"{name} stage {stage.Index} has no edge of kind order behind micro-batch {microBatch} on GPUs {missing}"));
                }
            }
        }
    }

    private void CheckTokens()
    {
        for (int node = 0; node < _dag.NodeCount; node++)
        {
            inspection.Step(node);
            if (_dag.ScopeOf(node).Phase?.Kind != PhaseKind.Prefill || _tokens.Contains(node))
                continue;
            foreach (int link in _dag.Topology.Out(node))
            {
                if (_dag.FactsOf(Topology.Node(link)).Kind == NodeKind.Output && _dag.FactsOf(node).Kind != NodeKind.Input)
                    inspection.NodeFault(
                        node, "that [samples|sample] and [hands|hand] no token to decode", "add an edge of kind token to decode's Input");
            }
        }
    }
}
