namespace ParallelDag.Graphs.Algorithms;

/// <summary>
/// Strongly connected components: largest sets of nodes of which each reaches every other. A component of several nodes, or of one with an
/// edge to itself, holds a cycle; a DAG has none of these. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1
/// (1972), with a stack of its own in place of recursion. O(V + E) time, O(V) space.
/// </summary>
public static class StrongComponents
{
    /// <summary>The component of every node. Components are numbered from 0 so that every edge between two of them leads to a higher
    /// number.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="count">How many components there are.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static int[] Compute(Topology graph, out int count, CancellationToken cancellation = default)
    {
        int nodes = graph.NodeCount;
        int[] component = new int[nodes];
        int[] low = new int[nodes]; // 0: not met yet; else the lowest number that the node's search has come back to, numbers from 1
        int[] next = new int[nodes]; // how many of the node's edges have been followed
        var path = new Stack<int>();
        var open = new Stack<int>(); // met, but of no finished component
        bool[] isOpen = new bool[nodes];
        int[] number = new int[nodes];
        int met = 0;
        count = 0;
        for (int start = 0; start < nodes; start++)
        {
            if (number[start] != 0)
                continue;
            Enter(start);
            while (path.TryPeek(out int node))
            {
                if (next[node] < graph.OutDegree(node))
                {
                    int target = graph.TargetOf(graph.FirstEdge(node) + next[node]++);
                    if (number[target] == 0)
                        Enter(target);
                    else if (isOpen[target])
                        low[node] = Math.Min(low[node], number[target]);
                    continue;
                }

                path.Pop();
                if (path.TryPeek(out int parent))
                    low[parent] = Math.Min(low[parent], low[node]);
                if (low[node] != number[node])
                    continue;
                int member;
                do
                {
                    member = open.Pop();
                    isOpen[member] = false;
                    component[member] = count;
                }
                while (member != node);
                count++;
            }
        }

        // A component is finished after all that it leads to: backwards, the numbers rise along the edges.
        for (int node = 0; node < nodes; node++)
            component[node] = count - 1 - component[node];
        return component;

        void Enter(int node)
        {
            if (met % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            number[node] = low[node] = ++met;
            path.Push(node);
            open.Push(node);
            isOpen[node] = true;
        }
    }
}
