using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.StageOverview;

/// <summary>Stages of a phase that are alike, with what a micro-batch passes in them.</summary>
/// <param name="First">The first stage, from 1.</param>
/// <param name="Last">The last.</param>
/// <param name="Groups">Blocks with a heading: entry, kinds of layers, exit; the heading of a section that runs once is empty.</param>
/// <param name="Message">Bytes of the message to the next stage, all ranks, one micro-batch; 0 behind the last.</param>
internal sealed record StageColumn(int First, int Last, IReadOnlyList<(string Heading, IReadOnlyList<LayerBlock> Blocks)> Groups,
    Int128 Message)
{
    private const int MostKinds = 3, MostRanges = 4;

    /// <summary>True where not all of the stages have as many layers.</summary>
    public bool Varies { get; init; }

    /// <summary>Rows of text and blocks.</summary>
    public int Rows => Groups.Sum(group => group.Blocks.Count);

    /// <summary>The columns of a phase; beyond <paramref name="most"/> the stages between the ends share one, and where there is not
    /// even room for three, all of them.</summary>
    public static IReadOnlyList<StageColumn> Of(DeploymentPlan plan, PhaseLayout layout, int most)
    {
        var columns = layout.Stages.Select(stage => Of(plan, layout, stage)).ToList();
        return columns.Count <= most ? columns : most < 3 ? [Whole(columns)] : [columns[0], Fold(columns[1..^1]), columns[^1]];
    }

    /// <summary>One column for all stages: the entry is of the first, the exit of the last.</summary>
    private static StageColumn Whole(List<StageColumn> columns)
    {
        StageColumn common = Fold(columns);
        return common with
        {
            Groups = [columns[0].Groups[0], .. common.Groups.Where(group => group.Heading.Length > 0), columns[^1].Groups[^1]],
        };
    }

    // The stages between the ends: they may differ by a layer or two; the commonest stands for all.
    private static StageColumn Fold(List<StageColumn> columns)
    {
        static string Times(StageColumn column) =>
            string.Join(", ", column.Groups.Where(group => group.Heading.Length > 0).Select(group => group.Heading.Split('|')[1]));
        StageColumn common = columns.GroupBy(Times).OrderByDescending(alike => alike.Count()).First().First();
        return common with
        {
            First = columns[0].First,
            Last = columns[^1].Last,
            Varies = columns.Select(Times).Distinct().Skip(1).Any(),
            Message = columns[0].Message,
        };
    }

    private static StageColumn Of(DeploymentPlan plan, PhaseLayout layout, DagStage stage)
    {
        PhaseSections sections = plan.Sections(layout);
        int[] gpus = layout.StageGpus[stage.Index - 1];
        var groups = new List<(string, IReadOnlyList<LayerBlock>)>();
        if (stage.Index == 1)
            groups.Add(("", LayerBlock.OfSection("Embedding", sections.Entry, plan.Cluster, gpus)));
        var kinds = Enumerable.Range(stage.FirstLayer, stage.LastLayer - stage.FirstLayer + 1)
            .GroupBy(layer => plan.Model.KindOfLayer[layer - 1]).ToList();
        List<IGrouping<int, int>> drawn = [.. kinds.OrderByDescending(layers => layers.Count()).Take(MostKinds)];
        foreach (IGrouping<int, int> layers in drawn.OrderBy(layers => layers.First()))
        {
            string noun = layers.Count() == 1 ? "layer" : "layers";
            groups.Add((Words.Invariant($"{noun} {Numbers([.. layers])}{Reach(plan, layout, layers.Key)}|{layers.Count()} x"),
                LayerBlock.OfLayer(sections.Kinds[layers.Key], plan.Cluster, gpus)));
        }

        if (kinds.Count > MostKinds)
        {
            int[] rest = [.. kinds.Except(drawn).SelectMany(layers => layers)];
            string noun = rest.Length == 1 ? "layer" : "layers";
            groups.Add((Words.Invariant($"other kinds: {noun} {Numbers(rest)}|{rest.Length} x"), []));
        }

        if (stage.Index == layout.Stages.Count)
            groups.Add(("", LayerBlock.OfSection("LM head and sampling", sections.Exit, plan.Cluster, gpus)));
        OperatorProgram last = sections.Layer(stage.LastLayer);
        Int128 message = stage.Index == layout.Stages.Count ? 0
            : Enumerable.Range(0, gpus.Length).Aggregate((Int128)0, (sum, rank) => sum + last.Output.Tensor.LocalBytes(rank));
        return new StageColumn(stage.Index, stage.Index, groups, message);
    }

    /// <summary><c>1-35</c>, <c>1,3,5 to 35</c>.</summary>
    private static string Numbers(int[] layers)
    {
        var set = GpuSet.FromGpus(layers);
        return set.RangeCount <= MostRanges ? set.ToString() : Words.Invariant($"{string.Join(',', layers[..3])} to {layers[^1]}");
    }

    /// <summary>How far attention reaches back where that is not all the way: what else tells such layers from the others.</summary>
    private static string Reach(DeploymentPlan plan, PhaseLayout layout, int kind)
    {
        long length = plan.Context(layout).Length, reach = plan.Model.LayerKinds[kind].Mixer?.CachedPositions(length) ?? 0;
        return reach > 0 && reach < length ? Words.Invariant($", last {reach:N0} positions") : "";
    }
}
