using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Lowering;

/// <summary>What nodes at the ends of a phase and between phases say, and what a graph's header does.</summary>
public class GeneratedFactsTests
{
    private static readonly PhaseStrategy Two = new() { Tp = 2 };

    private static Dag HandOff(
        PhaseStrategy decode, DetailLevel detail, int prompt = 64, int microBatches = 1, PhaseStrategy? prefill = null) =>
        DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Of(
            TestPlans.Dense with { Layers = 2 }, prefill ?? Two, decode, batch: 8, prompt: prompt, microBatches: microBatches,
            pool: PoolKind.Disaggregated)), detail);

    private static string[] Delivered(Dag dag) => [.. dag.Nodes.Where(node => node.Op == Ops.KvTransfer && node.Layer == 1)
        .Select(node => node.Facts.Output.Tensors[0].Shape.ToString())];

    /// <summary>Four KV heads of eight numbers over two ranks; eight sequences of 64 positions.</summary>
    [Fact]
    public void A_transfer_takes_what_a_holder_has_and_yields_what_a_receiver_reads()
    {
        DagNode[] transfers = [.. HandOff(Two, DetailLevel.Device).Nodes.Where(node => node.Op == Ops.KvTransfer && node.Layer == 1)];
        const string Half = "K [batch_size=8, seq_len=64, kv_heads=2, d_k=8]; V [batch_size=8, seq_len=64, kv_heads=2, d_k=8]";
        const long Bytes = 2L * 8 * 64 * 2 * 8 * 2;
        Assert.All(transfers, node => Assert.Equal(Half, node.Input.ToString()));
        Assert.All(transfers, node => Assert.Equal(Half, node.Output.ToString()));
        Assert.All(transfers, node => Assert.Equal((Bytes, Bytes, Bytes, 2, 1L),
            (node.Facts.Bytes, node.WireBytes, node.Facts.HbmBytes, node.Facts.GroupSize, node.Facts.Groups)));
        Assert.All(transfers, node => Assert.Equal(CollectiveKind.SendRecv, node.Facts.Collective));
        DagNode whole = HandOff(Two, DetailLevel.Operator).Nodes.First(node => node.Op == Ops.KvTransfer);
        Assert.Equal((2 * Bytes, Bytes, 4, 2L), (whole.WireBytes, whole.Facts.HbmBytes, whole.Facts.GroupSize, (long)whole.Members));
    }

    /// <summary>Eight sequences: four for each data-parallel rank, of which two micro-batches have two each.</summary>
    [Fact]
    public void A_receiver_gets_the_sequences_of_its_largest_micro_batch()
    {
        Assert.Equal(["[batch_size=4, seq_len=64, kv_heads=4, d_k=8]", "[batch_size=4, seq_len=64, kv_heads=4, d_k=8]"],
            Delivered(HandOff(new() { Dp = 2 }, DetailLevel.Device)));
        Assert.Equal(["[batch_size=2, seq_len=64, kv_heads=4, d_k=8]", "[batch_size=2, seq_len=64, kv_heads=4, d_k=8]"],
            Delivered(HandOff(new() { Dp = 2 }, DetailLevel.Device, microBatches: 2)));
    }

    /// <summary>Four KV heads on eight ranks: two ranks have a head, one 32 of its 63 positions and the other 31.</summary>
    [Fact]
    public void A_receiver_gets_its_turns_of_the_positions()
    {
        PhaseStrategy turns = new() { Tp = 8, KvParallel = 2 };
        string[] pair = ["[batch_size=8, seq_len=32, kv_heads=1, d_k=8]", "[batch_size=8, seq_len=31, kv_heads=1, d_k=8]"];
        Assert.Equal([.. pair, .. pair, .. pair, .. pair], Delivered(HandOff(turns, DetailLevel.Device, prompt: 63)));
        Assert.Equal([pair[0]], Delivered(HandOff(turns, DetailLevel.Operator, prompt: 63)));
    }

    /// <summary>Prompts enter prefill, one token a sequence enters decode, one leaves each.</summary>
    [Fact]
    public void Token_ids_of_the_whole_batch_enter_and_leave()
    {
        foreach (DetailLevel detail in Enum.GetValues<DetailLevel>())
        {
            Dag dag = HandOff(Two, detail);
            const string One = "[batch_size=8, seq_len=1]";
            Assert.Equal(["[batch_size=8, seq_len=64]", One, One, One],
                dag.Nodes.Where(node => node.Op is Ops.Input or Ops.Output).Select(node => node.Output.ToString()));
            Assert.All(dag.Nodes.Where(node => node.Op is Ops.Input or Ops.Output),
                node => Assert.Equal(node.Input.ToString(), node.Output.ToString()));
        }
    }

    /// <summary>A send of 8 x 64 x 64 numbers of two bytes is 64 KiB; what stays within a stage needs no name.</summary>
    [Fact]
    public void Edges_between_stages_and_phases_are_named()
    {
        Dag dag = HandOff(Two, DetailLevel.Operator, prefill: new() { Pp = 2 });
        var labels = dag.Edges.Select(edge => (edge.Kind, edge.Label)).Distinct().ToArray();
        Assert.Equal(["PP stage 1 to 2, 64 KiB"], labels.Where(edge => edge.Kind == EdgeKind.Pipeline).Select(edge => edge.Label));
        Assert.Equal(["KV cache"], labels.Where(edge => edge.Kind == EdgeKind.Kv).Select(edge => edge.Label));
        Assert.Equal(["first token"], labels.Where(edge => edge.Kind == EdgeKind.Token).Select(edge => edge.Label));
        Assert.All(labels.Where(edge => edge.Kind is EdgeKind.Data), edge => Assert.True(string.IsNullOrEmpty(edge.Label)));
        Assert.Equal([8 * 64 * 64 * 2L], dag.Edges.Where(edge => edge.Kind == EdgeKind.Pipeline).Select(edge => edge.Bytes).Distinct());
        Assert.Equal([8 * 4L], dag.Edges.Where(edge => edge.Kind == EdgeKind.Token).Select(edge => edge.Bytes).Distinct());
    }

    [Fact]
    public void A_phase_that_the_plan_does_not_have_is_refused()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, Two));
        Assert.Equal("the plan test has no decode phase",
            Assert.Throws<InputException>(() => DagGenerator.Generate(plan, phase: PhaseKind.Decode)).Message);
    }

    [Fact]
    public void Sizes_beyond_any_machine_are_refused()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Of(
            TestPlans.Dense with { Hidden = 1 << 24, Ffn = 1 << 24 }, new(), batch: 1 << 20, prompt: 1 << 24));
        foreach (DetailLevel detail in Enum.GetValues<DetailLevel>())
        {
            Assert.Equal("the sizes of plan test pass 2^63; lower the batch, the sequence length or the model's dimensions",
                Assert.Throws<InputException>(() => DagGenerator.Generate(plan, detail)).Message);
        }
    }

    /// <summary>A graph of one phase tells that phase and its memory; what only limits ask for is told with them alone.</summary>
    [Fact]
    public void The_header_tells_what_was_drawn()
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense, Two, Two, pool: PoolKind.Disaggregated);
        DeploymentPlan plan = DeploymentPlan.Create(spec);
        Dag decode = DagGenerator.Generate(plan, phase: PhaseKind.Decode);
        Assert.Equal([new PhaseId(PhaseKind.Decode)], decode.Phases.Select(phase => phase.Phase));
        Assert.Equal([new PhaseId(PhaseKind.Decode)], decode.Header.Memory!.Select(memory => memory.Phase));
        Assert.Equal(2, DagGenerator.Generate(plan).Phases.Count);
        Assert.Equal("0-1023", decode.Header.Pool!.ToString());
        Assert.Null(decode.Header.TokenSeconds);
        Assert.Null(decode.Header.OutputRate);
        Assert.Null(decode.Header.TotalRate);

        // A request makes 8 tokens and brings 64.
        var limited = DeploymentPlan.Create(spec with
        {
            Limits = new LimitsSpec { Tpot = 1, OutputThroughput = 1, TotalThroughput = 1 },
        });
        DagHeader header = DagGenerator.Generate(limited).Header;
        Assert.True(header.TokenSeconds > 0);
        Assert.Equal(9, header.TotalRate!.Value / header.OutputRate!.Value, 9);
    }
}
