using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Chakra.Writing;

/// <summary>
/// One order of all nodes that every rank keeps: of the nodes whose predecessors are numbered the first by (phase, micro-batch, index)
/// comes
/// next (Kahn with a heap). Micro-batches do not interleave, and all members of all groups meet their collectives alike.
/// </summary>
internal static class TotalOrder
{
    /// <summary>The nodes in order. O(V + E) where sorting by the key is enough, O(V log V + E) otherwise.</summary>
    /// <exception cref="InputException">The graph has a cycle.</exception>
    public static int[] Of(Dag dag, CancellationToken cancellation)
    {
        int[] classes = ClassOfScope(dag, out int count);
        int[] sorted = Sorted(dag, classes, count);
        return IsOrder(dag, classes, cancellation) ? sorted : Kahn(dag, classes, cancellation);
    }

    /// <summary>The rank of each scope's (phase, micro-batch) among all.</summary>
    private static int[] ClassOfScope(Dag dag, out int count)
    {
        (int Phase, int MicroBatch)[] keys = [.. dag.ScopeTable.ToArray().Select(scope => ((int?)scope.Phase ?? 0, scope.MicroBatch))];
        (int, int)[] distinct = [.. keys.Distinct().Order()];
        count = distinct.Length;
        return [.. keys.Select(key => Array.BinarySearch(distinct, key))];
    }

    /// <summary>The nodes by class, those of one by index: a counting sort.</summary>
    private static int[] Sorted(Dag dag, int[] classes, int count)
    {
        int[] starts = new int[count + 1];
        foreach (int scope in dag.ScopeColumn)
            starts[classes[scope] + 1]++;
        for (int i = 1; i < starts.Length; i++)
            starts[i] += starts[i - 1];
        int[] order = new int[dag.NodeCount];
        for (int node = 0; node < order.Length; node++)
            order[starts[classes[dag.ScopeColumn[node]]]++] = node;
        return order;
    }

    /// <summary>
    /// True when every edge leads forward in the sorted order, which then is the very order that the heap would find. Where nothing
    /// follows a node that takes no part, as behind an Output, its place does not matter.
    /// </summary>
    private static bool IsOrder(Dag dag, int[] classes, CancellationToken cancellation)
    {
        for (int node = 0; node < dag.NodeCount; node++)
        {
            if (node % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            int own = classes[dag.ScopeColumn[node]];
            foreach (int link in dag.Topology.Out(node))
            {
                int target = Topology.Node(link), other = classes[dag.ScopeColumn[target]];
                if ((other < own || (other == own && target <= node))
                    && !(dag.FactsOf(target).Kind == NodeKind.Output && dag.Topology.OutDegree(target) == 0))
                    return false;
            }
        }

        return true;
    }

    private static int[] Kahn(Dag dag, int[] classes, CancellationToken cancellation)
    {
        int[] order = TopologicalOrder.ByKey(dag.Topology, node => ((long)classes[dag.ScopeColumn[node]] << 32) | (uint)node, cancellation);
        return order.Length == dag.NodeCount ? order : throw new InputException(
            $"the graph {dag.Name} has a cycle, so no trace of it would end (paralleldag check names it); break the cycle");
    }
}
