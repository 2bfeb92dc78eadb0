using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD009: gate edges are dashed and reach every expert group of their layer.
/// A gate edge leads from a Top-k to an expert node of the same phase, layer and micro-batch. Drawn from an Operator or Overview node the
/// edges reach every expert group of the layer, a group being what a set of experts makes one (uneven shards may draw it as several nodes);
/// from a Device node they reach every expert node of its EP process group, which is where the dispatch that it feeds runs (its own GPU,
/// where nothing is dispatched). Either way the experts reached are all experts of the layer. In a drawing the style of a gate edge is
/// dashed; writers derive the style of a generated graph from the edge's kind.
/// </summary>
internal static class GateEdges
{
    public static CheckRule Rule { get; } = new(
        "PD009",
        "Gate edges are dashed and reach every expert group",
        "Looks at the gate edges, in a drawing at their style, and at the expert nodes of each layer: every Top-k reaches every expert "
            + "group of its layer by a dashed edge. Skipped for a file that tells neither gate edges nor operators.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        if (inspection.IsDrawing)
            return new DrawnGates(inspection).Check();
        Dag dag = inspection.Dag;
        Topology graph = dag.Topology;
        var blocks = new LayerBlocks(dag);
        var expertsOf = new Dictionary<int, ExpertNodes>();
        long selections = 0;
        bool told = false;
        bool[] chooses = new bool[dag.FactsTable.Length], computes = new bool[dag.FactsTable.Length];
        for (int i = 0; i < chooses.Length; i++)
        {
            NodeFacts facts = dag.FactsTable[i];
            told |= facts.Op is not null && facts.Role is not (OperatorRole.Input or OperatorRole.Output);
            (chooses[i], computes[i]) = (OpClasses.IsSelection(facts), OpClasses.IsExperts(facts));
        }

        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            selections += chooses[dag.FactsColumn[node]] ? inspection.Weight(node) : 0;
            if (!computes[dag.FactsColumn[node]])
                continue;
            int block = blocks.Of(dag, node);
            if (!expertsOf.TryGetValue(block, out ExpertNodes? experts))
                expertsOf.Add(block, experts = new ExpertNodes());
            experts.Add(dag, node);
        }

        bool exact = inspection.Survey.IsStated && dag.Detail != DetailLevel.Overview;
        long gates = 0, drawn = 0;
        int[] dueBy = exact && selections > 0
            ? new int[dag.NodeCount]
            : []; // Per expert node: the Top-k that must still reach it, plus one.
        int[] reachedBy = selections > 0 ? new int[dag.NodeCount] : []; // Per expert node: the Top-k that reached it last, plus one.
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            int weight = inspection.Weight(node);
            bool selects = chooses[dag.FactsColumn[node]];
            int first = graph.FirstEdge(node), reached = 0;
            ReadOnlySpan<int> links = graph.Out(node);
            for (int i = 0; i < links.Length; i++)
            {
                int target = Topology.Node(links[i]);
                if (Topology.Kind(links[i]) != EdgeKind.Gate)
                {
                    if (selects && dag.FactsOf(node).Op is null && OpClasses.IsExperts(dag.FactsOf(target)))
                        inspection.EdgeFault(node, first + i, "of a gate not drawn dashed");
                    continue;
                }

                gates += weight;
                if (selects && reachedBy[target] != node + 1)
                {
                    reachedBy[target] = node + 1;
                    reached++;
                }

                CheckEdge(inspection, blocks, node, target, first + i, weight, ref drawn);
            }

            if (!selects || !expertsOf.TryGetValue(blocks.Of(dag, node), out ExpertNodes? experts))
                continue;
            if (exact && inspection.Survey.MeshOf(dag.ScopeOf(node).Phase) is PhaseMesh mesh)
                CheckGroups(inspection, mesh, node, experts, dueBy);
            else
                CheckReach(inspection, blocks, node, experts, reached);
        }

        if (gates == 0 && selections == 0)
        {
            return told && expertsOf.Count == 0
                ? inspection.Conclude("no MoE layer: no gate edge in the graph, and none needed")
                : inspection.Skip("gate edges and no Top-k nodes that the graph names");
        }

        if (expertsOf.Count == 0)
        {
            return inspection.HasFaults ? inspection.Conclude("")
                : inspection.Skip(
                    $"expert numbers on any node, so which groups the {Words.Count(gates, "gate edge")} must reach is not told");
        }

        ILookup<int, int> like = blocks.Like(inspection);
        string style = drawn > 0 && drawn == gates ? " drawn dashed" : "";
        return inspection.Conclude(
            $"{Words.Count(gates, "gate edge")}{style} from {Words.Count(selections, "Top-k selection")}, each reaching every "
                + $"expert group of its layer, in {blocks.CountLayers(expertsOf.Keys.SelectMany(block => like[block]), "MoE layer")}");
    }

    private static void CheckEdge(Inspection inspection, LayerBlocks blocks, int source, int target, int edge, int weight, ref long drawn)
    {
        Dag dag = inspection.Dag;
        if (dag.EdgeFactsOf(source, edge).Style is string style)
        {
            if (style.Contains("dashed", StringComparison.OrdinalIgnoreCase))
                drawn += weight;
            else
                inspection.EdgeFault(source, edge, "of a gate not drawn dashed",
                    style.Length == 0 ? "no style" : Inspection.OneLine(style));
        }

        NodeFacts from = dag.FactsOf(source), to = dag.FactsOf(target);
        if (!(from.Op is null || from.Role is OperatorRole.Selection or OperatorRole.Gate)
            || !(to.Op is null || to.Role == OperatorRole.Experts))
            inspection.EdgeFault(source, edge, "of kind gate that [does|do] not lead from a Top-k to experts");
        else if (from.Op is not null && to.Op is not null && blocks.Of(dag, source) != blocks.Of(dag, target))
            inspection.EdgeFault(source, edge, "of a gate into another layer");
    }

    /// <summary>Where the mesh is known, a Top-k reaches exactly the expert nodes of the EP groups that its GPUs belong to.</summary>
    private static void CheckGroups(Inspection inspection, PhaseMesh mesh, int node, ExpertNodes experts, int[] dueBy)
    {
        Dag dag = inspection.Dag;
        if (dag.GpusOf(node) is not GpuSet gpus)
            return;
        int due = 0, last = -1;
        foreach (int gpu in gpus)
        {
            int group = mesh.ExpertGroupNumberOf(gpu);
            if (group != last && group >= 0)
            {
                foreach (int expert in experts.OfGroup(dag, mesh, group))
                {
                    due += dueBy[expert] == node + 1 ? 0 : 1;
                    dueBy[expert] = node + 1;
                }
            }

            last = group;
        }

        int first = dag.Topology.FirstEdge(node);
        ReadOnlySpan<int> links = dag.Topology.Out(node);
        for (int i = 0; i < links.Length; i++)
        {
            if (Topology.Kind(links[i]) != EdgeKind.Gate)
                continue;
            ref int reached = ref dueBy[Topology.Node(links[i])];
            if (reached == node + 1)
                (reached, due) = (0, due - 1);
            else
                inspection.EdgeFault(node, first + i, "of a gate to experts outside its EP process group");
        }

        if (due == 0)
            return;
        int[] missed = [.. experts.Nodes.Where(expert => dueBy[expert] == node + 1)];
        inspection.NodeFault(
            node, "of Top-k that [misses|miss] expert groups of [its|their] layer",
            $"no gate edge to {inspection.NodeText(missed[0])}"
                + (missed.Length > 1 ? $" and {Words.Count(missed.Length - 1, "other")}" : ""));
        foreach (int expert in missed)
            inspection.MarkNode(expert);
    }

    /// <summary>The gate edges of one Top-k reach the expert nodes that they must.</summary>
    private static void CheckReach(Inspection inspection, LayerBlocks blocks, int node, ExpertNodes experts, int reached)
    {
        Dag dag = inspection.Dag;
        GpuSet? within = dag.Detail == DetailLevel.Device ? DispatchGpus(dag, node) : null;
        if (reached == (within is null ? experts.Nodes.Count : experts.CountOn(within)))
            return;
        var targets = new HashSet<int>();
        var groups = new HashSet<string>();
        foreach (int link in dag.Topology.Out(node))
        {
            if (Topology.Kind(link) != EdgeKind.Gate)
                continue;
            targets.Add(Topology.Node(link));
            if (dag.FactsOf(Topology.Node(link)).Experts is string group)
                groups.Add(group);
        }

        if (within is null && groups.IsSupersetOf(experts.Groups) && experts.Unnamed.TrueForAll(targets.Contains))
            return;
        const string Description = "of Top-k that [misses|miss] expert groups of [its|their] layer";
        if (inspection.MarkedNodes >= CheckResult.MaxWitnesses)
        {
            inspection.NodeFault(node, Description);
            return;
        }

        var missed = experts.Nodes.Where(expert => !targets.Contains(expert)
            && (within is null
                ? dag.FactsOf(expert).Experts is not string group || !groups.Contains(group)
                : dag.GpusOf(expert) is GpuSet gpus && within.ContainsAll(gpus))).ToList();
        inspection.NodeFault(node, Description, missed.Count == 0
            ? Words.Invariant(
                $"{reached} expert nodes reached, some outside the EP process group, {blocks.NameOf(blocks.Of(dag, node))}")
            : $"no gate edge to {inspection.NodeText(missed[0])}"
                + (missed.Count > 1 ? $" and {Words.Count(missed.Count - 1, "other")}" : ""));
        missed.ForEach(inspection.MarkNode);
    }

    /// <summary>The GPUs of the dispatch that a Device-level Top-k feeds; its own GPU where it feeds none.</summary>
    private static GpuSet? DispatchGpus(Dag dag, int node)
    {
        foreach (int link in dag.Topology.Out(node))
        {
            if (Topology.Kind(link) == EdgeKind.Data && dag.FactsOf(Topology.Node(link)).Role == OperatorRole.Dispatch)
                return dag.GpusOf(Topology.Node(link));
        }

        return dag.GpusOf(node);
    }

    /// <summary>The expert nodes of one block.</summary>
    private sealed class ExpertNodes
    {
        private readonly HashSet<int> _gpus = [];
        private Dictionary<int, List<int>>? _ofGroup;

        /// <summary>All of them.</summary>
        public List<int> Nodes { get; } = [];

        /// <summary>The distinct sets of experts that they name.</summary>
        public HashSet<string> Groups { get; } = [];

        /// <summary>Those that name none.</summary>
        public List<int> Unnamed { get; } = [];

        public void Add(Dag dag, int node)
        {
            Nodes.Add(node);
            if (dag.FactsOf(node).Experts is string group)
                Groups.Add(group);
            else
                Unnamed.Add(node);
            if (dag.GpusOf(node) is GpuSet { IsEmpty: false } gpus)
                _gpus.Add(gpus.First);
        }

        /// <summary>Those that have a GPU of an EP group.</summary>
        public List<int> OfGroup(Dag dag, PhaseMesh mesh, int group)
        {
            if (_ofGroup is null)
            {
                _ofGroup = [];
                foreach (int node in Nodes)
                {
                    foreach (int gpu in dag.GpusOf(node) ?? GpuSet.Empty)
                    {
                        int own = mesh.ExpertGroupNumberOf(gpu);
                        if (!_ofGroup.TryGetValue(own, out List<int>? nodes))
                            _ofGroup.Add(own, nodes = []);
                        if (nodes.Count == 0 || nodes[^1] != node)
                            nodes.Add(node);
                    }
                }
            }

            return _ofGroup.GetValueOrDefault(group) ?? [];
        }

        /// <summary>How many run on the given GPUs, on Device level: there a node runs on one GPU.</summary>
        public int CountOn(GpuSet gpus)
        {
            int count = 0;
            foreach (int gpu in gpus)
                count += _gpus.Contains(gpu) ? 1 : 0;
            return count;
        }
    }
}
