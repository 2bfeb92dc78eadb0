using ParallelDag.Graphs;

namespace ParallelDag.Layouts.Slides;

/// <summary>
/// Draws what a layer is made of once a phase: layers that another stage draws already, alike but for their GPUs and how many they are,
/// become a note; stages that then differ in nothing but their layers become one. Runs after <see cref="GroupFolding"/>. O(V + E) for each
/// kind of layer.
/// </summary>
internal sealed class SegmentFolding
{
    private const int FewestNodes = 3;

    private readonly Dag _dag;
    private readonly AlikeNodes _nodes;

    private SegmentFolding(Dag dag) => (_dag, _nodes) = (dag, new AlikeNodes(dag, OfOneLayer));

    /// <summary>Removes folded groups from <paramref name="groups"/> and notes what is folded.</summary>
    /// <returns>For each segment that is a note the one that is drawn for it.</returns>
    public static Dictionary<Segment, Segment> Fold(Dag dag, List<StageGroup> groups, bool[] visible, int[] standIn, List<FoldedRun> runs)
    {
        var folding = new SegmentFolding(dag);
        foreach (Segment segment in groups.SelectMany(group => group.Segments))
            folding._nodes.AddPart(segment.Nodes);
        var drawnFor = new Dictionary<Segment, Segment>();
        foreach (IGrouping<PhaseId?, StageGroup> phase in groups.GroupBy(group => group.Phase))
        {
            var models = new List<Segment>();
            foreach (StageGroup group in phase)
            {
                foreach (Segment segment in group.Segments.Where(MayFold))
                {
                    Segment? model = models.Find(other => folding.AreAlike(other, segment));
                    if (model is null)
                    {
                        models.Add(segment);
                        continue;
                    }

                    drawnFor.Add(segment, model);
                    Note(segment.Nodes, model.Nodes);
                    runs.Add(new FoldedRun(group.Phase, group.Stage, NameOf(segment), NameOf(model)));
                }
            }
        }

        var kept = new List<StageGroup>();
        foreach (StageGroup group in groups)
        {
            StageGroup? model = kept.Find(other => other.Phase == group.Phase && folding.AreAlike(other, group, drawnFor));
            if (model is null)
            {
                kept.Add(group);
                continue;
            }

            model.Alike.Add(group);
            model.Alike.AddRange(group.Alike);
            foreach ((Segment own, Segment other) in group.Segments.Zip(model.Segments))
                Note(own.Nodes, other.Nodes);
        }

        groups.Clear();
        groups.AddRange(kept);
        return drawnFor;

        void Note(List<int> nodes, List<int> models)
        {
            foreach ((int node, int model) in nodes.Zip(models))
                (visible[node], standIn[node]) = (false, model);
        }
    }

    /// <summary><c>layers 5-8</c>.</summary>
    public static string NameOf(Segment segment)
    {
        bool several = GpuSet.TryParse(segment.LayerRanges, out GpuSet? layers) && layers.Count > 1;
        return $"{(several ? "layers" : "layer")} {segment.LayerRanges}";
    }

    private static bool MayFold(Segment segment) => segment.LayerRanges is not null && segment.Nodes.Count >= FewestNodes;

    /// <summary>What a block of one layer does, however many layers it stands for.</summary>
    private static NodeFacts OfOneLayer(NodeFacts facts) => facts with
    {
        IdStem = "", Flops = 0, WireBytes = 0, HbmBytes = 0, Bytes = 0, Groups = 0, Members = 1, Extent = 0, Time = null, Drawing = null,
        Senders = null,
    };

    private bool AreAlike(Segment one, Segment other)
    {
        if (one.Nodes.Count != other.Nodes.Count)
            return false;
        for (int i = 0; i < one.Nodes.Count; i++)
        {
            if (_dag.GpusOf(one.Nodes[i])?.Count != _dag.GpusOf(other.Nodes[i])?.Count || !_nodes.AreAlike(one.Nodes[i], other.Nodes[i]))
                return false;
        }

        return true;
    }

    // Stages whose layers are drawn elsewhere, the same ones, and whose other nodes are alike.
    private bool AreAlike(StageGroup model, StageGroup group, Dictionary<Segment, Segment> drawnFor)
    {
        if (model.Segments.Count != group.Segments.Count || !model.Segments.Exists(drawnFor.ContainsKey))
            return false;
        for (int i = 0; i < model.Segments.Count; i++)
        {
            Segment? one = drawnFor.GetValueOrDefault(model.Segments[i]), other = drawnFor.GetValueOrDefault(group.Segments[i]);
            if (one != other || model.Segments[i].Section != group.Segments[i].Section)
                return false;
            if (one is null && !AreAlike(model.Segments[i], group.Segments[i]))
                return false;
        }

        return true;
    }
}
