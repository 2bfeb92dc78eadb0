using ParallelDag.Graphs;

namespace ParallelDag.Layouts.Slides;

/// <summary>
/// An order of a segment's nodes from top to bottom that keeps to the direction of edges and puts a side branch right above what
/// consumes it: filled from the end, of the nodes whose successors all stand the one with the shortest way from the start comes next
/// (so shared experts stand above the aggregation, not between router and selection), of one operator the last (so the blocks of ring
/// attention stand in the order of their steps). O(n^2 + edges) for n nodes, which are few.
/// </summary>
internal static class ChainOrder
{
    /// <summary>The nodes in order.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="nodes">Some of its nodes.</param>
    /// <param name="position">The place of each node of the DAG in an order in which as good as all edges lead forward.</param>
    public static List<int> Of(Dag dag, IReadOnlyList<int> nodes, int[] position)
    {
        int[] forward = [.. nodes.OrderBy(node => position[node])];
        Dictionary<int, int> depth = forward.ToDictionary(node => node, _ => 0);
        Dictionary<int, int> waiting = forward.ToDictionary(node => node, _ => 0);
        foreach (int node in forward)
        {
            foreach (int target in Targets(node))
            {
                depth[target] = Math.Max(depth[target], depth[node] + 1);
                waiting[node]++;
            }
        }

        var order = new List<int>(forward.Length);
        var left = new List<int>(forward);
        while (left.Count > 0)
        {
            int nearest = left.Where(node => waiting[node] == 0)
                .OrderBy(node => depth[node]).ThenByDescending(node => position[node]).First();
            int next = left.Where(node => waiting[node] == 0 && dag.FactsOf(node).Op == dag.FactsOf(nearest).Op)
                .MaxBy(node => position[node]);
            order.Add(next);
            left.Remove(next);
            foreach (int link in dag.Topology.In(next))
            {
                int source = Topology.Node(link);
                bool counts = position[source] < position[next] && Topology.Kind(link) != EdgeKind.Order;
                if (counts && waiting.TryGetValue(source, out int targets))
                    waiting[source] = targets - 1;
            }
        }

        order.Reverse();
        return order;

        IEnumerable<int> Targets(int node)
        {
            for (int i = 0; i < dag.Topology.OutDegree(node); i++)
            {
                int link = dag.Topology.Out(node)[i], target = Topology.Node(link);
                if (depth.ContainsKey(target) && position[target] > position[node] && Topology.Kind(link) != EdgeKind.Order)
                    yield return target;
            }
        }
    }
}
