using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Durations;

/// <summary>
/// The size that the efficiency of a prompt's attention grows with: twice the keys that a query sees on average, less one. Llama-70B in
/// heads of 128; H100: .73 of 989 TFLOPS times x/(x + 800), 12 us.
/// </summary>
public class AttentionSpanTests
{
    private static DagNode[] Attention(PhaseStrategy strategy, int prompt)
    {
        PlanSpec spec = TestPlans.Llama70B with
        {
            Workload = new WorkloadSpec { Batch = 1, PromptLength = prompt }, Prefill = strategy, Decode = null,
        };
        return [.. DagGenerator.Generate(DeploymentPlan.Create(spec), DetailLevel.Device).Nodes
            .Where(node => node.Op == Ops.Attention && node.Layer == 1 && node.Gpus!.Contains(0))];
    }

    private static double Expected(double pairs, double heads, double span) =>
        (4 * pairs * heads * 128 / (989e12 * .73) * (span + 800) / span) + 12e-6;

    [Fact]
    public void A_chunk_sees_what_was_there_before_it()
    {
        DagNode[] chunks = Attention(new PhaseStrategy { Tp = 8, Chunk = 2048 }, 8192);
        Assert.Equal(4, chunks.Length);
        for (int chunk = 0; chunk < 4; chunk++)
        {
            double before = 2048.0 * chunk, pairs = (2048 * before) + (2048 * 2049 / 2.0);
            Assert.Equal(Expected(pairs, 8, (2 * before) + 2048), chunks[chunk].Seconds!.Value, 1e-10);
        }
    }

    /// <summary>Zig-zag: a rank's 4096 queries see half of the pairs of 4096 x 4096 in a block, the own one some more.</summary>
    [Fact]
    public void A_block_of_a_ring_is_a_kernel_of_its_own()
    {
        DagNode[] blocks = Attention(new PhaseStrategy { Sp = 2, Tp = 4, SpMethod = SequenceMethod.Ring }, 8192);
        Assert.Equal(2, blocks.Length);
        double own = ((8192 * 8193 / 2.0) + (8192 / 2.0)) / 4, all = 8192 * 8193 / 2.0 / 2;
        Assert.Equal(Expected(own, 16, (2 * own / 4096) - 1), blocks[0].Seconds!.Value, 1e-10);
        Assert.Equal(Expected(all - own, 16, (2 * (all - own) / 4096) - 1), blocks[1].Seconds!.Value, 1e-10);
    }
}
