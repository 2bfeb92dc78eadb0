namespace ParallelDag.Graphs.Algorithms;

/// <summary>
/// Weakly connected components: the pieces that a graph falls into when edges are followed either way. Breadth-first search over both
/// directions. O(V + E) time, O(V) space.
/// </summary>
public static class WeakComponents
{
    /// <summary>The component of every node; components are numbered from 0 by their lowest node.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="count">How many components there are.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static int[] Compute(Topology graph, out int count, CancellationToken cancellation = default)
    {
        int[] component = new int[graph.NodeCount];
        Array.Fill(component, -1);
        int[] queue = new int[graph.NodeCount];
        count = 0;
        for (int start = 0; start < component.Length; start++)
        {
            if (component[start] >= 0)
                continue;
            int head = 0, tail = 0;
            component[start] = count;
            queue[tail++] = start;
            while (head < tail)
            {
                if (head % TopologicalOrder.CancellationStride == 0)
                    cancellation.ThrowIfCancellationRequested();
                int node = queue[head++];
                foreach (int link in graph.Out(node))
                    Join(Topology.Node(link), count, ref tail);
                foreach (int link in graph.In(node))
                    Join(Topology.Node(link), count, ref tail);
            }

            count++;
        }

        return component;

        void Join(int node, int number, ref int tail)
        {
            if (component[node] >= 0)
                return;
            component[node] = number;
            queue[tail++] = node;
        }
    }
}
