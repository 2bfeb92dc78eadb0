using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD024: in order. Along every data and pipeline edge:
/// <list type="number">
/// <item>The phase stays the same, and nothing leads from decode back to prefill. The micro-batch stays the same, except at the ends of a
/// phase, which serve all of them.</item>
/// <item>A layer leads to itself or to the next.</item>
/// <item>In a graph that states its plan, what enters a layer from outside the layers enters the first of its stage, and what leaves the
/// layers leaves the last of its stage.</item>
/// <item>Edges of kind order and token lead where <see cref="MicroBatchOrder"/> says.</item>
/// </list>
/// A drawing may leave layers out, so there only a way back is a fault.
/// </summary>
internal static class LayerOrder
{
    public static CheckRule Rule { get; } = new(
        "PD024",
        "Layers follow each other in order",
        "Looks at the phase, layer and micro-batch on both ends of every edge that carries data: a layer leads to itself or the next, "
            + "within its phase and micro-batch, and nothing leads from decode to prefill. Skipped where no edge joins two known layers.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        Topology graph = dag.Topology;
        bool stated = inspection.Survey.IsStated && dag.Detail != DetailLevel.Overview;
        long within = 0, onward = 0;
        var order = new MicroBatchOrder(inspection);
        order.CheckEdges();
        ReadOnlySpan<int> scopeOf = dag.ScopeColumn;
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            int weight = inspection.Weight(node);
            int first = graph.FirstEdge(node), own = scopeOf[node];
            ReadOnlySpan<int> links = graph.Out(node);
            for (int i = 0; i < links.Length; i++)
            {
                int target = Topology.Node(links[i]);
                if (Topology.Kind(links[i]) is EdgeKind.Order or EdgeKind.Token)
                    continue;
                NodeScope from = dag.ScopeTable[own], to = dag.ScopeTable[scopeOf[target]];
                onward += to.Layer > from.Layer ? weight : 0;
                bool stays = (from.Layer is not null && to.Layer == from.Layer) || (from.Layers is not null && to.Layers == from.Layers);
                within += stays ? weight : 0;
                if (scopeOf[target] == own || from == to)
                    continue;
                if (FaultOf(inspection, dag.FactsOf(node), from, dag.FactsOf(target), to, Topology.Kind(links[i]), stated) is (
                    string fault, string detail))
                    inspection.EdgeFault(node, first + i, fault, detail);
            }
        }

        order.Conclude();
        if (within + onward == 0 && !inspection.HasFaults && !inspection.Survey.IsStated)
            return inspection.Skip("edge between nodes that tell their layers");
        return inspection.Conclude(
            $"{Words.Count(within, "edge")} within a layer, {Words.Count(onward, "edge")} onward to the next{order.Summary}");
    }

    private static (string Fault, string Detail)? FaultOf(
        Inspection inspection, NodeFacts producer, NodeScope from, NodeFacts consumer, NodeScope to, EdgeKind kind, bool stated)
    {
        if (from.Phase?.Kind == PhaseKind.Decode && to.Phase?.Kind == PhaseKind.Prefill)
            return ("from decode back to prefill", "a prompt is read before it is answered");
        if (kind == EdgeKind.Kv)
            return null;
        if (from.Phase is PhaseId before && to.Phase is PhaseId after && before != after)
            return ($"from {before.ToName()} into {after.ToName()} that are no KV cache", $"an edge of kind {kind.ToName()}");
        bool end = producer.Kind is NodeKind.Input or NodeKind.Output || consumer.Kind is NodeKind.Input or NodeKind.Output;
        bool told = stated || (from.MicroBatch > 0 && to.MicroBatch > 0);
        if (told && from.MicroBatch != to.MicroBatch && !end)
            return ("from one micro-batch into another", Words.Invariant($"{from.MicroBatch} to {to.MicroBatch}"));
        if (from.Layer is not null && to.Layer is not null)
        {
            if (to.Layer < from.Layer)
                return ("back to an earlier layer", Words.Invariant($"layer {from.Layer} to {to.Layer}"));
            return stated && to.Layer > from.Layer + 1
                ? ("that [jumps|jump] over layers", Words.Invariant($"layer {from.Layer} to {to.Layer}")) : null;
        }

        return stated && !end ? AcrossTheLayers(inspection, from, to) : null;
    }

    /// <summary>Item 3, for an edge of which one end at most is in a layer.</summary>
    private static (string Fault, string Detail)? AcrossTheLayers(Inspection inspection, NodeScope from, NodeScope to)
    {
        StageIndex stages = inspection.Survey.Stages;
        if (stages.PhaseOf(from.Phase) is not DagPhase phase)
            return null;
        if (to is { Layer: not null, Stage: int into } && stages.Find(phase, into) is DagStage entered && to.Layer != entered.FirstLayer)
            return ("that [enters|enter] a stage past its first layer",
                Words.Invariant($"layer {to.Layer}, stage {entered.Index} begins with layer {entered.FirstLayer}"));
        if (from is { Layer: not null, Stage: int outOf } && stages.Find(phase, outOf) is DagStage left && from.Layer != left.LastLayer)
            return ("that [leaves|leave] a stage before its last layer",
                Words.Invariant($"layer {from.Layer}, stage {left.Index} ends with layer {left.LastLayer}"));
        return null;
    }
}
