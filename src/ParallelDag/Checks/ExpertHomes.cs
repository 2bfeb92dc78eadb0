using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD008: every expert lives in exactly one EP group of each MoE layer; tokens routed = tokens * top_k.
/// <para>
/// Homes. An EP group here is what one coordinate of the ep axis holds: all expert nodes of a layer on GPUs of one coordinate name the same
/// experts (their replicas over dp, sp and tp), and over the coordinates the named experts are 0..E-1 once each, E being the gate's width.
/// A model with redundant copies (experts per GPU times ep beyond E) has each expert at least once and no more copies than places.
/// Where the graph tells no mesh, the distinct expert ranges of a layer take the place of coordinates; an overview draws all groups as one
/// node, which must name every expert.
/// </para>
/// <para>
/// Tokens. Where a Top-k yields [batch_size, seq_len, top_k], the dispatch takes and the combine returns [batch_size, seq_len, top_k,
/// hidden] of the same sizes (the largest, where GPUs differ), and the experts have room for what arrives: experts * tokens, summed over
/// the dispatch's GPUs, is at least the slots that they send.
/// </para>
/// </summary>
internal static class ExpertHomes
{
    // A plan has at most 65,536 experts and as many redundant copies; a hostile file may claim any number.
    private const int MostExperts = 1 << 17;

    // Products of sizes up to this stay exact.
    private const long LargestSize = 1L << 40;

    public static CheckRule Rule { get; } = new(
        "PD008",
        "Every expert has one home",
        "Looks at the experts of every expert node, the width of the gate and the dimensions around dispatch and combine: in each MoE "
            + "layer every expert lives in exactly one EP group, and tokens times top_k are routed. Skipped for a file that "
            + "names no experts.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        var blocks = new LayerBlocks(dag);
        var layers = new Layer?[blocks.Count];
        bool unnamed = false, moe = false;
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            NodeFacts facts = dag.FactsOf(node);
            bool experts = OpClasses.IsExperts(facts);
            if (!experts && facts.Role is not (OperatorRole.Gate or OperatorRole.Selection or OperatorRole.Dispatch
                or OperatorRole.Combine))
                continue;
            moe = true;
            Layer layer = layers[blocks.Of(dag, node)] ??= new Layer();
            layer.See(dag, node, facts);
            unnamed |= experts && facts.Experts is null;
        }

        if (!moe)
        {
            return KnowsOperators(dag)
                ? inspection.Conclude("no MoE layer: no gate and no expert in the graph")
                : inspection.Skip("operator names: which nodes are experts is not told");
        }

        if (Array.TrueForAll(layers, layer => layer is null || layer.Experts.TrueForAll(node => dag.FactsOf(node).Experts is null))
            && unnamed)
            return inspection.Skip("expert numbers on the expert nodes");

        // Layers that are like one that was looked at come out as it does.
        ILookup<int, int> like = blocks.Like(inspection);
        var found = new Dictionary<string, List<int>>();
        for (int block = 0; block < layers.Length; block++)
        {
            if (layers[block] is not Layer layer)
                continue;
            inspection.Cancellation.ThrowIfCancellationRequested();
            PhaseMesh? mesh = dag.Detail == DetailLevel.Overview ? null : inspection.Survey.MeshOf(blocks.Scopes[block].Phase);
            string name = blocks.NameOf(block);
            string? homes = CheckHomes(inspection, layer, mesh, name);
            if (dag.Detail != DetailLevel.Overview)
                CheckTokens(inspection, layer, name);
            if (homes is null)
                continue;
            if (!found.TryGetValue(homes, out List<int>? list))
                found.Add(homes, list = []);
            list.AddRange(like[block]);
        }

        if (!inspection.HasFaults && found.Count > 0 && found.Values.All(list => list.TrueForAll(block => blocks.LayersOf(block) == 0)))
            return inspection.Skip("layers of the expert nodes");
        int[] withGate = [.. Enumerable.Range(0, layers.Length)
            .Where(block => layers[block] is { Gates.Count: > 0 } or { TopKs.Count: > 0 }).SelectMany(block => like[block])];
        return inspection.Conclude(string.Join("; ", found.Select(pair => $"{pair.Key}, in {Of(blocks, pair.Value, withGate)}")));
    }

    /// <summary><c>16 of 16 MoE layers of prefill, 16 of 16 MoE layers of decode</c>.</summary>
    private static string Of(LayerBlocks blocks, List<int> found, int[] withGate)
    {
        long Layers(IEnumerable<int> set, PhaseId? phase) =>
            set.Where(block => blocks.Scopes[block].Phase == phase)
                .Select(block => (blocks.Scopes[block].Layer, blocks.Scopes[block].Layers, Count: blocks.LayersOf(block))).Distinct()
                .Sum(item => item.Count);
        return string.Join(", ", found.Select(block => blocks.Scopes[block].Phase).Distinct().Order().Select(phase =>
            Words.Invariant($"{Layers(found, phase):N0} of {Math.Max(Layers(withGate, phase), Layers(found, phase)):N0} MoE "
                    + $"layers{(phase is PhaseId kind ? $" of {kind.ToName()}" : "")}")));
    }

    private static bool KnowsOperators(Dag dag)
    {
        foreach (NodeFacts facts in dag.FactsTable)
        {
            if (facts.Op is not null && facts.Role is not (OperatorRole.Input or OperatorRole.Output))
                return true;
        }

        return false;
    }

    /// <summary>Holds a layer's expert nodes against each other; returns what to say of it, or null after a fault.</summary>
    private static string? CheckHomes(Inspection inspection, Layer layer, PhaseMesh? mesh, string name)
    {
        Dag dag = inspection.Dag;
        if (layer.Experts.Count == 0)
        {
            inspection.Fault($"{name}: a gate but no expert node");
            layer.Gates.ForEach(inspection.MarkNode);
            return null;
        }

        // One home per ep coordinate, or per distinct text where no mesh is told.
        var homes = new SortedDictionary<int, (string Text, int Node)>();
        var homeOfText = new Dictionary<string, int>();
        bool good = true;
        foreach (int node in layer.Experts)
        {
            string? text = dag.FactsOf(node).Experts;
            if (string.IsNullOrEmpty(text))
            {
                inspection.NodeFault(node, "of experts that do not say which");
                good = false;
                continue;
            }

            if (mesh is null || dag.GpusOf(node) is not GpuSet gpus)
            {
                if (!homeOfText.TryGetValue(text!, out int home))
                    homeOfText.Add(text!, home = homeOfText.Count);
                homes.TryAdd(home, (text!, node));
                continue;
            }

            foreach (int gpu in gpus)
            {
                int home = mesh.ExpertRankOf(gpu);
                if (home < 0)
                    continue;
                if (!homes.TryGetValue(home, out (string Text, int Node) known))
                    homes.Add(home, (text!, node));
                else if (known.Text != text)
                {
                    inspection.NodeFault(node,
                        Words.Invariant($"that [holds|hold] other experts than a replica of [its|their] EP rank"),
                        Words.Invariant(
                            $"{Inspection.OneLine(text!)} where {inspection.NodeText(known.Node)} holds "
                                + $"{Inspection.OneLine(known.Text)}, {name}"));
                    good = false;
                    break;
                }
            }
        }

        if (!good)
            return null;
        foreach ((string text, int node) in homes.Values)
        {
            if (IndexRanges.Parse(text).Count > 0)
                continue;
            inspection.NodeFault(node, "whose experts are no list of ranges", Inspection.OneLine(text));
            return null;
        }

        if (homes.Count == 0)
            return null;
        int lowest = homes.Values.Min(home => IndexRanges.Parse(home.Text).Min(range => range.First));
        long highest = homes.Values.Max(home => IndexRanges.Parse(home.Text).Max(range => (long)range.Last));
        long width = layer.GateWidth > 0 ? layer.GateWidth : highest + 1;

        // A drawing may count its experts from 1, or across all stages.
        int start = inspection.IsDrawing && lowest > 0 && (layer.GateWidth == 0 || highest == lowest + layer.GateWidth - 1) ? lowest : 0;
        if (layer.GateWidth == 0)
            width -= start;
        long perGpu = layer.ExpertsPerGpu;
        if (width > MostExperts || perGpu > MostExperts || perGpu * homes.Count > MostExperts)
        {
            inspection.Fault($"{name}: more than {Words.Count(MostExperts, "expert")}, beyond any plan");
            return null;
        }

        return Cover(inspection, homes, (start, width), perGpu > 0 ? perGpu * homes.Count : width, mesh, name);
    }

    /// <summary>The named experts are 0..width-1, once each, or more often where there are places for copies.</summary>
    private static string? Cover(Inspection inspection, SortedDictionary<int, (string Text, int Node)> homes,
        (int Start, long Width) experts, long places, PhaseMesh? mesh, string name)
    {
        (int start, long width) = experts;
        bool good = true;
        if (mesh is not null && homes.Count != mesh.ExpertRanks)
        {
            inspection.Fault(Words.Invariant($"{name}: experts on {homes.Count} of {mesh.ExpertRanks} EP ranks"));
            good = false;
        }

        var homeOf = new Dictionary<int, int>();
        bool copies = places > width && inspection.Dag.Detail != DetailLevel.Overview;
        foreach ((string text, int node) in homes.Values)
        {
            if (copies && IndexRanges.Parse(text).Sum(range => (long)range.Last - range.First + 1) > places / homes.Count)
            {
                inspection.NodeFault(node, Words.Invariant($"with more experts than [its|their] {places / homes.Count} places"),
                    $"{Inspection.OneLine(text)}, {name}");
                good = false;
                continue;
            }

            foreach ((int first, int last) in IndexRanges.Parse(text))
            {
                if (last - start >= width)
                {
                    inspection.NodeFault(node, Words.Invariant($"with experts beyond the gate's {width}"),
                        $"{Inspection.OneLine(text)}, {name}");
                    good = false;
                    continue;
                }

                for (int expert = first; expert <= last; expert++)
                {
                    if (homeOf.TryAdd(expert, node) || copies)
                        continue;
                    inspection.NodeFault(node, "with experts that have another home",
                        Words.Invariant($"expert {expert} is also on {inspection.NodeText(homeOf[expert])}, {name}"));
                    inspection.MarkNode(homeOf[expert]);
                    good = false;
                    break;
                }
            }
        }

        if (good && homeOf.Count < width)
        {
            int missing = Enumerable.Range(start, (int)width).First(expert => !homeOf.ContainsKey(expert));
            inspection.Fault(Words.Invariant(
                $"{name}: {Words.Count(width - homeOf.Count, "expert")} without a home, the first is {missing}"));
            foreach ((_, int node) in homes.Values)
                inspection.MarkNode(node);
            good = false;
        }

        if (!good)
            return null;
        if (inspection.Dag.Detail == DetailLevel.Overview)
            return $"{Words.Count(width, "expert")}, all of them in each block of experts";
        return copies
            ? $"{Words.Count(width, "expert")} in {Words.Count(places, "place")}, each on at least one of "
                + $"{Words.Count(homes.Count, "group")}"
            : $"{Words.Count(width, "expert")}, each on exactly one of {Words.Count(homes.Count, "group")}";
    }

    /// <summary>Slots that leave the gates arrive at the experts and come back.</summary>
    private static void CheckTokens(Inspection inspection, Layer layer, string name)
    {
        Dag dag = inspection.Dag;
        foreach ((List<int> nodes, bool input) in new[] { (layer.Dispatches, true), (layer.Combines, false) })
        {
            foreach (int node in nodes)
            {
                NodeFacts facts = dag.FactsOf(node);
                TensorList list = input ? facts.Input : facts.Output;
                if (list.Tensors.Count == 0 || list.Tensors[0].Shape is not TensorShape slots
                    || layer.LargestChoice is not TensorShape choice)
                    continue;
                foreach (string dimension in SlotDimensions)
                {
                    // Several nodes share a layer where shards differ: each carries at most the largest choice.
                    if (slots[dimension] is long size && choice[dimension] is long chosen
                        && (nodes.Count == 1 ? size != chosen : size > chosen))
                        inspection.NodeFault(node,
                            Words.Invariant($"that {(input ? "[sends|send]" : "[returns|return]")} other slots than the gates chose"),
                            Words.Invariant($"{dimension} {size}, chosen {chosen}, {name}"));
                }
            }
        }

        foreach (int node in layer.Dispatches)
        {
            NodeFacts facts = dag.FactsOf(node);
            if (facts.Output.Tensors.Count != 1 || dag.GpusOf(node) is not GpuSet gpus
                || facts.Output.Tensors[0].Shape is not TensorShape room
                || room["experts"] is not (long experts and <= MostExperts) || room["tokens"] is not (long tokens and <= LargestSize)
                || layer.SlotsPerGpu is not { } slotsOf)
            {
                continue;
            }

            Int128 sent = 0;
            foreach (int gpu in gpus)
                sent += slotsOf.GetValueOrDefault(gpu);
            Int128 arriving = (Int128)experts * tokens * gpus.Count;
            if (arriving < sent)
                inspection.NodeFault(node, "that [sends|send] more slots than [its|their] experts have room for",
                    Words.Invariant($"{sent} to room for {arriving}, {name}"));
        }
    }

    private static readonly string[] SlotDimensions = ["batch_size", "seq_len", "top_k"];

    /// <summary>The routing nodes of one block.</summary>
    private sealed class Layer
    {
        private long _largestSlots;

        public List<int> Gates { get; } = [];

        public List<int> TopKs { get; } = [];

        public List<int> Dispatches { get; } = [];

        public List<int> Experts { get; } = [];

        public List<int> Combines { get; } = [];

        /// <summary>Experts of the model, as the gate's output says; 0 when unknown.</summary>
        public long GateWidth { get; private set; }

        /// <summary>Expert copies on one GPU, as the expert nodes' input says; 0 when unknown.</summary>
        public long ExpertsPerGpu { get; private set; }

        /// <summary>The largest [batch_size, seq_len, top_k] that a Top-k yields.</summary>
        public TensorShape? LargestChoice { get; private set; }

        /// <summary>Slots (tokens times top_k) that each GPU sends; null when a Top-k does not tell.</summary>
        public Dictionary<int, long>? SlotsPerGpu { get; private set; } = [];

        public void See(Dag dag, int node, NodeFacts facts)
        {
            switch (facts.Role)
            {
                case OperatorRole.Gate:
                    Gates.Add(node);
                    GateWidth = Math.Max(GateWidth, First(facts.Output)?["experts"] ?? 0);
                    break;
                case OperatorRole.Selection:
                    TopKs.Add(node);
                    SeeChoice(dag.GpusOf(node), First(facts.Output));
                    break;
                case OperatorRole.Dispatch:
                    Dispatches.Add(node);
                    break;
                case OperatorRole.Combine:
                    Combines.Add(node);
                    break;
                default:
                    Experts.Add(node);
                    ExpertsPerGpu = Math.Max(ExpertsPerGpu, First(facts.Input)?["experts"] ?? 0);
                    break;
            }
        }

        private static TensorShape? First(TensorList list) => list.Tensors.Count == 0 ? null : list.Tensors[0].Shape;

        private void SeeChoice(GpuSet? gpus, TensorShape? choice)
        {
            if (gpus is null || choice?["batch_size"] is not (long batch and <= MostExperts)
                || choice["seq_len"] is not (long sequence and <= LargestSize / MostExperts)
                || choice["top_k"] is not (long topK and <= MostExperts))
            {
                SlotsPerGpu = null;
                return;
            }

            long slots = batch * sequence * topK;
            if (LargestChoice is null || slots > _largestSlots)
                (LargestChoice, _largestSlots) = (choice, slots);
            if (SlotsPerGpu is null)
                return;
            foreach (int gpu in gpus)
                SlotsPerGpu[gpu] = slots;
        }
    }
}
