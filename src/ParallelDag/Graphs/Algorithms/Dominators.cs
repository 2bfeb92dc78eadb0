namespace ParallelDag.Graphs.Algorithms;

/// <summary>
/// Dominators of a DAG: u dominates v when every path to v from a node without predecessors passes u. The immediate dominator is the last
/// of them before v. In topological order it is the deepest common ancestor, in the tree of dominators built so far, of v's predecessors
/// (Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm", 2001; a DAG needs one pass). Ancestors are found over jump pointers
/// (Myers, "An applicative random-access stack", IPL 17, 1983). O(V + E log V) time, O(V) space.
/// </summary>
public static class Dominators
{
    /// <summary>The immediate dominator of every node; -1 for a node that no other dominates.</summary>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public static int[] Immediate(Topology graph, CancellationToken cancellation = default) =>
        Compute(graph, backwards: false, cancellation);

    /// <summary>The immediate post-dominator of every node: the first node that all paths from it to a node without successors pass; -1
    /// when there is none.</summary>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public static int[] ImmediatePost(Topology graph, CancellationToken cancellation = default) =>
        Compute(graph, backwards: true, cancellation);

    /// <summary>The nodes on every path from nodes without predecessors to nodes without successors, in order: what everything waits
    /// for.</summary>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public static int[] OfAllPaths(Topology graph, CancellationToken cancellation = default)
    {
        Tree tree = TreeOf(graph, backwards: false, cancellation);
        int common = -1;
        for (int node = 0; node < graph.NodeCount; node++)
        {
            if (graph.OutDegree(node) == 0)
                common = common < 0 ? node : tree.CommonAncestor(common, node);
        }

        var chain = new List<int>();
        for (int node = common; node >= 0 && node != tree.Root; node = tree.Parent(node))
            chain.Add(node);
        chain.Reverse();
        return [.. chain];
    }

    private static int[] Compute(Topology graph, bool backwards, CancellationToken cancellation)
    {
        Tree tree = TreeOf(graph, backwards, cancellation);
        int[] immediate = new int[graph.NodeCount];
        for (int node = 0; node < immediate.Length; node++)
            immediate[node] = tree.Parent(node) == tree.Root ? -1 : tree.Parent(node);
        return immediate;
    }

    private static Tree TreeOf(Topology graph, bool backwards, CancellationToken cancellation)
    {
        if (!TopologicalOrder.TryCompute(graph, out int[] order, cancellation))
            throw new InvalidOperationException("dominators are defined for graphs without cycles only");
        if (backwards)
            Array.Reverse(order);
        var tree = new Tree(graph.NodeCount);
        for (int i = 0; i < order.Length; i++)
        {
            if (i % TopologicalOrder.CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            int common = -1;
            foreach (int link in backwards ? graph.Out(order[i]) : graph.In(order[i]))
            {
                int before = Topology.Node(link);
                common = common < 0 ? before : tree.CommonAncestor(common, before);
            }

            tree.Attach(order[i], common < 0 ? tree.Root : common);
        }

        return tree;
    }

    /// <summary>A tree that grows by leaves and answers ancestors in O(log V): each node knows its parent and one jump further
    /// up.</summary>
    private sealed class Tree
    {
        private readonly int[] _parent;
        private readonly int[] _jump;
        private readonly int[] _depth;

        public Tree(int nodes)
        {
            Root = nodes;
            _parent = new int[nodes + 1];
            _jump = new int[nodes + 1];
            _depth = new int[nodes + 1];
            _parent[Root] = _jump[Root] = Root;
        }

        /// <summary>The root, which is no node of the graph.</summary>
        public int Root { get; }

        public int Parent(int node) => _parent[node];

        public void Attach(int node, int parent)
        {
            _parent[node] = parent;
            _depth[node] = _depth[parent] + 1;
            int jump = _jump[parent];
            _jump[node] = _depth[parent] - _depth[jump] == _depth[jump] - _depth[_jump[jump]] ? _jump[jump] : parent;
        }

        public int CommonAncestor(int one, int other)
        {
            if (_depth[one] < _depth[other])
                (one, other) = (other, one);
            while (_depth[one] > _depth[other])
                one = _depth[_jump[one]] >= _depth[other] ? _jump[one] : _parent[one];
            while (one != other)
            {
                // Nodes of one depth jump to one depth.
                bool jump = _jump[one] != _jump[other];
                (one, other) = jump ? (_jump[one], _jump[other]) : (_parent[one], _parent[other]);
            }

            return one;
        }
    }
}
