using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD009 for a drawing, which may lead the choice of experts through routers, splits and dispatches. In each layer a walk begins at every
/// gate, router and Top-k and goes on through nodes of the layer that neither compute nor are experts. Every group of experts must be
/// reached, and on a way that is dashed somewhere: an edge, or the outline of a gate or router ("expert routing nodes shown with dashed
/// lines"). An edge straight from a gate to experts is dashed itself; a router drawn as communication carries tokens.
/// </summary>
internal sealed class DrawnGates(Inspection inspection)
{
    private const byte Solid = 1, Dashed = 2;

    private readonly Dag _dag = inspection.Dag;
    private readonly LayerBlocks _blocks = new(inspection.Dag);
    private readonly SortedDictionary<int, Layer> _layers = [];

    public CheckResult Check()
    {
        Collect();
        long choosers = _layers.Values.Sum(layer => layer.Choosers.Count), gates = 0, dashed = 0;
        foreach (DagEdge edge in _dag.Edges)
        {
            gates += edge.Kind == EdgeKind.Gate ? 1 : 0;
            dashed += edge.Kind == EdgeKind.Gate && edge.GetStyle()?.Contains("dashed", StringComparison.OrdinalIgnoreCase) == true ? 1 : 0;
        }

        if (choosers == 0 && gates == 0)
        {
            return _layers.Count == 0 && _dag.Nodes.Any(node => node.Op is not null && node.Kind is not (NodeKind.Input or NodeKind.Output))
                ? inspection.Conclude("no MoE layer: no gate edge in the graph, and none needed")
                : inspection.Skip("gate edges and no Top-k nodes that the graph names");
        }

        if (_layers.Values.All(layer => layer.Experts.Count == 0))
            return inspection.Skip(
                $"expert numbers on any node, so which groups the {Words.Count(gates, "gate edge")} must reach is not told");
        Layer[] whole = [.. _layers.Values.Where(layer => layer.Choosers.Count > 0 && layer.Experts.Count > 0)];
        if (whole.Length == 0)
            return inspection.Skip("layer that has both a gate and numbered experts");
        foreach (Layer layer in whole)
            CheckLayer(layer);
        string style = dashed > 0 && dashed == gates ? " drawn dashed" : "";
        string found = $"{Words.Count(gates, "gate edge")}{style} from {Words.Count(choosers, "Top-k selection")}";
        string layers = _blocks.CountLayers(whole.Select(layer => layer.Block), "MoE layer");
        return inspection.Conclude($"{found}, reaching every expert group of its layer, in {layers}");
    }

    private void Collect()
    {
        for (int node = 0; node < _dag.NodeCount; node++)
        {
            inspection.Step(node);
            NodeFacts facts = _dag.FactsOf(node);
            bool experts = OpClasses.IsExperts(facts) && facts.Experts is not null, chooses = OpClasses.Chooses(facts)
                && facts.Kind != NodeKind.Communication;
            if (!experts && !chooses)
                continue;
            int block = _blocks.Of(_dag, node);
            if (!_layers.TryGetValue(block, out Layer? layer))
                _layers.Add(block, layer = new Layer(block));
            if (!experts)
                layer.Choosers.Add(node);
            else if (layer.Experts.TryGetValue(facts.Experts!, out List<int>? nodes))
                nodes.Add(node);
            else
                layer.Experts.Add(facts.Experts!, [node]);
        }
    }

    private void CheckLayer(Layer layer)
    {
        Dictionary<int, byte> reached = Walk(layer);
        string Names(IEnumerable<string> groups) =>
            "experts " + Inspection.OneLine(GpuSet.UnionAll(groups.Where(group =>
                GpuSet.TryParse(group, out _)).Select(GpuSet.Parse)).ToString());
        bool Is(string group, byte way) => layer.Experts[group].Exists(node => (reached.GetValueOrDefault(node) & way) != 0);

        string[] missed = [.. layer.Experts.Keys.Where(group => !Is(group, Solid | Dashed))];
        string[] solid = [.. layer.Experts.Keys.Where(group => !Is(group, Dashed) && Is(group, Solid))];
        string place = _blocks.Count > 1 ? $", {_blocks.NameOf(layer.Block)}" : "";
        if (missed.Length > 0)
        {
            inspection.NodeFault(layer.Choosers[^1], "of Top-k that [misses|miss] expert groups of [its|their] layer",
                $"no gate edge to {Names(missed)}{place}");
            foreach (string group in missed)
                layer.Experts[group].ForEach(inspection.MarkNode);
        }

        if (missed.Length == 0)
            CheckEach(layer, place);
        bool direct = false;
        foreach (int chooser in layer.Choosers)
        {
            int first = _dag.Topology.FirstEdge(chooser);
            ReadOnlySpan<int> links = _dag.Topology.Out(chooser);
            for (int i = 0; i < links.Length; i++)
            {
                if (_dag.FactsOf(Topology.Node(links[i])).Experts is not string group || !solid.Contains(group))
                    continue;
                direct = true;
                inspection.EdgeFault(chooser, first + i, "of a gate not drawn dashed");
            }
        }

        if (solid.Length == 0 || direct)
            return;
        HashSet<int> leading = LeadingTo(layer, solid);
        foreach (int chooser in layer.Choosers.Where(leading.Contains))
            inspection.NodeFault(chooser, "whose choice of experts is not drawn dashed", $"{Names(solid)}{place}");
    }

    /// <summary>The nodes from which a walk comes to some groups of experts of a layer.</summary>
    private HashSet<int> LeadingTo(Layer layer, string[] groups)
    {
        var leading = new HashSet<int>();
        var open = new Stack<int>(groups.SelectMany(group => layer.Experts[group]));
        while (open.TryPop(out int node))
        {
            foreach (int link in _dag.Topology.In(node))
            {
                int source = Topology.Node(link);
                if (_blocks.Of(_dag, source) == layer.Block && IsPassed(_dag.FactsOf(source)) && leading.Add(source))
                    open.Push(source);
            }
        }

        return leading;
    }

    /// <summary>True for what a walk goes on through: what neither computes nor is an expert.</summary>
    private static bool IsPassed(NodeFacts facts) =>
        !OpClasses.IsExperts(facts) && (facts.Kind != NodeKind.Computation || OpClasses.Chooses(facts));

    /// <summary>
    /// Where a layer has a selection on every GPU and most of them lead to every group of experts by edges of their own, so do all.
    /// </summary>
    private void CheckEach(Layer layer, string place)
    {
        string Unnumbered(int chooser) => new([.. _dag.FactsOf(chooser).Name.Where(letter => !char.IsAsciiDigit(letter))]);
        foreach (IGrouping<string, int> alike in layer.Choosers.GroupBy(Unnumbered))
        {
            var reached = alike.ToDictionary(chooser => chooser, DirectGroups);
            int whole = reached.Values.Count(groups => groups.Count == layer.Experts.Count);
            foreach ((int chooser, HashSet<string> groups) in reached)
            {
                if (2 * whole <= reached.Count || groups.Count == 0 || groups.Count == layer.Experts.Count)
                    continue;
                string[] missed = [.. layer.Experts.Keys.Where(group => !groups.Contains(group))];
                inspection.NodeFault(chooser, "of Top-k that [misses|miss] expert groups of [its|their] layer",
                    $"no gate edge to experts {Inspection.OneLine(string.Join(", ", missed))}{place}");
                foreach (string group in missed)
                    layer.Experts[group].ForEach(inspection.MarkNode);
            }
        }
    }

    /// <summary>The groups of experts that gate edges lead to straight from a node.</summary>
    private HashSet<string> DirectGroups(int chooser)
    {
        var groups = new HashSet<string>(StringComparer.Ordinal);
        foreach (int link in _dag.Topology.Out(chooser))
        {
            if (Topology.Kind(link) == EdgeKind.Gate && _dag.FactsOf(Topology.Node(link)).Experts is string group)
                groups.Add(group);
        }

        return groups;
    }

    /// <summary>What the choosers of a layer reach, and whether a way there is dashed.</summary>
    private Dictionary<int, byte> Walk(Layer layer)
    {
        var reached = new Dictionary<int, byte>();
        var open = new Stack<(int Node, byte Way)>();
        foreach (int chooser in layer.Choosers)
            Visit(chooser, IsDashed(_dag.FactsOf(chooser)) ? Dashed : Solid);
        while (open.TryPop(out (int Node, byte Way) at))
        {
            int first = _dag.Topology.FirstEdge(at.Node);
            ReadOnlySpan<int> links = _dag.Topology.Out(at.Node);
            for (int i = 0; i < links.Length; i++)
            {
                int target = Topology.Node(links[i]);
                NodeFacts facts = _dag.FactsOf(target);
                if (_blocks.Of(_dag, target) != layer.Block
                    || (facts.Kind == NodeKind.Computation && !OpClasses.IsExperts(facts) && !OpClasses.Chooses(facts)))
                    continue;
                bool dashed = at.Way == Dashed || Topology.Kind(links[i]) == EdgeKind.Gate || (OpClasses.Chooses(facts) && IsDashed(facts))
                    || _dag.EdgeFactsOf(at.Node, first + i).Style?.Contains("dashed", StringComparison.OrdinalIgnoreCase) == true;
                Visit(target, dashed ? Dashed : Solid);
            }
        }

        return reached;

        void Visit(int node, byte way)
        {
            byte known = reached.GetValueOrDefault(node);
            if ((known & way) != 0)
                return;
            reached[node] = (byte)(known | way);
            if (!OpClasses.IsExperts(_dag.FactsOf(node)))
                open.Push((node, way));
        }
    }

    private static bool IsDashed(NodeFacts facts) => facts.Drawing?.Style?.Contains("dashed", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The gates and the groups of experts of one layer.</summary>
    private sealed class Layer(int block)
    {
        public int Block { get; } = block;

        public List<int> Choosers { get; } = [];

        public SortedDictionary<string, List<int>> Experts { get; } = new(StringComparer.Ordinal);
    }
}
