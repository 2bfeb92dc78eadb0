using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Layouts;

/// <summary>
/// A numbering of the nodes in which as good as every edge leads forward: the topological order where there is one. A graph with
/// cycles is numbered by reverse finishing times of a depth-first search, so that just the edges which close a cycle lead back
/// (Cormen et al., "Introduction to Algorithms", section 22.3). O(V + E) time, O(V) space, no recursion.
/// </summary>
internal static class ForwardOrder
{
    /// <summary>All nodes in order.</summary>
    public static int[] Compute(Topology graph, CancellationToken cancellation)
    {
        if (TopologicalOrder.TryCompute(graph, out int[] order, cancellation))
            return order;

        int count = graph.NodeCount, next = count;
        order = new int[count];
        bool[] entered = new bool[count];
        var path = new Stack<(int Node, int NextLink)>();

        // Later roots finish later and so come first; going down from the last node keeps the file's order among unrelated ones.
        for (int root = count - 1; root >= 0; root--)
        {
            if (entered[root])
                continue;
            entered[root] = true;
            path.Push((root, graph.OutDegree(root) - 1));
            while (path.Count > 0)
            {
                (int node, int link) = path.Pop();
                if (link < 0)
                {
                    order[--next] = node;
                    continue;
                }

                path.Push((node, link - 1));
                int target = Topology.Node(graph.Out(node)[link]);
                if (!entered[target])
                {
                    entered[target] = true;
                    path.Push((target, graph.OutDegree(target) - 1));
                }
            }
        }

        return order;
    }
}
