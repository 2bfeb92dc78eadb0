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
        Dag small = DagsToDraw.Deployment(new SampleShape(Layers: 8, Pp: 2));
        Assert.Empty(DagLayout.Arrange(small).FoldedRuns);
        Dag large = DagsToDraw.Deployment(new SampleShape(Layers: 400, Pp: 1));
        Assert.True(large.NodeCount > DrawingOptions.FoldingThreshold);
        Assert.Equal(["layers 2-400, as layer 1", "layers 2-400, as layer 1"], DagLayout.Arrange(large).FoldedRuns.Select(run => run.ToString()));
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
            builder.AddNode(node.Id, changed ? facts with { Output = TensorList.Parse("[odd=1]") } : facts, dag.ScopeOf(node.Index), node.Gpus);
        }

        foreach (DagEdge edge in dag.Edges)
            builder.AddEdge(edge.GetSource().Index, edge.GetTarget().Index, edge.Kind);
        Drawing drawing = DagLayout.Arrange(builder.Build(dag.Header), Always);
        Assert.Equal(2, drawing.FoldedRuns.Count(run => run is { FirstLayer: 2 }));
        Assert.DoesNotContain(drawing.FoldedRuns, run => run.FirstLayer <= 3 && run.LastLayer >= 3);
    }

    [Fact]
    public void A_phase_a_stage_or_layers_can_be_drawn_alone()
    {
        Dag dag = DagsToDraw.Deployment(new SampleShape(Layers: 8, Pp: 2));
        Assert.All(DagLayout.Arrange(dag, new DrawingOptions { Phase = PhaseKind.Decode, Stage = 2 }).Nodes, node => Assert.Equal((PhaseKind.Decode, 2), (dag.Node(node.Node).Phase, dag.Node(node.Node).Stage)));
        Drawing layers = DagLayout.Arrange(dag, new DrawingOptions { Layers = (3, 5) });
        Assert.Equal([3, 4, 5], layers.Nodes.Select(node => dag.Node(node.Node).Layer).Distinct().Order());
        InputException fault = Assert.Throws<InputException>(() => DagLayout.Arrange(dag, new DrawingOptions { Layers = (9, 12) }));
        Assert.Contains("no node is in the phase, stage and layers asked for", fault.Message, StringComparison.Ordinal);
    }
}
