using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Strategies;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Lowering;

public class SizeEstimateTests
{
#if MUTANTS
    private const int Plans = 15;
#else
    private const int Plans = 200;
#endif

    [Fact]
    public void Foretells_nodes_and_edges_of_each_phase_and_of_the_whole()
    {
        int handOffs = 0;
        for (int seed = 0; seed < Plans; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);
            foreach (IGrouping<PhaseKind, PhaseLayout> phase in plan.Phases.GroupBy(layout => layout.Phase))
                Same(plan, phase.Key, [.. phase]);
            Same(plan, null, plan.Phases);
            handOffs += plan.HasBothPhases ? 1 : 0;
        }

        Assert.InRange(handOffs, Plans / 3, Plans);
    }

    private static void Same(DeploymentPlan plan, PhaseKind? phase, IReadOnlyList<PhaseLayout> layouts)
    {
        Dag dag = DagGenerator.Generate(plan, DetailLevel.Device, phase);
        Assert.Equal(new SizeEstimate(dag.NodeCount, dag.EdgeCount), SizeEstimate.OfDeviceGraph(plan, layouts));
    }

    /// <summary>Every GPU of a stage ends a micro-batch before the next: three edges a GPU for four micro-batches.</summary>
    [Fact]
    public void Edges_that_order_micro_batches_are_counted()
    {
        PlanSpec Plan(PhaseSchedule schedule) =>
            TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2, Pp = 2, MicroBatches = 4, Schedule = schedule });
        DeploymentPlan ordered = DeploymentPlan.Create(Plan(PhaseSchedule.Gpipe));
        DeploymentPlan free = DeploymentPlan.Create(Plan(PhaseSchedule.Overlapped));
        Assert.Equal(3 * 4, SizeEstimate.OfDeviceGraph(ordered, ordered.Phases).Edges
            - SizeEstimate.OfDeviceGraph(free, free.Phases).Edges);
        Assert.Equal(3 * 4, DagGenerator.Generate(ordered, DetailLevel.Device).EdgeCount
            - DagGenerator.Generate(free, DetailLevel.Device).EdgeCount);
    }

    /// <summary>Every receiver takes each part of the prompt from one rank, in every micro-batch.</summary>
    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(2, 1, 8)]
    [InlineData(1, 2, 8)]
    [InlineData(3, 1, 4)]
    public void Edges_of_a_plain_hand_off_are_exact(int sp, int microBatches, int batch)
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Tp = 2, Sp = sp },
            new PhaseStrategy { Tp = 2 }, batch: batch, microBatches: microBatches, pool: PoolKind.Disaggregated));
        long Counted(params PhaseLayout[] phases) => SizeEstimate.OfDeviceGraph(plan, phases).Edges;
        long edges = DagGenerator.Generate(plan, DetailLevel.Device).Edges.Count(edge => edge.Kind is EdgeKind.Kv or EdgeKind.Token);
        Assert.Equal(edges, Counted([.. plan.Phases]) - Counted(plan.PrefillLayout!) - Counted(plan.DecodeLayout!));
    }

    [Fact]
    public void A_graph_that_fills_the_memory_is_accepted()
    {
        var estimate = new SizeEstimate(1000, 2000);
        estimate.Require("plan", estimate.MemoryBytes);
        Assert.Throws<InputException>(() => estimate.Require("plan", estimate.MemoryBytes - 1));
    }

    [Fact]
    public void A_graph_beyond_the_memory_is_refused_with_the_way_out()
    {
        var estimate = new SizeEstimate(10_000_000, 20_000_000);
        estimate.Require("plan", 1L << 30);
        InputException error = Assert.Throws<InputException>(() => estimate.Require("plan", 100 << 20));
        Assert.Equal(
            "the Device graph of plan has about 10 M nodes and 20 M edges (343 MiB in memory), but this machine has 100 MiB; ask for the "
                + "operator or overview detail, one phase, or fewer micro-batches", error.Message);
    }

    [Fact]
    public void A_graph_beyond_the_index_range_is_refused_before_anything_is_allocated()
    {
        PlanSpec spec = TestPlans.Of(TestPlans.Dense with { Layers = 1000 }, new PhaseStrategy { Dp = 1024 }, batch: 1 << 20,
            microBatches: 1024);
        Assert.Contains("more than a graph can hold",
            Assert.Throws<InputException>(() => DagGenerator.Generate(DeploymentPlan.Create(spec), DetailLevel.Device)).Message,
            StringComparison.Ordinal);
    }
}
