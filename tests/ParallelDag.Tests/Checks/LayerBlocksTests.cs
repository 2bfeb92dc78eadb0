using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Checks;

public class LayerBlocksTests
{
    private static LayerBlocks Blocks(DetailLevel detail) => new(DagGenerator.Generate(
        DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Pp = 2 }, microBatches: 2)), detail));

    private static IEnumerable<string> Names(LayerBlocks blocks) => Enumerable.Range(0, blocks.Count).Select(blocks.NameOf);

    /// <summary>Four layers on two stages, two micro-batches: what is outside the layers has its stage.</summary>
    [Fact]
    public void A_layer_of_a_micro_batch_is_a_block_and_so_is_what_a_stage_has_outside_of_layers()
    {
        LayerBlocks blocks = Blocks(DetailLevel.Operator);
        string[] micro = ["", ", micro-batch 1"];
        IEnumerable<string> expected = micro.SelectMany(batch => Enumerable.Range(1, 4).Select(layer => $"prefill layer {layer}{batch}")
            .Concat(Enumerable.Range(1, 2).Select(stage => $"prefill outside the layers, stage {stage}{batch}")));
        Assert.Equal(expected.Order(StringComparer.Ordinal), Names(blocks).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_run_of_layers_counts_as_many_as_it_stands_for()
    {
        LayerBlocks blocks = Blocks(DetailLevel.Overview);
        int[] runs = [.. Enumerable.Range(0, blocks.Count).Where(block => blocks.Scopes[block].Layers is not null)];
        Assert.Equal(["prefill layers 1-2", "prefill layers 3-4"],
            runs.Where(block => blocks.Scopes[block].MicroBatch == 0).Select(blocks.NameOf));
        Assert.All(runs, block => Assert.Equal(2, blocks.LayersOf(block)));
    }

    [Fact]
    public void Layers_are_counted_once_whatever_the_micro_batches()
    {
        LayerBlocks blocks = Blocks(DetailLevel.Operator);
        IEnumerable<int> layers = Enumerable.Range(0, blocks.Count).Where(block => blocks.Scopes[block].Layer is not null);
        Assert.Equal("4 dense layers of prefill", blocks.CountLayers(layers, "dense layer"));
    }

    private static LayerBlocks Drawn(params NodeScope[] scopes)
    {
        var builder = new DagBuilder();
        for (int i = 0; i < scopes.Length; i++)
            builder.AddNode($"n{i}", new NodeFacts { Name = "n", Kind = NodeKind.Computation }, scopes[i], null);
        return new LayerBlocks(builder.Build(new DagHeader { Name = "drawn" }));
    }

    /// <summary>A drawing may tell the stage of some nodes of a layer and not of others.</summary>
    [Fact]
    public void A_layer_is_one_block_whether_its_nodes_tell_their_stage_or_not()
    {
        Assert.Equal(["layer 1"], Names(Drawn(new NodeScope { Layer = 1 }, new NodeScope { Layer = 1, Stage = 1 })));
        Assert.Equal(["layers 1-2"], Names(Drawn(new NodeScope { Layers = "1-2" }, new NodeScope { Layers = "1-2", Stage = 1 })));
        Assert.Equal(["outside the layers", "outside the layers, stage 1", "outside the layers, stage 2"],
            Names(Drawn(new NodeScope(), new NodeScope { Stage = 1 }, new NodeScope { Stage = 2 }, new NodeScope { Stage = 1 })));
    }

    /// <summary>A block whose layers no one tells is one layer at least; phases come in their order.</summary>
    [Fact]
    public void Layers_are_counted_phase_by_phase()
    {
        var prefill = new PhaseId(PhaseKind.Prefill);
        var decode = new PhaseId(PhaseKind.Decode);
        LayerBlocks blocks = Drawn(
            new NodeScope { Phase = decode, Layers = "2-4" }, new NodeScope { Phase = decode, Layer = 7 },
            new NodeScope { Phase = prefill, Layer = 1 }, new NodeScope { Phase = prefill, Layer = 1, MicroBatch = 1 });
        Assert.Equal("1 MoE layer of prefill, 4 MoE layers of decode", blocks.CountLayers([0, 1, 2, 3], "MoE layer"));
        Assert.Equal("1 MoE layer", Drawn(new NodeScope { Stage = 1 }).CountLayers([0], "MoE layer"));
    }
}
