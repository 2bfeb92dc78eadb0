using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Comparisons;

/// <summary>Dependencies between operators that both sides have; what hangs on an operator that came or went goes without saying.</summary>
internal static class EdgeDifferences
{
    /// <summary>A row for each pair of operators between which edges differ.</summary>
    public static void Add(DifferenceRows rows, NodeMatch match)
    {
        foreach (var alike in Differing(match)
            .GroupBy(edge => (Source: Title(match.Reference, edge.Source), Target: Title(match.Reference, edge.Target), edge.Kind,
                match.Reference.ScopeOf(edge.Source).Phase))
            .OrderBy(alike => alike.Min(edge => edge.Source)).ThenBy(alike => alike.Key.Target, StringComparer.Ordinal)
            .ThenBy(alike => alike.Key.Kind))
        {
            int removed = alike.Sum(edge => Math.Max(0, -edge.Added)), added = alike.Sum(edge => Math.Max(0, edge.Added));
            rows.Add(new DagDifference
            {
                Aspect = DifferenceAspect.Edge,
                Phase = alike.Key.Phase,
                Subject = $"{alike.Key.Source} -> {alike.Key.Target} ({alike.Key.Kind.ToName()})",
                Reference = Text(match.Reference, removed, alike.Where(edge => edge.Added < 0).Select(edge => (edge.Source, edge.Target))),
                Difference = Text(match.Difference, added,
                    alike.Where(edge => edge.Added > 0).Select(edge => (match.OtherOf[edge.Source], match.OtherOf[edge.Target]))),
                Layers = DifferenceRows.Layers(alike.Select(edge => match.Reference.ScopeOf(edge.Source).Layer).OfType<int>()),
            });
        }
    }

    private static string? Text(Dag dag, int count, IEnumerable<(int Source, int Target)> edges)
    {
        if (count == 0)
            return null;
        (int source, int target) = edges.Min();
        return $"{Words.Count(count, "edge")} that the other lacks, such as {dag.IdOf(source)} -> {dag.IdOf(target)}";
    }

    /// <summary>
    /// Edges of which one side has more than the other, by nodes of the reference. What leaves a node is sorted on both sides and read side
    /// by side. O(E log d) time at most d edges from a node.
    /// </summary>
    private static List<(int Source, int Target, EdgeKind Kind, int Added)> Differing(NodeMatch match)
    {
        var differing = new List<(int, int, EdgeKind, int)>();
        List<(int Target, EdgeKind Kind)> before = [], after = [];
        Func<int, int> kept = target => match.OtherOf[target] < 0 ? -1 : target, known = target => match.ReferenceOf[target];
        for (int node = 0; node < match.Reference.NodeCount; node++)
        {
            int other = match.OtherOf[node];
            if (other < 0)
                continue;
            Leaving(match.Reference.Topology, node, before, kept);
            Leaving(match.Difference.Topology, other, after, known);
            for (int left = 0, right = 0; left < before.Count || right < after.Count;)
            {
                int order = left == before.Count ? 1 : right == after.Count ? -1 : before[left].CompareTo(after[right]);
                (int target, EdgeKind kind) = order <= 0 ? before[left] : after[right];
                if (order != 0)
                    differing.Add((node, target, kind, order));
                left += order <= 0 ? 1 : 0;
                right += order >= 0 ? 1 : 0;
            }
        }

        return differing;
    }

    /// <summary>What leaves a node for nodes that both sides have, sorted.</summary>
    private static void Leaving(Topology graph, int node, List<(int Target, EdgeKind Kind)> edges, Func<int, int> nameOf)
    {
        edges.Clear();
        bool sorted = true;
        int first = graph.FirstEdge(node), last = first + graph.OutDegree(node);
        for (int edge = first; edge < last; edge++)
        {
            int target = nameOf(graph.TargetOf(edge));
            if (target < 0)
                continue;
            (int, EdgeKind) own = (target, graph.KindOf(edge));
            sorted &= edges.Count == 0 || edges[^1].CompareTo(own) <= 0;
            edges.Add(own);
        }

        if (!sorted)
            edges.Sort();
    }

    private static string Title(Dag dag, int node) => dag.FactsOf(node).Operator?.Title ?? dag.FactsOf(node).Name;
}
