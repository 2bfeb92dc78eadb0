using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Lowering;

/// <summary>
/// An overview says of each block what the nodes of the Device graph say together: sums of work and traffic over all of them, and per
/// operator, layer and pass what the GPU that moves or takes most does.
/// </summary>
public class OverviewTests
{
#if MUTANTS
    private const int Plans = 10;
#else
    private const int Plans = 120;
#endif

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, Plans)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_block_says_what_its_nodes_say_together(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        Dag device = DagGenerator.Generate(plan, DetailLevel.Device), overview = DagGenerator.Generate(plan, DetailLevel.Overview);
        foreach (var section in overview.Nodes.Where(node => node.Op != Ops.KvTransfer)
            .GroupBy(node => (node.PhaseId, node.Stage, Layers: LayersOf(node))))
        {
            DagNode[] nodes = [.. device.Nodes.Where(node => node.Op != Ops.KvTransfer && node.PhaseId == section.Key.PhaseId
                && node.Stage == section.Key.Stage && section.Key.Layers == (node.Layer is null ? "" : KindOf(plan, node)))];
            List<List<DagNode>> runs = RunsOf(nodes);
            DagNode[] blocks = [.. section];
            Assert.Equal(runs.Count, blocks.Length);
            foreach ((DagNode block, List<DagNode> run) in blocks.Zip(runs))
            {
                Same(block, run, $"seed {seed} {block.Id}");
                Named(block, run, $"seed {seed} {block.Id}");
                Bounded(block, run, plan.Layout(block.PhaseId!.Value)!);
            }
        }
    }

    /// <summary>Blocks are joined as their nodes are, within a section.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Edges_of_a_section_are_those_of_its_nodes(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        Dag device = DagGenerator.Generate(plan, DetailLevel.Device), overview = DagGenerator.Generate(plan, DetailLevel.Overview);
        var blockOf = new Dictionary<(PhaseId?, int?, string, string), int>();
        foreach (var section in device.Nodes.Where(node => node.Op != Ops.KvTransfer)
            .GroupBy(node => (node.PhaseId, node.Stage, Layers: node.Layer is null ? "" : KindOf(plan, node))))
        {
            DagNode[] blocks = [.. overview.Nodes.Where(node => node.Op != Ops.KvTransfer && node.PhaseId == section.Key.PhaseId
                && node.Stage == section.Key.Stage && LayersOf(node) == section.Key.Layers)];
            foreach ((DagNode block, List<DagNode> run) in blocks.Zip(RunsOf([.. section])))
            {
                foreach (DagNode node in run)
                    blockOf[(node.PhaseId, node.Stage, section.Key.Layers, node.Facts.IdStem)] = block.Index;
            }
        }

        int Block(DagNode node) =>
            blockOf[(node.PhaseId, node.Stage, node.Layer is null ? "" : KindOf(plan, node), node.Facts.IdStem)];
        static bool Within(DagEdge edge) => edge.GetSource() is { Op: not Ops.KvTransfer } source
            && edge.GetTarget() is { Op: not Ops.KvTransfer } target && edge.Kind is EdgeKind.Data or EdgeKind.Gate
            && source.PhaseId == target.PhaseId && source.Layer == target.Layer && source.Layers == target.Layers
            && (source.Layer ?? (source.Layers is null ? null : 1)) is not null;
        var expected = device.Edges.Where(Within)
            .Select(edge => (Source: Block(edge.GetSource()), Target: Block(edge.GetTarget()), edge.Kind))
            .Where(edge => edge.Source != edge.Target).ToHashSet();
        var actual = overview.Edges.Where(Within)
            .Select(edge => (Source: edge.GetSource().Index, Target: edge.GetTarget().Index, edge.Kind)).ToHashSet();
        Assert.True(expected.SetEquals(actual), $"seed {seed}: {expected.Except(actual).Count()} missing, "
            + $"{actual.Except(expected).Count()} too many");
    }

    /// <summary>
    /// Each level moves the same cache: a transfer of an overview stands for the layers of a stage, in which each receiver takes its part.
    /// </summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_transfer_says_what_those_of_its_layers_say_together(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        if (plan.Phases.Count != 2 || !plan.HasBothPhases)
            return;
        Dag device = DagGenerator.Generate(plan, DetailLevel.Device), overview = DagGenerator.Generate(plan, DetailLevel.Overview);
        var transfers = device.Nodes.Where(node => node.Op == Ops.KvTransfer).ToLookup(node => node.Stage);
        DagNode[] blocks = [.. overview.Nodes.Where(node => node.Op == Ops.KvTransfer)];
        Assert.Equal(transfers.Select(stage => stage.Key), blocks.Select(block => block.Stage));
        foreach (DagNode block in blocks)
        {
            DagNode[] nodes = [.. transfers[block.Stage]];
            var layers = nodes.GroupBy(node => node.Layer!.Value).OrderBy(layer => layer.Key).ToArray();
            Assert.Equal(GpuSet.FromGpus(layers.Select(layer => layer.Key)),
                block.Layer is int one ? GpuSet.FromGpus([one]) : GpuSet.Parse(block.Layers!));
            Assert.Equal(nodes.Sum(node => node.WireBytes), block.WireBytes);
            Assert.Equal(nodes.Length, block.Members);
            Assert.Equal(GpuSet.UnionAll(nodes.Select(node => node.Gpus!)), block.Gpus);
            Assert.Equal(block.Gpus!.Count, block.Facts.GroupSize);
            Near(layers.Sum(layer => layer.Max(node => node.Facts.HbmBytes)), block.Facts.HbmBytes, $"seed {seed} HBM bytes");
            long?[] bytes = [.. layers.Select(layer => layer.Sum(node => (long?)node.WireBytes)).Distinct()];
            if (block.Facts.Bytes is long told)
            {
                Assert.Equal([(long?)told], bytes);
                Assert.Equal(layers.Length, block.Facts.Groups);
            }

            Assert.True(block.Facts.Bytes is not null || layers.Length > 1, $"seed {seed}: the bytes of one layer are left out");
        }
    }

    /// <summary>A node that stands for several GPUs or groups takes as long as the slowest of them.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_node_takes_as_long_as_the_slowest_of_its_GPUs(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        var slowest = DagGenerator.Generate(plan, DetailLevel.Device).Nodes.Where(node => node.Op != Ops.KvTransfer)
            .GroupBy(node => (node.PhaseId, node.Stage, node.Layer, node.MicroBatch, node.Facts.IdStem))
            .ToDictionary(step => step.Key, step => step.Max(node => node.Seconds ?? 0));
        foreach (var step in DagGenerator.Generate(plan, DetailLevel.Operator).Nodes.Where(node => node.Op != Ops.KvTransfer)
            .GroupBy(node => (node.PhaseId, node.Stage, node.Layer, node.MicroBatch, node.Facts.IdStem)))
            Near(slowest[step.Key], step.Max(node => node.Seconds ?? 0), $"seed {seed} {step.First().Id}: seconds");
    }

    private static void Same(DagNode block, List<DagNode> run, string what)
    {
        Assert.True(run.Sum(node => node.Flops) == block.Flops, $"{what}: FLOPs");
        Assert.True(run.Sum(node => node.WireBytes) == block.WireBytes, $"{what}: wire bytes");
        Assert.True(run.Count == block.Members, $"{what}: {block.Members} members of {run.Count}");
        Assert.Equal(GpuSet.UnionAll(run.Select(node => node.Gpus!)), block.Gpus);
        var steps = run.GroupBy(node => (node.Layer, node.MicroBatch, node.Facts.IdStem)).ToArray();
        Assert.True(steps.Sum(step => step.Max(node => node.Facts.HbmBytes)) == block.Facts.HbmBytes,
            $"{what}: {block.Facts.HbmBytes} HBM bytes of {steps.Sum(step => step.Max(node => node.Facts.HbmBytes))}");
        Near(steps.Sum(step => step.Max(node => node.Seconds ?? 0)), block.Seconds ?? 0, $"{what}: seconds");
        PeakRate?[] rates = [.. run.Where(node => node.Flops > 0).Select(node => node.Facts.Rate).Distinct()];
        Assert.Equal(rates.Length == 1 ? rates[0] : null, block.Facts.Rate);
        DagNode[] own = [.. run.Where(node => node.Op == block.Op)];
        Assert.NotEmpty(own);
        Assert.Equal(own[0].Facts.Collective, block.Facts.Collective);
        if (own[0].Facts.Experts is not null)
            Assert.Equal(GpuSet.UnionAll(own.Select(node => GpuSet.Parse(node.Facts.Experts!))).ToString(), block.Facts.Experts);
        Assert.False(block.Facts.PerMicroBatch);
        if (block.Facts.Collective == CollectiveKind.None)
        {
            Assert.Equal((0, 0L, 0L), (block.Facts.GroupSize, block.Facts.Groups!.Value, block.Facts.Bytes!.Value));
            return;
        }

        Assert.Equal(own[0].Facts.GroupSize, block.Facts.GroupSize);
        long?[] sizes = [.. own.Select(node => node.Facts.Bytes).Distinct()];
        Assert.Equal(sizes.Length == 1 ? sizes[0] : null, block.Facts.Bytes);
        Assert.Equal(sizes.Length == 1 ? own.Sum(node => node.Facts.Groups) : null, block.Facts.Groups);
    }

    /// <summary>A block is called after its attention, else after the first of its steps with the most operations.</summary>
    private static void Named(DagNode block, List<DagNode> run, string what)
    {
        var steps = run.GroupBy(node => node.Facts.IdStem)
            .Select(step => (Node: step.First(), Most: step.GroupBy(node => (node.Layer, node.MicroBatch))
                .Max(pass => pass.Sum(node => node.Flops)))).ToList();
        DagNode[] cores = [.. steps.Select(step => step.Node).Where(node => Ops.Find(node.Op!)?.Role == OperatorRole.Core)];
        DagNode main = cores.Length > 0 ? cores[0] : steps.First(step => step.Most == steps.Max(other => other.Most)).Node;
        Assert.True(main.Op == block.Op, $"{what}: called after {block.Op}, not {main.Op}");
        string title = main.Facts.Experts is string own ? main.Name[..^own.Length] + block.Facts.Experts : main.Name;
        Assert.Equal(title, block.Name);
    }

    /// <summary>What bounds a block is what bounds the step of it that takes longest, over its layers and the passes of one size.</summary>
    private static void Bounded(DagNode block, List<DagNode> run, PhaseLayout layout)
    {
        (int, long, long) SizeOf(DagNode node) => layout.Passes.Count <= node.MicroBatch ? default
            : (layout.Passes[node.MicroBatch].Sequences, layout.Passes[node.MicroBatch].Start, layout.Passes[node.MicroBatch].Length);
        var steps = run.GroupBy(node => (node.Facts.IdStem, SizeOf(node))).Select(step => (
            Seconds: step.GroupBy(node => (node.Layer, node.MicroBatch)).Sum(pass => pass.Max(node => node.Seconds ?? 0)),
            Slowest: step.MaxBy(node => node.Seconds ?? 0))).OrderByDescending(step => step.Seconds).ToList();
        if (steps.Count > 1 && steps[1].Seconds > 0.999999 * steps[0].Seconds)
            return; // Steps that take equally long may be bound unlike.
        Assert.Equal(steps[0].Slowest.Bound, block.Bound);
    }

    /// <summary>A block can be found again from its node; what no section has is none.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_block_of_a_node_is_found_again(int seed)
    {
        DeploymentPlan plan = TestPlans.Random(seed);
        foreach (DagNode node in DagGenerator.Generate(plan, DetailLevel.Overview).Nodes)
        {
            OverviewBlock? block = OverviewBlock.Find(plan, node);
            if (node.Op is Ops.Input or Ops.Output or Ops.PipelineSendRecv or Ops.KvTransfer)
            {
                Assert.Null(block);
                continue;
            }

            Assert.NotNull(block);
            Assert.Equal(node.Facts with { Time = null }, block.Facts with { Time = null });
            Assert.Equal(node.Members, block.Parts.Sum(part => PartSums.Of(part.Program, part.Step).Members * part.Times));
        }
    }

    /// <summary>An edge is drawn once, however many layers and steps it stands for.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_edge_is_drawn_once(int seed)
    {
        DagEdge[] edges = [.. DagGenerator.Generate(TestPlans.Random(seed), DetailLevel.Overview).Edges];
        Assert.Equal(edges.Length, edges.DistinctBy(edge => (edge.Source, edge.Target, edge.Kind)).Count());
        Assert.All(edges.Where(edge => edge.Kind == EdgeKind.Gate), edge => Assert.Equal(0, edge.Bytes));
    }

    private static void Near(double expected, double actual, string what) => Assert.True(
        Math.Abs(expected - actual) <= 1e-9 * Math.Max(1e-12, Math.Abs(expected)),
        $"{what}: {actual}, by nodes {expected}");

    private static string LayersOf(DagNode block) => block.Layers ?? (block.Layer is int layer ? $"{layer}" : "");

    /// <summary>The layers of a node's kind on its stage.</summary>
    private static string KindOf(DeploymentPlan plan, DagNode node)
    {
        DagStage stage = plan.Layout(node.PhaseId!.Value)!.Stages[node.Stage!.Value - 1];
        int kind = plan.Model.KindOfLayer[node.Layer!.Value - 1];
        return GpuSet.FromGpus(Enumerable.Range(stage.FirstLayer, stage.LastLayer - stage.FirstLayer + 1)
            .Where(layer => plan.Model.KindOfLayer[layer - 1] == kind)).ToString();
    }

    /// <summary>The nodes of a section, step by step in program order; steps that do not stand alone with their neighbours.</summary>
    private static List<List<DagNode>> RunsOf(DagNode[] nodes)
    {
        var runs = new List<List<DagNode>>();
        bool open = false;
        foreach (var step in nodes.GroupBy(node => node.Facts.IdStem))
        {
            // Exit begins with the final norm; it is a section of its own.
            bool alone = Ops.Find(step.First().Op!) is not { StandsAlone: false };
            if (!open || alone || step.First().Op == Ops.FinalNorm)
                runs.Add([]);
            runs[^1].AddRange(step);
            open = !alone;
        }

        return runs;
    }
}
