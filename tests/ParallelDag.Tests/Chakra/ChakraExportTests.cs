using ParallelDag.Chakra;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Chakra;

/// <summary>Traces of plans, decoded by Google's protobuf runtime.</summary>
public class ChakraExportTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 30)];

    private static Dag Devices(PlanSpec spec) => DagGenerator.Generate(DeploymentPlan.Create(spec), DetailLevel.Device);

    private static Dag Devices(int seed)
    {
        PlanSpec spec = TestPlans.Random(seed).Spec;

        // A pool of a thousand idle GPUs would only cost time.
        int used = DagGenerator.Generate(DeploymentPlan.Create(spec), DetailLevel.Overview).Nodes.Max(node => node.Gpus!.Last) + 1;
        return Devices(spec with { Cluster = spec.Cluster with { Gpus = Math.Max(used, seed % 3) } });
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Traces_of_random_plans_obey_every_invariant(int seed)
    {
        for (int plan = 4 * seed; plan < (4 * seed) + 4; plan++)
        {
            Dag dag = Devices(plan);
            foreach (ChakraSchedule schedule in Enum.GetValues<ChakraSchedule>())
                TraceInvariants.Assert(new TraceFiles(dag, new ChakraOptions { Schedule = schedule }), $"seed {plan} {schedule} {dag}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_simulator_that_issues_what_is_ready_reaches_the_end(int seed)
    {
        Dag dag = Devices(1000 + seed);
        foreach (ChakraSchedule schedule in new[] { ChakraSchedule.Streams, ChakraSchedule.Serial })
            Assert.Equal(0, Replay.Stalled(new TraceFiles(dag, new ChakraOptions { Schedule = schedule }), seed));
    }

    [Fact]
    public void Without_control_dependencies_it_may_stall()
    {
        var traces = new TraceFiles(Devices(Moe32), new ChakraOptions { Schedule = ChakraSchedule.Free });
        Assert.Contains(Enumerable.Range(0, 20), seed => Replay.Stalled(traces, seed) > 0);
        Assert.Contains("may stall", Assert.Single(traces.Warnings), StringComparison.Ordinal);
        Assert.All(Enumerable.Range(0, 20), seed => Assert.Equal(0, Replay.Stalled(new TraceFiles(traces.Dag), seed)));
    }

    /// <summary>Counts and sums that traces of the same plans had with which ASTRA-sim ran to its end.</summary>
    [Fact]
    public void Two_ranks_have_one_group()
    {
        var traces = new TraceFiles(Devices(Plan(2, Dense, new PhaseStrategy { Tp = 2 }, batch: 4, prompt: 1024)));
        Assert.All(traces.Ranks, nodes => Assert.Equal(28, nodes.Count));
        Check(traces, groups: 1, compute: 44, (0, 10, 83_886_080), (2, 2, 256_000));
    }

    [Fact]
    public void Two_stages_send_each_micro_batch()
    {
        var traces = new TraceFiles(Devices(Plan(4, Dense, new PhaseStrategy { Tp = 2, Pp = 2 }, batch: 4, prompt: 1024, microBatches: 2)));
        Assert.Equal([28, 28, 32, 32], traces.Ranks.Select(nodes => nodes.Count).Order());
        Check(traces, groups: 2, compute: 88, (0, 20, 83_886_080), (2, 4, 256_000));
        Messages(traces, 4, 16_777_216);
    }

    [Fact]
    public void A_mixture_of_experts_under_skewed_load()
    {
        var traces = new TraceFiles(Devices(Moe32));
        Assert.Equal((136, 140), (traces.Ranks.Min(nodes => nodes.Count), traces.Ranks.Max(nodes => nodes.Count)));
        Check(traces, groups: 12, compute: 1568, (0, 288, 301_989_888), (2, 32, 1_024_000), (6, 256, 766_771_200));
        Messages(traces, 32, 33_554_432);
    }

    [Fact]
    public void The_reference_plan_in_both_phases()
    {
        var traces = new TraceFiles(Devices(TestPlans.Reference));
        Assert.Equal((70, 139), (traces.Ranks.Min(nodes => nodes.Count), traces.Ranks.Max(nodes => nodes.Count)));
        Check(traces, groups: 80, compute: 4344, (0, 408, 1_426_202_624), (2, 680, 2_014_107_648), (6, 768, 5_369_233_408));
        Messages(traces, 200, 922_771_456);
        TraceInvariants.Assert(traces, "reference");
        Assert.Equal(
            "the network has 2 tiers, and ASTRA-sim routes along the first in which two ranks differ: 384 ring edges of collectives and 0 "
                + "messages join GPUs of different nodes at different places in them and will run as if inside a node; for "
                + "numbers to compare "
                + "set gpusPerNode to all GPUs",
            Assert.Single(traces.Warnings));
    }

    [Fact]
    public void A_prompt_passes_a_ring_in_equal_parts()
    {
        PlanSpec spec = Plan(4, Dense, new PhaseStrategy { Sp = 4, SpMethod = SequenceMethod.Ring }, batch: 1, prompt: 1024);
        var traces = new TraceFiles(Devices(spec));
        TraceInvariants.Assert(traces, "ring");
        GoogleNode[] first = [.. traces.Ranks[1].Where(node => node.Name.Contains("_ring_kv_1_", StringComparison.Ordinal)).Take(2)];
        GoogleNode send = first.Single(node => node.IsSend), receive = first.Single(node => node.IsReceive);
        Assert.Equal((1UL, 2UL), (send.Number("comm_src"), send.Number("comm_dst")));
        Assert.Equal((0UL, 1UL), (receive.Number("comm_src"), receive.Number("comm_dst")));
        Assert.Equal(send.Number("comm_size"), receive.Number("comm_size"));
        Assert.NotEqual(send.Id, receive.Id);
    }

    [Fact]
    public void Same_plan_same_bytes_and_names_only_on_request()
    {
        var traces = new TraceFiles(Devices(TestPlans.Reference));
        Assert.Equal(traces.Bytes.Values, new TraceFiles(Devices(TestPlans.Reference)).Bytes.Values);
        var nameless = new TraceFiles(traces.Dag, new ChakraOptions { WithoutNames = true });
        Assert.All(nameless.Nodes, node => Assert.Equal("", node.Name));
        foreach (GoogleNode node in traces.Nodes)
            node.Name = "";
        Assert.Equal(nameless.Bytes.Where(file => file.Key.EndsWith(".et", StringComparison.Ordinal)).Select(file => file.Value),
            traces.Ranks.Select(GoogleTrace.Encode));
    }

    [Fact]
    public void What_takes_less_than_a_nanosecond_gets_the_bytes_of_one()
    {
        var traces = new TraceFiles(Devices(Plan(5, Dense, new PhaseStrategy { Tp = 4 }, batch: 1, prompt: 16)));
        GoogleNode idle = Assert.Single(traces.Ranks[4]);
        Assert.Equal(("idle", 4, 1UL, 1UL, 3350UL), (idle.Name, idle.Type, idle.Id, idle.Number("num_ops"), idle.Number("tensor_size")));
        Assert.Equal("1 of 5 GPUs have nothing to do; their traces hold a computation of 1 ns", Assert.Single(traces.Warnings));
        Assert.All(traces.Nodes.Where(node => node.IsCompute), node =>
            Assert.True(Math.Max(node.Number("num_ops") / 989e12, node.Number("tensor_size") / 3.35e12) > 0.999e-9, node.Name));
    }

    [Fact]
    public void A_DAG_of_a_coarser_level_is_refused()
    {
        Dag dag = DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference));
        Assert.Equal(
            "llm_parallel is drawn at operator level, but a trace has a node for each operator on each GPU; export the plan, "
                + "or the graph with "
                + "--detail device",
            Refused(dag));
    }

    [Fact]
    public void A_graph_without_a_cluster_or_with_a_cycle_is_refused()
    {
        Assert.StartsWith("the graph g does not tell its cluster, ", Refused(Graph(null)), StringComparison.Ordinal);
        Assert.Equal(
            "the graph g has a cycle, so no trace of it would end (paralleldag check names it); break the cycle",
            Refused(Graph(TestPlans.Reference.Cluster)));
    }

    private static string Refused(Dag dag) => Assert.Throws<InputException>(() => new TraceFiles(dag)).Message;

    private static Dag Graph(ClusterSpec? cluster)
    {
        var builder = new DagBuilder();
        foreach (string id in new[] { "a", "b" })
            builder.AddNode(id, new NodeFacts { Name = id, Kind = NodeKind.Computation }, NodeScope.Unknown, GpuSet.Of(0));
        builder.AddEdge(0, 1, EdgeKind.Data);
        builder.AddEdge(1, 0, EdgeKind.Data);
        return builder.Build(new DagHeader { Name = "g", Detail = DetailLevel.Device, Cluster = cluster });
    }

    private static ModelOutline Dense { get; } = new()
    {
        Layers = 2, Hidden = 1024, Heads = 16, KvHeads = 16, HeadDim = 64, Ffn = 4096, Vocab = 32000,
    };

    private static PlanSpec Moe32 { get; } = Plan(
        16,
        Dense with { Layers = 4, KvHeads = 4, Moe = new ParallelDag.Layers.MoeFeedForward { ExpertCount = 8, TopK = 2, Ffn = 2048 } },
        new PhaseStrategy { Tp = 2, Ep = 4, Pp = 2 },
        batch: 16, prompt: 512, microBatches: 4, load: ExpertLoad.Zipf(1.2));

    private static PlanSpec Plan(
        int gpus, ModelOutline model, PhaseStrategy prefill, int batch, int prompt, int microBatches = 1, ExpertLoad? load = null) => new()
    {
        Name = "plan",
        Model = model,
        Cluster = new ClusterSpec { Gpus = gpus, GpusPerNode = 32, Gpu = DeviceProfile.Find("H100")! },
        Workload = new WorkloadSpec
        {
            Batch = batch, PromptLength = prompt, MicroBatches = microBatches, ExpertLoad = load ?? ExpertLoad.Uniform,
        },
        Prefill = prefill,
    };

    private static void Check(TraceFiles traces, int groups, int compute, params (ulong Type, int Count, ulong Bytes)[] collectives)
    {
        Assert.Equal(groups, traces.Groups.Count);
        Assert.Equal(compute, traces.Nodes.Count(node => node.IsCompute));
        Assert.Equal(
            collectives.Select(collective => (collective.Type, collective.Count, (decimal)collective.Bytes)),
            traces.Nodes.Where(node => node.IsCollective).GroupBy(node => node.Number("comm_type")).OrderBy(nodes => nodes.Key)
                .Select(nodes => (nodes.Key, nodes.Count(), nodes.Sum(node => (decimal)node.Number("comm_size")))));
    }

    private static void Messages(TraceFiles traces, int count, long bytes) => Assert.Equal(
        (count, bytes),
        (traces.Nodes.Count(node => node.IsSend), traces.Nodes.Where(node => node.IsSend).Sum(node => (long)node.Number("comm_size"))));
}
