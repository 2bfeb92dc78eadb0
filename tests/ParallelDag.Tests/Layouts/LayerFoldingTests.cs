using ParallelDag.Layouts;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Layouts;

public class LayerFoldingTests
{
    private static readonly DrawingOptions Always = new() { Folding = Folding.Always };

    [Fact]
    public void Identical_layers_of_a_stage_are_drawn_once_and_the_caller_is_told()
    {
        Dag dag = DagsToDraw.Deployment(new SampleShape(Layers: 8, Pp: 2));
        Drawing drawing = DagLayout.Arrange(dag, Always);
        Assert.Equal(
            ["layers 2-4, as layer 1", "layers 6-8, as layer 5", "layers 2-4, as layer 1", "layers 6-8, as layer 5"],
            drawing.FoldedRuns.Select(run => run.ToString()));
        Assert.Equal([null, 1, 5], drawing.Nodes.Select(node => dag.ScopeOf(node.Node).Layer).Distinct().Order());
        Assert.Equal(4, drawing.Bands.Count(band => band.Kind == BandKind.Fold && band.Heading.Count == 1));
        Assert.Contains("Layers 2-4, as layer 1", SvgWriter.ToText(dag, new SvgOptions { Drawing = Always }), StringComparison.Ordinal);
    }

    [Fact]
    public void The_way_out_of_folded_layers_is_drawn_from_the_layer_that_stands_for_them()
    {
        Dag dag = DagsToDraw.Deployment(new SampleShape(Layers: 8, Pp: 2));
        Drawing drawing = DagLayout.Arrange(dag, Always);
        DrawnEdge[] pipeline = [.. drawing.Edges.Where(edge => edge.Kind == EdgeKind.Pipeline)];
        Assert.NotEmpty(pipeline);
        Assert.All(pipeline, edge => Assert.Equal((1, "ffn_residual"), (dag.Node(edge.Source).Layer, dag.Node(edge.Source).Op)));
    }

    [Fact]
    public void Small_pictures_are_not_folded_unless_asked_and_large_ones_are_unless_forbidden()
    {
        Dag small = DagsToDraw.Deployment(new SampleShape(Layers: 1, Pp: 1, Sp: 1));
        Assert.True(small.NodeCount <= DrawingOptions.ReadableNodes);
        Assert.Empty(DagLayout.Arrange(small).FoldedRuns);
        Dag large = DagsToDraw.Deployment(new SampleShape(Layers: 40, Pp: 1));
        Assert.True(large.NodeCount > DrawingOptions.ReadableNodes);
        Assert.Equal(["layers 2-40, as layer 1", "layers 2-40, as layer 1"],
            DagLayout.Arrange(large).FoldedRuns.Select(run => run.ToString()));
        Assert.Empty(DagLayout.Arrange(large, new DrawingOptions { FoldsAbove = large.NodeCount }).FoldedRuns);
        Drawing all = DagLayout.Arrange(large, new DrawingOptions { Folding = Folding.Never });
        Assert.Equal(large.NodeCount, all.Nodes.Count);
    }

    [Fact]
    public void Layers_that_differ_are_not_folded()
    {
        // The same layers but for a dimension of one node in layer 3.
        Dag dag = DagsToDraw.Deployment(new SampleShape(Layers: 4, Pp: 1));
        var builder = new DagBuilder();
        foreach (DagNode node in dag.Nodes)
        {
            ParallelDag.Graphs.NodeFacts facts = dag.FactsOf(node.Index);
            bool changed = node is { Layer: 3, Op: "ffn_norm" };
            builder.AddNode(node.Id, changed ? facts with { Output = TensorList.Parse("[odd=1]") } : facts, dag.ScopeOf(node.Index),
                node.Gpus);
        }

        foreach (DagEdge edge in dag.Edges)
            builder.AddEdge(edge.GetSource().Index, edge.GetTarget().Index, edge.Kind);
        Drawing drawing = DagLayout.Arrange(builder.Build(dag.Header), Always);
        Assert.Equal(["layer 2", "layer 2"],
            drawing.FoldedRuns.Select(run => run.Name).Where(name => name.StartsWith("layer 2", StringComparison.Ordinal)));
        Assert.Contains(drawing.Nodes, node => dag.Node(node.Node) is { Layer: 3, Op: "ffn_norm" });
    }

    [Fact]
    public void Stages_and_micro_batches_that_are_alike_are_drawn_once()
    {
        Dag dag = ParallelDag.Lowering.DagGenerator.Generate(DeploymentPlan.Create(Support.TestPlans.Of(
            Support.TestPlans.Dense with { Layers = 8 }, new PhaseStrategy { Pp = 4, Tp = 2 }, microBatches: 3, batch: 6)));
        Drawing drawing = DagLayout.Arrange(dag, Always);
        Assert.Equal(
            [(1, 0), (1, 1), (2, 0), (4, 0), (4, 1)],
            drawing.Nodes.Where(node => dag.ScopeOf(node.Node).Layer is not null)
                .Select(node => (dag.ScopeOf(node.Node).Stage!.Value, dag.ScopeOf(node.Node).MicroBatch)).Distinct().Order());
        string[] headings = [.. drawing.Bands.Where(band => band.Kind == BandKind.Stage).Select(band => band.Heading[0].Text)];
        Assert.Equal(
            ["Stage 1, micro-batch 0", "Stage 1, micro-batches 1-2", "Stages 2-3, micro-batches 0-2", "Stage 4, micro-batch 0",
                "Stage 4, micro-batches 1-2"],
            headings);
        string svg = SvgWriter.ToText(dag, new SvgOptions { Drawing = Always });
        Assert.Contains("alike; drawn: stage 2", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_long_row_of_alike_shards_the_ends_are_drawn_and_one_that_stands_for_the_others()
    {
        Dag dag = ParallelDag.Lowering.DagGenerator.Generate(DeploymentPlan.Create(Support.TestPlans.Of(
            Support.TestPlans.Moe with { Moe = new ParallelDag.Layers.MoeFeedForward { ExpertCount = 64, TopK = 2, Ffn = 32 }, Layers = 1 },
            new PhaseStrategy { Dp = 32, Ep = 32, ExpertParallel = ExpertParallelMode.Folded }, batch: 64)));
        Drawing drawing = DagLayout.Arrange(dag, Always);
        DrawnNode[] experts = [.. drawing.Nodes.Where(node => dag.Node(node.Node).Op == "experts").OrderBy(node => node.X)];
        Assert.Equal(["0-1", "2-3", "4-5", "62-63"], experts.Select(node => dag.Node(node.Node).Experts));
        Assert.Equal("\u2026 29 more: experts 4-61 \u2026",
            string.Join(' ', experts[2].Label.Lines.Where(line => line.Style == LineStyle.Name).Select(line => line.Text)));
        Assert.Contains("GPUs: 2-30", experts[2].Label.Lines.Select(line => line.Text));
        Assert.Contains(drawing.FoldedRuns, run => run.ToString() == "29 more: experts 4-61, GPUs: 2-30, as Experts 0-1");
    }

    [Fact]
    public void A_phase_a_stage_or_layers_can_be_drawn_alone()
    {
        Dag dag = DagsToDraw.Deployment(new SampleShape(Layers: 8, Pp: 2));
        Assert.All(DagLayout.Arrange(dag, new DrawingOptions { Phase = PhaseKind.Decode, Stage = 2 }).Nodes,
            node => Assert.Equal((PhaseKind.Decode, 2), (dag.Node(node.Node).Phase, dag.Node(node.Node).Stage)));
        Drawing layers = DagLayout.Arrange(dag, new DrawingOptions { Layers = (3, 5) });
        Assert.Equal([3, 4, 5], layers.Nodes.Select(node => dag.Node(node.Node).Layer).Distinct().Order());
        InputException fault = Assert.Throws<InputException>(() => DagLayout.Arrange(dag, new DrawingOptions { Layers = (9, 12) }));
        Assert.Contains("no node is in the phase, stage and layers asked for", fault.Message, StringComparison.Ordinal);
    }
}
