using ParallelDag.Graphs;

namespace ParallelDag.Layouts;

/// <summary>
/// Folds runs of identical layers: of a stage's consecutive layers with equal nodes (facts, GPUs) joined by equal edges only the first
/// stays. An edge that leaves a folded node for a drawn one is drawn from the node that stands for it. O(V + E).
/// </summary>
internal sealed class LayerFolding
{
    private readonly Dag _dag;
    private readonly AlikeNodes _nodes;

    private LayerFolding(Dag dag) => (_dag, _nodes) = (dag, new AlikeNodes(dag));

    /// <summary>
    /// Removes folded segments from <paramref name="groups"/>, makes their nodes invisible and lists the runs.
    /// </summary>
    /// <returns>For each folded node the node that stands for it, else -1.</returns>
    public static int[] Fold(Dag dag, List<StageGroup> groups, bool[] visible, List<FoldedRun> runs)
    {
        var folding = new LayerFolding(dag);
        int[] standIn = new int[dag.NodeCount];
        Array.Fill(standIn, -1);
        foreach (Segment segment in groups.SelectMany(group => group.Segments))
            folding._nodes.AddPart(segment.Nodes);

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
            if (_dag.GpuColumn[left] != _dag.GpuColumn[right] || !_nodes.AreAlike(left, right))
                return false;
        }

        return true;
    }
}
