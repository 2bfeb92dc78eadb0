using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Layouts;

/// <summary>
/// Folds rows of alike shards: of more than <see cref="Most"/> nodes of a layer that do the same on other GPUs (144 expert groups) the
/// first two and the last are drawn, and one that stands for the others between them. O(V).
/// </summary>
internal static class ShardFolding
{
    /// <summary>So many alike shards are drawn one by one.</summary>
    public const int Most = 16;

    /// <summary>Removes shards from <paramref name="groups"/>, makes them invisible and notes who stands for them.</summary>
    /// <returns>What the nodes say that stand for others: two lines.</returns>
    public static Dictionary<int, string[]> Fold(Dag dag, List<StageGroup> groups, bool[] visible, int[] standIn, List<FoldedRun> runs)
    {
        var words = new Dictionary<int, string[]>();
        int[] work = AlikeNodes.Canonical(dag, WorkOf);
        foreach (StageGroup group in groups)
        {
            foreach (Segment segment in group.Segments)
            {
                foreach (IGrouping<int, int> alike in segment.Nodes.GroupBy(node => work[dag.FactsColumn[node]])
                    .Where(alike => alike.Count() > Most).ToList())
                {
                    int[] nodes = [.. alike.OrderBy(node => dag.GpusOf(node)?.First ?? 0)];
                    int stands = nodes[2];
                    int[] hidden = nodes[3..^1];
                    foreach (int node in hidden)
                        (visible[node], standIn[node]) = (false, stands);
                    var gone = hidden.ToHashSet();
                    segment.Nodes.RemoveAll(gone.Contains);
                    string[] said = Lines(dag, nodes[2..^1]);
                    words.Add(stands, said);
                    runs.Add(new FoldedRun(group.Phase, group.Stage, string.Join(", ", said), dag.FactsOf(nodes[0]).Name));
                }
            }
        }

        return words;
    }

    /// <summary>What a node does, whatever its shard is called.</summary>
    private static NodeFacts WorkOf(NodeFacts facts) => facts with
    {
        Name = facts.Experts is null ? facts.Name : "", Experts = null, Shard = "", IdStem = "", Flops = 0,
        WireBytes = 0, HbmBytes = 0, Bytes = 0, Extent = 0, Time = null, Drawing = null, Members = 1,
        Input = TensorList.None, Output = TensorList.None,
    };

    private static string[] Lines(Dag dag, int[] nodes)
    {
        GpuSet gpus = GpuSet.UnionAll(nodes.Select(node => dag.GpusOf(node)).OfType<GpuSet>());
        string[] experts = [.. nodes.Select(node => dag.FactsOf(node).Experts).OfType<string>()];
        string more = Words.Invariant($"{nodes.Length} more");
        if (experts.Length == nodes.Length && GpuSet.TryParse(string.Join(',', experts), out GpuSet? all))
            more += $": experts {all}";
        return [more, gpus.IsEmpty ? "" : $"GPUs: {gpus}"];
    }
}
