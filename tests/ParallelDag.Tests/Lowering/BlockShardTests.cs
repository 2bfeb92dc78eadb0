using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Lowering;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Lowering;

/// <summary>What blocks of an overview are called where a stage has several kinds of layers.</summary>
public class BlockShardTests
{
    private static string[] Ids(ModelSpec model) => [.. DagGenerator
        .Generate(DeploymentPlan.Create(TestPlans.Of(model, new PhaseStrategy())), DetailLevel.Overview).Nodes
        .Where(node => node.Op == Ops.FfnNorm || node.Op == Ops.Attention).Select(node => node.Id)];

    [Fact]
    public void Layers_of_one_kind_need_no_name() => Assert.Equal(["prefill_s1_attention"], Ids(TestPlans.Dense));

    [Fact]
    public void Dense_layers_and_those_with_experts_are_told_apart() => Assert.Equal(
        ["prefill_l1_attention_dense", "prefill_s1_attention_moe"], Ids(TestPlans.Moe with { FirstDenseLayers = 1 }));

    /// <summary>Two kinds of dense layers, a layer each, beside one with experts: kinds have numbers where the word does not do.</summary>
    [Fact]
    public void Kinds_that_share_a_word_are_numbered()
    {
        ModelSpec model = TestPlans.Moe with { FirstDenseLayers = 2, Layers = 4 };
        LayerSpec[] layers = [.. Enumerable.Range(1, 4).Select(model.Layer)];
        layers[1] = layers[1] with { FeedForward = new DenseFeedForward { Ffn = 64 } };
        Assert.Equal(["prefill_l1_attention_k1", "prefill_l2_attention_k2", "prefill_s1_attention_moe"],
            Ids(model with { Layers = ModelSpec.LayersOf(4, layer => layers[layer - 1]) }));
    }
}
