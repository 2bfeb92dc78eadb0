using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Lowering;

/// <summary>A block of an overview: what it stands for, and the sums of it.</summary>
/// <param name="First">Its first step in the section.</param>
/// <param name="Last">Its last.</param>
/// <param name="Parts">Each step in the program of each size of pass, and for how many layers and passes together.</param>
/// <param name="Facts">The sums, without a time.</param>
internal sealed record OverviewBlock(
    int First, int Last, IReadOnlyList<(OperatorProgram Program, OperatorStep Step, long Times)> Parts, NodeFacts Facts)
{
    /// <summary>The blocks of a section that is drawn once for <paramref name="layers"/> (none: outside the layers).</summary>
    public static IEnumerable<OverviewBlock> Of(
        DeploymentPlan plan, PhaseLayout layout, DagStage stage, IReadOnlyList<int> layers, IReadOnlyList<PhasePass> passes,
        Func<PhaseSections, OperatorProgram> section)
    {
        // One program per distinct size of a pass; they have the same steps.
        var programs = passes.GroupBy(pass => (pass.Sequences, pass.Start, pass.Length))
            .Select(group => (Program: section(plan.Sections(layout, group.First())), Count: group.Count()))
            .ToList();
        IReadOnlyList<OperatorStep> steps = programs[0].Program.Steps;
        string shard = layers.Count > 0 && layers.Count < stage.LastLayer - stage.FirstLayer + 1
            ? ShardOf(plan.Model, stage, layers[0]) : "";
        int times = Math.Max(1, layers.Count);
        var stems = new HashSet<string>();
        foreach ((int first, int last) in Merge(steps))
        {
            (OperatorProgram, OperatorStep, long)[] parts = [.. programs.SelectMany(program => program.Program.Steps
                .Skip(first).Take(last - first + 1).Select(step => (program.Program, step, (long)program.Count * times)))];
            NodeFacts facts = Summarise(parts, steps[first], steps[last], shard);
            for (int again = 2; !stems.Add(facts.IdStem); again++)
                facts = facts with { IdStem = Words.Invariant($"{facts.Op}_{again}") };
            yield return new OverviewBlock(first, last, parts, facts);
        }
    }

    /// <summary>The block that a node of an overview is; null for what no section has: ends, messages of stages and phases.</summary>
    public static OverviewBlock? Find(DeploymentPlan plan, DagNode node)
    {
        if (node.PhaseId is not PhaseId phase || plan.Layout(phase) is not PhaseLayout layout || node.Stage is not int index)
            return null;
        DagStage stage = layout.Stages[index - 1];
        IEnumerable<OverviewBlock> blocks;
        if ((node.Layer ?? FirstOf(node.Layers)) is int layer)
        {
            int kind = plan.Model.KindOfLayer[layer - 1];
            IGrouping<int, int> layers = LayersByKind(plan.Model, stage).First(own => own.Key == kind);
            blocks = Of(plan, layout, stage, [.. layers], layout.Passes, sections => sections.Kinds[kind]);
        }
        else
        {
            blocks = stage.Index == 1 ? Of(plan, layout, stage, [], layout.Passes, sections => sections.Entry)
                : plan.Sections(layout).Receive is null ? []
                : Of(plan, layout, stage, [], layout.Passes, sections => sections.Receive!);
            if (stage.Index == layout.Stages.Count)
            {
                blocks = blocks.Concat(Of(plan, layout, stage, [], [.. layout.Passes.Where(pass => pass.Ends)],
                    sections => sections.Exit));
            }
        }

        NodeFacts facts = node.Facts;
        return blocks.FirstOrDefault(block => block.Facts.Op == facts.Op && block.Facts.IdStem == facts.IdStem
            && block.Facts.Shard == facts.Shard);
    }

    /// <summary>The layers of a stage by kind, in the order in which a token first meets them.</summary>
    public static IEnumerable<IGrouping<int, int>> LayersByKind(ModelSpec model, DagStage stage) =>
        Enumerable.Range(stage.FirstLayer, stage.LastLayer - stage.FirstLayer + 1).GroupBy(layer => model.KindOfLayer[layer - 1]);

    /// <summary>The time of the parts on one GPU, one after the other; bounded by what bounds the longest.</summary>
    public NodeTime TimeOn(TimeModel model, int[] gpus)
    {
        double seconds = 0;
        NodeTime longest = NodeTime.None;
        foreach ((OperatorProgram program, OperatorStep step, long times) in Parts)
        {
            NodeTime own = SectionTimes.OfStep(program, step, model, gpus);
            seconds += own.Seconds * times;
            if (own.Seconds * times > longest.Seconds)
                longest = own with { Seconds = own.Seconds * times };
        }

        return longest with { Seconds = seconds };
    }

    private static int? FirstOf(string? layers) => layers is not null && GpuSet.TryParse(layers, out GpuSet? set) ? set.First : null;

    /// <summary>What tells the chains of a stage with several kinds of layers apart: dense or moe where that is enough, else the kind's
    /// number.</summary>
    private static string ShardOf(ModelSpec model, DagStage stage, int layer)
    {
        int[] kinds = [.. LayersByKind(model, stage).Select(kind => kind.Key)];
        bool experts = model.Layer(layer).HasExperts;
        return kinds.Count(kind => model.LayerKinds[kind].HasExperts == experts) == 1 ? experts ? "moe" : "dense"
            : Words.Invariant($"k{model.KindOfLayer[layer - 1] + 1}");
    }

    /// <summary>Runs of consecutive computations; nothing lies between their members, so merging them makes no cycle.</summary>
    private static IEnumerable<(int First, int Last)> Merge(IReadOnlyList<OperatorStep> steps)
    {
        static bool Merges(OperatorStep step) => Ops.Find(step.Op) is { StandsAlone: false };
        for (int first = 0; first < steps.Count;)
        {
            int last = first;
            while (Merges(steps[first]) && last + 1 < steps.Count && Merges(steps[last + 1]))
                last++;
            yield return (first, last);
            first = last + 1;
        }
    }

    /// <summary>Sums of every Device node of the parts; shapes of the first input and the last output.</summary>
    private static NodeFacts Summarise(
        IReadOnlyList<(OperatorProgram Program, OperatorStep Step, long Times)> parts, OperatorStep first, OperatorStep last, string shard)
    {
        decimal flops = 0, most = -1;
        long members = 0, wire = 0, groups = 0, hbm = 0;
        var rates = new HashSet<PeakRate>();
        OperatorStep main = first;
        var sizes = new HashSet<long>();
        foreach ((OperatorProgram program, OperatorStep step, long times) in parts)
        {
            PartSums own = PartSums.Of(program, step);
            decimal weight = Ops.Find(step.Op)?.Role == OperatorRole.Core ? decimal.MaxValue : own.Flops;
            if (weight > most)
                (most, main) = (weight, step);
            flops += own.Flops * times;
            if (own.Flops > 0)
                rates.Add(step.Rate);
            hbm = checked(hbm + (own.HbmBytes * times));
            members = checked(members + (own.Members * times));
            wire = checked(wire + (own.WireBytes * times));
            groups += own.Groups * times;
            sizes.UnionWith(own.Sizes);
        }

        bool collective = main.Collective != CollectiveKind.None;
        GpuSet? experts = main.Experts is null ? null
            : GpuSet.UnionAll(Enumerable.Range(0, main.Mesh.Size).Select(rank => main.ExpertsOf(rank)!).Distinct());
        return new NodeFacts
        {
            Op = main.Op,
            Name = experts is null ? main.Name : $"{main.Name} {experts}",
            Kind = main.Kind,
            IdStem = main.IdStem,
            Shard = shard,
            Input = StepCells.Shapes(first.Inputs, 0),
            Output = StepCells.Shapes(last.Outputs, 0),
            InputPlacement = StepCells.Placements(first.Inputs),
            OutputPlacement = StepCells.Placements(last.Outputs),
            Experts = experts?.ToString(),
            Collective = main.Collective,
            GroupSize = collective ? main.Mesh.Degree(main.GroupAxes) : 0,
            Groups = !collective ? 0 : sizes.Count == 1 ? groups : null,
            Bytes = !collective ? 0 : sizes.Count == 1 ? sizes.Single() : null,
            WireBytes = wire,
            Flops = flops,
            Rate = rates.Count == 1 ? rates.Single() : null,
            HbmBytes = hbm,
            Members = members,
        };
    }
}

/// <summary>What all Device nodes of a step add up to, for one layer and pass.</summary>
/// <param name="Flops">Operations.</param>
/// <param name="HbmBytes">Bytes through the memory of the GPU that reads most.</param>
/// <param name="WireBytes">Bytes on the wire.</param>
/// <param name="Members">How many nodes.</param>
/// <param name="Groups">How many groups.</param>
/// <param name="Sizes">The sizes of the groups' messages.</param>
internal sealed record PartSums(decimal Flops, long HbmBytes, long WireBytes, long Members, long Groups, IReadOnlySet<long> Sizes)
{
    /// <summary>The sums of a step.</summary>
    public static PartSums Of(OperatorProgram program, OperatorStep step)
    {
        IReadOnlyList<Cell> cells = StepCells.Of(program, step, DetailLevel.Operator).Cells;
        return new PartSums(
            cells.Sum(cell => cell.Facts.Flops), cells.Max(cell => cell.Facts.HbmBytes), cells.Sum(cell => cell.Facts.WireBytes),
            cells.Sum(cell => cell.Facts.Members), cells.Sum(cell => cell.Facts.Groups!.Value),
            cells.Select(cell => cell.Facts.Bytes!.Value).ToHashSet());
    }
}
