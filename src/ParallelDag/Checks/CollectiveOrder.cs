using System.Globalization;
using System.Text.RegularExpressions;
using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD012: the members of a process group meet their collectives in one common order (no deadlock).
/// <para>
/// A collective ends only when all members have entered it, and a GPU runs what the graph puts before it first. So let every collective be
/// one point: a node that spans its members is one already; where a drawing gives each rank a node of its own, the nodes of one collective
/// are merged. They are one collective when they agree in phase, stage, layer, micro-batch, operator and name (rank numbers aside); the
/// k-th such node of one rank belongs to the k-th of every other, as communication libraries match calls by order.
/// </para>
/// <para>
/// The members can meet all collectives in one common order exactly when the merged graph has no cycle: a topological order of it is such
/// an order for every GPU at once, and along a cycle each collective waits for a GPU that is held by the next one. In a graph that has a
/// cycle before merging, the rule fails when that cycle runs through several GPUs of shared collectives (one member meets A before B,
/// another B before A) and is left to PD001 otherwise. A collective that names its group size must also have that many ranks, or it never
/// ends.
/// </para>
/// </summary>
internal static partial class CollectiveOrder
{
    public static CheckRule Rule { get; } = new(
        "PD012",
        "Collectives come in one common order",
        "Looks at all collectives and at the order that the graph gives them on each GPU: one order serves all members of all groups, so "
            + "no GPUs wait for each other. Skipped where no node is known to be a collective.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        int[] cycle = inspection.Survey.Cycle;
        int[]? pointOf = Merge(inspection, cycle.Length == 0, out List<List<int>> shared, out long collectives, out long merged,
            out int groups);
        if (collectives == 0)
            return KnowsKinds(dag)
                ? inspection.Conclude("no collective in the graph, so nothing to put in order")
                : inspection.Skip("node that is known to be a collective");
        if (cycle.Length > 0)
        {
            if (!CrossesGpus(dag, cycle))
                return inspection.Skip("order of nodes at all: the graph has a cycle (PD001)");
            Tell(inspection, cycle);
            return inspection.Conclude("");
        }

        if (pointOf is not null)
            CheckMerged(inspection, pointOf, shared);
        string ranks = merged == 0 ? "" : $", {Words.Count(merged, "node")} of single ranks merged into theirs";
        return inspection.Conclude(
            $"{Words.Count(collectives, "collective")} of {Words.Count(groups, "GPU set")}{ranks}: one order of the whole graph "
                + $"serves every member");
    }

    private static bool KnowsKinds(Dag dag)
    {
        foreach (NodeFacts facts in dag.FactsTable)
        {
            if (facts.Op is not null || facts.Drawing is { KindSource: KindSource.Stated or KindSource.Label })
                return true;
        }

        return false;
    }

    /// <summary>
    /// Numbers the points of the merged graph; null when every node is a point of its own. Only a rank's own node of a larger collective is
    /// merged.
    /// </summary>
    private static int[]? Merge(Inspection inspection, bool ordered, out List<List<int>> shared, out long collectives, out long merged,
        out int groups)
    {
        Dag dag = inspection.Dag;
        collectives = merged = 0;
        shared = [];
        var sets = new HashSet<int>();
        List<int>? single = null;
        foreach (int node in inspection.Survey.Facts.Where(IsCollective))
        {
            inspection.Step(node);
            NodeFacts facts = dag.FactsOf(node);
            if (dag.GpusOf(node) is { Count: 1 } && facts.GroupSize != 1 && facts.Collective != CollectiveKind.None)
            {
                (single ??= []).Add(node);
                continue;
            }

            collectives++;
            sets.Add(dag.GpuColumn[node]);
        }

        groups = sets.Count;
        if (single is null || !ordered)
        {
            collectives += single?.Count ?? 0;
            return null;
        }

        // The k-th node of a rank under one key belongs to the k-th of every other rank.
        TopologicalOrder.TryCompute(dag.Topology, out int[] order, inspection.Cancellation);
        int[] position = new int[dag.NodeCount];
        for (int i = 0; i < order.Length; i++)
            position[order[i]] = i;
        single.Sort((left, right) => position[left].CompareTo(position[right]));
        var seen = new Dictionary<(Key, int Rank), int>();
        var instances = new Dictionary<(Key, int Occurrence), List<int>>();
        foreach (int node in single)
        {
            int rank = dag.GpusOf(node)!.First;
            Key key = KeyOf(dag, node, rank);
            int occurrence = seen[(key, rank)] = seen.GetValueOrDefault((key, rank), -1) + 1;
            if (!instances.TryGetValue((key, occurrence), out List<int>? nodes))
                instances.Add((key, occurrence), nodes = []);
            nodes.Add(node);
        }

        int[] pointOf = new int[dag.NodeCount];
        for (int node = 0; node < pointOf.Length; node++)
            pointOf[node] = node;
        var gpuSets = new HashSet<GpuSet?>();
        foreach (int set in sets)
            gpuSets.Add(dag.GpuTable[set]);
        foreach (List<int> nodes in instances.Values)
        {
            collectives++;
            merged += nodes.Count > 1 ? nodes.Count : 0;
            if (nodes.Count > 1)
                shared.Add(nodes);
            foreach (int node in nodes)
                pointOf[node] = nodes[0];
            gpuSets.Add(GpuSet.FromGpus(nodes.Select(node => dag.GpusOf(node)!.First)));
            int size = nodes.Max(node => dag.FactsOf(node).GroupSize);
            if (size > 1 && nodes.Count % size != 0)
                inspection.NodeFault(nodes[0], "of collectives that some members never enter",
                    Words.Invariant($"{nodes.Count} of {size} ranks"));
        }

        groups = gpuSets.Count;
        return pointOf;
    }

    private static bool IsCollective(NodeFacts facts) =>
        facts.Collective is not (CollectiveKind.None or CollectiveKind.SendRecv)
        || (facts.Op is null && facts.Kind == NodeKind.Communication && facts.Collective != CollectiveKind.SendRecv
            && !IsTransfer(facts.Name));

    internal static bool IsTransfer(string name) =>
        name.Contains("send", StringComparison.OrdinalIgnoreCase) || name.Contains("recv", StringComparison.OrdinalIgnoreCase)
        || name.Contains("receive", StringComparison.OrdinalIgnoreCase) || name.Contains("p2p", StringComparison.OrdinalIgnoreCase)
        || name.Contains("transfer", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Looks for a cycle among the merged points. Nodes of one name of which one feeds another through a computation are no members of one
    /// collective (the same step of the next layer, of which the drawing gives no number): they are parted, all of that name, and the
    /// search begins anew.
    /// </summary>
    private static void CheckMerged(Inspection inspection, int[] pointOf, List<List<int>> shared)
    {
        while (true)
        {
            int[] edges = CycleOfPoints(inspection, pointOf);
            if (edges.Length == 0)
                return;
            var onCycle = edges.Select(edge => pointOf[inspection.Dag.Topology.SourceOf(edge)]).ToHashSet();
            List<int>? sequence = shared.Find(nodes => onCycle.Contains(pointOf[nodes[0]]) && FeedsItself(inspection.Dag, nodes));
            if (sequence is null)
            {
                Tell(inspection, edges);
                return;
            }

            string NameOf(List<int> nodes) => WithoutRank(inspection.Dag.FactsOf(nodes[0]).Name, inspection.Dag.GpusOf(nodes[0])!.First);
            string name = NameOf(sequence);
            foreach (List<int> nodes in shared.Where(nodes => NameOf(nodes) == name))
                nodes.ForEach(node => pointOf[node] = node);
            shared = [.. shared.Where(nodes => NameOf(nodes) != name)];
        }
    }

    /// <summary>A cycle of the merged graph as edges in order; empty when there is none.</summary>
    private static int[] CycleOfPoints(Inspection inspection, int[] pointOf)
    {
        Dag dag = inspection.Dag;
        Topology graph = dag.Topology;
        int[] sources = new int[dag.EdgeCount], targets = new int[dag.EdgeCount];
        for (int node = 0, edge = 0; node < dag.NodeCount; node++)
        {
            inspection.Step(node);
            foreach (int link in graph.Out(node))
            {
                sources[edge] = pointOf[node];
                targets[edge++] = Topology.Pack(pointOf[Topology.Node(link)], EdgeKind.Data);
            }
        }

        int[] order = new int[dag.EdgeCount];
        var merged = Topology.FromEdges(dag.NodeCount, sources, targets, order);
        return [.. CycleSearch.Find(merged, inspection.Cancellation).Select(edge => order[edge])];
    }

    /// <summary>True when a way from one of the nodes to another leads through a node that is no collective. O(V + E).</summary>
    private static bool FeedsItself(Dag dag, List<int> nodes)
    {
        var members = nodes.ToHashSet();
        var seen = new HashSet<(int, bool)>();
        var open = new Stack<(int Node, bool Computed)>(nodes.Select(node => (node, false)));
        while (open.TryPop(out (int Node, bool Computed) at))
        {
            foreach (int link in dag.Topology.Out(at.Node))
            {
                int target = Topology.Node(link);
                if (members.Contains(target) && at.Computed)
                    return true;
                (int, bool) next = (target, at.Computed || !IsCollective(dag.FactsOf(target)));
                if (seen.Add(next))
                    open.Push(next);
            }
        }

        return false;
    }

    /// <summary>Names the collectives along a cycle, given as edges in order, and the GPUs on which each comes before the next.</summary>
    private static void Tell(Inspection inspection, int[] edges)
    {
        Dag dag = inspection.Dag;
        Topology graph = dag.Topology;
        int start = Array.FindIndex(edges, edge => IsCollective(dag.FactsOf(graph.SourceOf(edge))));
        var steps = new List<string>();
        int entered = -1;
        for (int i = 0; i < edges.Length; i++)
        {
            int edge = edges[(start + i) % edges.Length], source = graph.SourceOf(edge), target = graph.TargetOf(edge);
            inspection.MarkEdge(edge);
            inspection.MarkNode(source);
            inspection.MarkNode(target);
            if (IsCollective(dag.FactsOf(source)))
                entered = source;
            if (IsCollective(dag.FactsOf(target)))
                steps.Add($"{inspection.NodeText(entered)} before {inspection.NodeText(target)}{On(dag, entered, target)}");
        }

        const int Named = 6;
        string more = steps.Count > Named ? $" and {Words.Count(steps.Count - Named, "more step")}" : "";
        inspection.Fault(
            $"{Words.Count(steps.Count, "collective")} wait for each other: {string.Join(", ", steps.Take(Named))}{more}");
    }

    /// <summary>The GPUs that meet both collectives.</summary>
    private static string On(Dag dag, int first, int second) =>
        dag.GpusOf(first) is GpuSet before && dag.GpusOf(second) is GpuSet after && before.Overlaps(after)
            ? $" on GPU {Inspection.OneLine(before.Intersect(after).ToString())}" : "";

    /// <summary>
    /// True when a cycle runs through collectives and no GPU has all of it to itself, while each step between two collectives stays on GPUs
    /// that both share: members meet the collectives in different orders.
    /// </summary>
    private static bool CrossesGpus(Dag dag, int[] cycle)
    {
        int[] nodes = [.. cycle.Select(dag.Topology.SourceOf)];
        int start = Array.FindIndex(nodes, node => IsCollective(dag.FactsOf(node)));
        if (start < 0)
            return false;
        GpuSet? all = null, step = null;
        int collectives = 0;
        for (int i = 0; i <= nodes.Length; i++)
        {
            int node = nodes[(start + i) % nodes.Length];
            if (dag.GpusOf(node) is not GpuSet gpus)
                return false;
            all = all?.Intersect(gpus) ?? gpus;
            step = step?.Intersect(gpus) ?? gpus;
            if (step.IsEmpty)
                return false;
            if (IsCollective(dag.FactsOf(node)))
            {
                step = gpus;
                collectives++;
            }
        }

        return collectives > 2 && all!.IsEmpty;
    }

    /// <summary>What the nodes of one collective agree in.</summary>
    private static Key KeyOf(Dag dag, int node, int rank)
    {
        NodeFacts facts = dag.FactsOf(node);
        NodeScope scope = dag.ScopeOf(node);
        return new Key(scope.Phase, scope.Stage, scope.Layer, scope.MicroBatch, facts.Op, facts.Collective, WithoutRank(facts.Name, rank));
    }

    /// <summary>A name without the rank's own number: <c>All-Reduce a (rank 3)</c> and <c>ar_a_3</c> on GPU 3.</summary>
    private static string WithoutRank(string name, int rank)
    {
        string number = rank.ToString(CultureInfo.InvariantCulture);
        string bare = RankWords()
            .Replace(name, match => match.Groups[2].ValueSpan.SequenceEqual(number) ? match.Groups[1].Value : match.Value);
        return bare.EndsWith("_" + number, StringComparison.Ordinal) && !OtherNumber().IsMatch(bare) ? bare[..^(number.Length + 1)] : bare;
    }

    // The number at the end of layer_4 or expert_4 counts something else than ranks.
    [GeneratedRegex(@"(?<![A-Za-z])(layers?|blocks?|stages?|experts?|steps?|batch|mb|l|s|e)_\d+$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex OtherNumber();

    // "to GPU 8" tells where tokens go, and LAYER4 is no rank 4.
    [GeneratedRegex(@"(?<!\b(?:to|from)[ ]+)(^|[^A-Za-z0-9])(?:gpus?|ranks?|devices?|g|r)[ :#_=-]?(\d+)(?!\d)[)\]]?",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex RankWords();

    private readonly record struct Key(PhaseId? Phase, int? Stage, int? Layer, int MicroBatch, string? Op, CollectiveKind Collective,
        string Name);
}
