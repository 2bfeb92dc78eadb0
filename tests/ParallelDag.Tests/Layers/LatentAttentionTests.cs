using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Layers;

/// <summary>
/// Operations of multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): prefill projects the latent up to keys and values, decode
/// attends in the latent itself, with the up-projection of keys moved into the query and that of values behind the sum.
/// </summary>
public class LatentAttentionTests
{
    private const long Heads = 8, QueryRank = 24, Latent = 16, Nope = 8, Rope = 4, Value = 6, Batch = 8, Prompt = 64, Output = 8;

    private static readonly LatentAttention Attention = new()
    {
        Heads = (int)Heads, QLoraRank = (int)QueryRank, KvLoraRank = (int)Latent, QkNopeHeadDim = (int)Nope, QkRopeHeadDim = (int)Rope,
        VHeadDim = (int)Value,
    };

    private static decimal Flops(PhaseKind phase, string op, int tp, LatentAttention? mixer = null)
    {
        var strategy = new PhaseStrategy { Tp = tp };
        PlanSpec spec = TestPlans.Of(TestPlans.Dense with { Mixer = mixer ?? Attention }, strategy, strategy, (int)Batch, (int)Prompt);
        Assert.Equal(Output, spec.Workload.OutputLength);
        return DagGenerator.Generate(DeploymentPlan.Create(spec), DetailLevel.Device, phase).Nodes
            .Where(node => node.Op == op && node.Layer == 1).Select(node => node.Flops).Distinct().Single();
    }

    private static long Hidden => TestPlans.Dense.Hidden;

    private static long Projections(long tokens, int tp) =>
        (2 * tokens * ((Hidden * QueryRank) + (QueryRank * Heads / tp * (Nope + Rope)) + (Hidden * (Latent + Rope))))
        + (4 * tokens * (QueryRank + Latent));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Prefill_projects_the_latent_up_and_attends_heads(int tp)
    {
        const long Tokens = Batch * Prompt, Pairs = Batch * (Prompt * (Prompt + 1) / 2);
        Assert.Equal(Projections(Tokens, tp), Flops(PhaseKind.Prefill, Ops.QkvProjection, tp));
        Assert.Equal(2 * Tokens * Latent * Heads / tp * (Nope + Value), Flops(PhaseKind.Prefill, Ops.KvUpProjection, tp));
        Assert.Equal(2 * Pairs * Heads / tp * (Nope + Rope + Value), Flops(PhaseKind.Prefill, Ops.Attention, tp));
        Assert.Equal(2 * Tokens * Heads / tp * Value * Hidden, Flops(PhaseKind.Prefill, Ops.OutputProjection, tp));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Decode_attends_in_the_latent(int tp)
    {
        const long Pairs = Batch * (Prompt + Output);
        Assert.Equal(Projections(Batch, tp) + (2 * Batch * Heads / tp * Nope * Latent), Flops(PhaseKind.Decode, Ops.QkvProjection, tp));
        Assert.Equal(2 * Pairs * Heads / tp * (Latent + Rope + Latent), Flops(PhaseKind.Decode, Ops.Attention, tp));
        Assert.Equal(2 * Batch * Heads / tp * Value * Latent, Flops(PhaseKind.Decode, Ops.ValueUpProjection, tp));
        Assert.Equal(2 * Batch * Heads / tp * Value * Hidden, Flops(PhaseKind.Decode, Ops.OutputProjection, tp));
    }

    /// <summary>DeepSeek-V2-Lite projects queries at once.</summary>
    [Fact]
    public void Queries_without_a_rank_of_their_own_are_projected_at_once()
    {
        const long Tokens = Batch * Prompt;
        Assert.Equal((2 * Tokens * Hidden * ((Heads * (Nope + Rope)) + Latent + Rope)) + (4 * Tokens * Latent),
            Flops(PhaseKind.Prefill, Ops.QkvProjection, 1, Attention with { QLoraRank = null }));
    }
}
