using ParallelDag.Graphs;

namespace ParallelDag.Layouts;

/// <summary>
/// Folds runs of identical layers: of a stage's consecutive layers with equal nodes (facts, GPUs) joined by equal edges only the first
/// stays. An edge that leaves a folded node for a drawn one is drawn from the node that stands for it. O(V + E).
/// </summary>
internal sealed class LayerFolding
{
    private readonly Dag _dag;
    private readonly int[] _canonicalFacts;
    private readonly int[] _placeInSegment;
    private readonly int[] _segmentOf;

    private LayerFolding(Dag dag)
    {
        _dag = dag;
        _canonicalFacts = Canonical(dag);
        _placeInSegment = new int[dag.NodeCount];
        _segmentOf = new int[dag.NodeCount];
    }

    /// <summary>For each entry of the facts table the first one that equals it.</summary>
    public static int[] Canonical(Dag dag)
    {
        int[] canonical = new int[dag.FactsTable.Length];
        var known = new Dictionary<NodeFacts, int>();
        for (int i = 0; i < canonical.Length; i++)
        {
            if (!known.TryGetValue(dag.FactsTable[i], out canonical[i]))
                known.Add(dag.FactsTable[i], canonical[i] = i);
        }

        return canonical;
    }

    /// <summary>
    /// Removes folded segments from <paramref name="groups"/>, makes their nodes invisible and lists the runs.
    /// </summary>
    /// <returns>For each folded node the node that stands for it, else -1.</returns>
    public static int[] Fold(Dag dag, List<StageGroup> groups, bool[] visible, List<FoldedRun> runs)
    {
        var folding = new LayerFolding(dag);
        int[] standIn = new int[dag.NodeCount];
        Array.Fill(standIn, -1);
        int number = 0;
        foreach (StageGroup group in groups)
        {
            foreach (Segment segment in group.Segments)
            {
                number++;
                for (int i = 0; i < segment.Nodes.Count; i++)
                {
                    folding._placeInSegment[segment.Nodes[i]] = i;
                    folding._segmentOf[segment.Nodes[i]] = number;
                }
            }
        }

        foreach (StageGroup group in groups)
        {
            var kept = new List<Segment>();
            Segment? first = null;
            foreach (Segment segment in group.Segments)
            {
                if (first is null || segment.Layers is not null || !folding.AreAlike(first, segment))
                {
                    kept.Add(segment);
                    first = segment.Section == Section.Layer ? segment : null;
                    continue;
                }

                first.Fold = new FoldedLayers(first.Fold?.First ?? segment.Layer!.Value, segment.Layer!.Value, first.Layer!.Value);
                for (int i = 0; i < segment.Nodes.Count; i++)
                {
                    standIn[segment.Nodes[i]] = first.Nodes[i];
                    visible[segment.Nodes[i]] = false;
                }
            }

            group.Segments = kept;
            runs.AddRange(kept.Where(segment => segment.Fold is not null)
                .Select(segment => new FoldedRun(group.Phase, group.Stage, segment.Fold!.Name, segment.Fold.LikeName)));
        }

        return standIn;
    }

    private bool AreAlike(Segment a, Segment b)
    {
        if (b.Section != Section.Layer || a.Nodes.Count != b.Nodes.Count)
            return false;
        for (int i = 0; i < a.Nodes.Count; i++)
        {
            int left = a.Nodes[i], right = b.Nodes[i];
            if (_canonicalFacts[_dag.FactsColumn[left]] != _canonicalFacts[_dag.FactsColumn[right]]
                || _dag.GpuColumn[left] != _dag.GpuColumn[right])
                return false;
            using IEnumerator<(int, EdgeKind)> inner = InnerLinks(left).GetEnumerator(), other = InnerLinks(right).GetEnumerator();
            while (inner.MoveNext())
            {
                if (!other.MoveNext() || inner.Current != other.Current)
                    return false;
            }

            if (other.MoveNext())
                return false;
        }

        return true;
    }

    private IEnumerable<(int Place, EdgeKind Kind)> InnerLinks(int node)
    {
        int count = _dag.Topology.OutDegree(node);
        for (int i = 0; i < count; i++)
        {
            int link = _dag.Topology.Out(node)[i];
            int target = Topology.Node(link);
            if (_segmentOf[target] == _segmentOf[node])
                yield return (_placeInSegment[target], Topology.Kind(link));
        }
    }
}
