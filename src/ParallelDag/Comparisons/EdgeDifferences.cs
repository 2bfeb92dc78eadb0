using System.Runtime.InteropServices;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Comparisons;

/// <summary>Dependencies between operators that both sides have; what hangs on an operator that came or went goes without saying.</summary>
internal static class EdgeDifferences
{
    /// <summary>A row for each pair of operators between which edges differ.</summary>
    public static void Add(DifferenceRows rows, NodeMatch match)
    {
        var edges = new Dictionary<(int Source, int Target, EdgeKind Kind), int>(match.Reference.EdgeCount);
        Count(edges, match.Reference, node => match.OtherOf[node] >= 0 ? node : -1, -1);
        Count(edges, match.Difference, node => match.ReferenceOf[node], 1);
        foreach (var alike in edges.Where(edge => edge.Value != 0)
            .GroupBy(edge => (Source: Title(match.Reference, edge.Key.Source), Target: Title(match.Reference, edge.Key.Target),
                edge.Key.Kind,
                match.Reference.ScopeOf(edge.Key.Source).Phase))
            .OrderBy(alike => alike.Min(edge => edge.Key.Source)).ThenBy(alike => alike.Key.Target, StringComparer.Ordinal)
            .ThenBy(alike => alike.Key.Kind))
        {
            int removed = alike.Sum(edge => Math.Max(0, -edge.Value)), added = alike.Sum(edge => Math.Max(0, edge.Value));
            rows.Add(new DagDifference
            {
                Aspect = DifferenceAspect.Edge,
                Phase = alike.Key.Phase,
                Subject = $"{alike.Key.Source} -> {alike.Key.Target} ({alike.Key.Kind.ToName()})",
                Reference = Text(match.Reference, removed, alike.Where(edge => edge.Value < 0).Select(edge =>
                    (edge.Key.Source, edge.Key.Target))),
                Difference = Text(match.Difference, added,
                    alike.Where(edge => edge.Value > 0).Select(edge => (match.OtherOf[edge.Key.Source], match.OtherOf[edge.Key.Target]))),
                Layers = DifferenceRows.Layers(alike.Select(edge => match.Reference.ScopeOf(edge.Key.Source).Layer).OfType<int>()),
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

    private static void Count(Dictionary<(int, int, EdgeKind), int> edges, Dag dag, Func<int, int> nameOf, int step)
    {
        Topology graph = dag.Topology;
        for (int node = 0; node < dag.NodeCount; node++)
        {
            int source = nameOf(node);
            if (source < 0)
                continue;
            int first = graph.FirstEdge(node), last = first + graph.OutDegree(node);
            for (int edge = first; edge < last; edge++)
            {
                int target = nameOf(graph.TargetOf(edge));
                if (target < 0)
                    continue;
                ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(edges, (source, target, graph.KindOf(edge)), out _);
                count += step;
            }
        }
    }

    private static string Title(Dag dag, int node) => dag.FactsOf(node).Operator?.Title ?? dag.FactsOf(node).Name;
}
