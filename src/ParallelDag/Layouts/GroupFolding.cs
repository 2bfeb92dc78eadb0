using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Layouts;

/// <summary>
/// Folds stages and micro-batches that are alike: of a phase's groups (a micro-batch of a stage) with equal nodes but for their GPUs,
/// joined by equal edges, only the first stays. Runs after <see cref="LayerFolding"/>. O(V + E) for each kind of group.
/// </summary>
internal sealed class GroupFolding
{
    private readonly Dag _dag;
    private readonly AlikeNodes _nodes;

    private GroupFolding(Dag dag) => (_dag, _nodes) = (dag, new AlikeNodes(dag));

    /// <summary>Removes folded groups, makes their nodes invisible, notes who stands for them and lists what is folded.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="groups">The groups, in drawing order.</param>
    /// <param name="visible">Whether each node is drawn.</param>
    /// <param name="standIn">For each folded node the node that stands for it, else -1.</param>
    /// <param name="runs">What is folded.</param>
    public static void Fold(Dag dag, List<StageGroup> groups, bool[] visible, int[] standIn, List<FoldedRun> runs)
    {
        var folding = new GroupFolding(dag);
        foreach (StageGroup group in groups)
            folding._nodes.AddPart(group.Segments.SelectMany(segment => segment.Nodes));

        var kept = new List<StageGroup>();
        foreach (StageGroup group in groups)
        {
            // What is not known to be a stage or a micro-batch has no name to be folded under.
            StageGroup? model = group.Stage is null ? null
                : kept.Find(other => other.Phase == group.Phase && other.Stage is not null && folding.AreAlike(other, group));
            if (model is null)
            {
                kept.Add(group);
                continue;
            }

            model.Alike.Add(group);
            foreach ((int node, int match) in group.Segments.SelectMany(segment => segment.Nodes)
                .Zip(model.Segments.SelectMany(segment => segment.Nodes)))
            {
                standIn[node] = match;
                visible[node] = false;
            }
        }

        for (int node = 0; node < standIn.Length; node++)
        {
            if (standIn[node] >= 0 && standIn[standIn[node]] >= 0)
                standIn[node] = standIn[standIn[node]]; // A layer that is folded into one of a stage that is folded.
        }

        groups.Clear();
        groups.AddRange(kept);
        runs.AddRange(kept.Where(group => group.Alike.Count > 0)
            .Select(group => new FoldedRun(group.Phase, group.Stage, NameOf(group.Alike), NameOf([group]))));
    }

    /// <summary>
    /// What groups are called: <c>stages 2-3</c>, <c>stage 1, micro-batches 1-7</c>; where they are no rectangle of the two, how many
    /// there are.
    /// </summary>
    public static string NameOf(IReadOnlyList<StageGroup> groups)
    {
        int[] stages = [.. groups.Select(group => group.Stage!.Value).Distinct().Order()];
        int[] batches = [.. groups.Select(group => group.MicroBatch).Distinct().Order()];
        if (stages.Length * batches.Length != groups.Count)
            return Words.Invariant($"{groups.Count} micro-batches of stages {Ranges(stages)}");
        string name = $"{(stages.Length == 1 ? "stage" : "stages")} {Ranges(stages)}";
        return batches[0] < 0 ? name : $"{name}, {(batches.Length == 1 ? "micro-batch" : "micro-batches")} {Ranges(batches)}";
    }

    private static string Ranges(int[] numbers) => GpuSet.FromGpus(numbers).ToString();

    private bool AreAlike(StageGroup model, StageGroup group)
    {
        if (model.Segments.Count != group.Segments.Count)
            return false;
        for (int i = 0; i < model.Segments.Count; i++)
        {
            Segment one = model.Segments[i], other = group.Segments[i];
            if (one.Section != other.Section || one.Nodes.Count != other.Nodes.Count || one.Fold?.Count != other.Fold?.Count)
                return false;
            for (int k = 0; k < one.Nodes.Count; k++)
            {
                if (!AreAlike(one.Nodes[k], other.Nodes[k]))
                    return false;
            }
        }

        return true;
    }

    private bool AreAlike(int node, int other) =>
        _dag.GpusOf(node)?.Count == _dag.GpusOf(other)?.Count && _nodes.AreAlike(node, other);
}
