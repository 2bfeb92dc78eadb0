using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Simulation;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Simulation;

/// <summary>Identities that hold for every plan.</summary>
public class DagSimulatorTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

    private static IEnumerable<DeploymentPlan> PlansOf(int seed) => Enumerable.Range(0, 4).Select(i => TestPlans.Random((seed * 4) + i));

    private static string Describe(DeploymentPlan plan) => $"{plan} | {plan.Model} | {plan.Workload}";

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Compute_exposed_and_idle_are_the_makespan_of_every_GPU(int seed)
    {
        foreach (DeploymentPlan plan in PlansOf(seed))
        {
            foreach (StreamSchedule schedule in Enum.GetValues<StreamSchedule>())
            {
                SimulationResult result = DagSimulator.Run(
                    DagGenerator.Generate(plan, DetailLevel.Device), new SimulationOptions { Schedule = schedule });
                Assert.All(result.Gpus, gpu => Assert.Equal(
                    result.MakespanPicoseconds, gpu.ComputePicoseconds + gpu.ExposedPicoseconds + gpu.IdlePicoseconds));
                Assert.Equal(1, result.Utilisation + result.ExposedShare + result.IdleShare, 9);
                Assert.Equal(result.MakespanPicoseconds, result.CriticalPath.Sum(step => step.Picoseconds));
                foreach (GpuTime gpu in result.Gpus)
                    AssertShares(result, gpu);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Operator_level_is_as_long_as_Device_level_where_members_are_alike(int seed)
    {
        foreach (DeploymentPlan plan in PlansOf(seed))
        {
            foreach (PhaseKind phase in plan.Phases.Select(layout => layout.Phase).Distinct())
            {
                // Every operator of a layer takes the same time on every GPU.
                SimulationResult device = DagSimulator.Run(Alike(DagGenerator.Generate(plan, DetailLevel.Device, phase)));
                SimulationResult operators = DagSimulator.Run(Alike(DagGenerator.Generate(plan, DetailLevel.Operator, phase)));
                Assert.True(device.MakespanPicoseconds == operators.MakespanPicoseconds, Describe(plan));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_phase_alone_takes_what_it_takes_in_the_whole_graph(int seed)
    {
        foreach (DeploymentPlan plan in PlansOf(seed).Where(plan => plan.HasBothPhases))
        {
            Dag whole = DagGenerator.Generate(plan, DetailLevel.Device);
            foreach (PhaseKind phase in Enum.GetValues<PhaseKind>())
            {
                SimulationResult part = DagSimulator.Run(whole, new SimulationOptions { Phase = phase });
                SimulationResult alone = DagSimulator.Run(DagGenerator.Generate(plan, DetailLevel.Device, phase));
                Assert.True(alone.MakespanPicoseconds == part.MakespanPicoseconds, Describe(plan));
                Assert.Equal(alone.Gpus, part.Gpus);
                Assert.Equal(alone.Stages, part.Stages);
            }

            // Instances unlike one another do not wait for each other.
            foreach (PhaseLayout layout in plan.Phases.Where(layout => layout.Id.Set > 0))
            {
                Dag ofSet = DagGenerator.Generate(Alone(plan, layout), DetailLevel.Device, layout.Phase);
                var options = new SimulationOptions { Phase = layout.Phase, Set = layout.Id.Set };
                Assert.True(DagSimulator.Run(ofSet).MakespanPicoseconds == DagSimulator.Run(whole, options).MakespanPicoseconds,
                    $"{layout.Id.ToName()} of {Describe(plan)}");
            }
        }
    }

    private static DeploymentPlan Alone(DeploymentPlan plan, PhaseLayout layout)
    {
        PhaseStrategy set = layout.Strategy with { FirstGpu = layout.RankGpus[0] };
        return DeploymentPlan.Create(layout.Phase == PhaseKind.Prefill
            ? plan.Spec with { Prefill = set, Decode = null } : plan.Spec with { Prefill = null, Decode = set });
    }

    [Fact]
    public void A_graph_without_times_is_refused()
    {
        var builder = new DagBuilder();
        builder.AddNode("a", new NodeFacts { Name = "a", Kind = NodeKind.Computation }, NodeScope.Unknown, GpuSet.Of(0));
        InputException fault = Assert.Throws<InputException>(() => DagSimulator.Run(builder.Build(new DagHeader { Name = "drawn" })));
        Assert.Equal(
            "the graph drawn does not tell how long its nodes take, so it cannot be simulated; give its nodes seconds, or take the plan",
            fault.Message);
    }

    [Fact]
    public void A_cycle_is_named()
    {
        var builder = new DagBuilder();
        for (int node = 0; node < 4; node++)
            builder.AddNode($"n{node}", new NodeFacts { Name = "a", Kind = NodeKind.Computation }, NodeScope.Unknown, GpuSet.Of(0));
        foreach ((int source, int target) in new[] { (0, 1), (1, 2), (2, 3), (3, 1) })
            builder.AddEdge(source, target, EdgeKind.Data);
        Dag dag = builder.Build(new DagHeader { Name = "drawn" }, clock: new Clock(_ => 1e-6));
        InputException fault = Assert.Throws<InputException>(() => DagSimulator.Run(dag));
        Assert.Equal(
            "drawn has nodes that wait for each other (n1 -> n2 -> n3 -> n1), so no schedule of it ends; break the cycle",
            fault.Message);
    }

    [Fact]
    public void Lanes_join_GPUs_that_no_set_tells_apart()
    {
        var lanes = new GpuLanes([GpuSet.Parse("0-7"), GpuSet.Parse("4-7,12-15"), GpuSet.Parse("6-7"), GpuSet.Parse("20")]);
        Assert.Equal(["0-3", "4-5", "6-7", "12-15", "20"], lanes.Gpus.Select(gpus => gpus.ToString()));
        Assert.Equal([1, 2, 3], lanes.Of(GpuSet.Parse("4-7,12-15")));
        Assert.Equal([2], lanes.Of(GpuSet.Parse("6-7")));
    }

    /// <summary>The same graph, whose operators take a time of their own each.</summary>
    private static Dag Alike(Dag dag)
    {
        var builder = new DagBuilder();
        for (int node = 0; node < dag.NodeCount; node++)
            builder.AddNode(dag.IdOf(node), dag.FactsOf(node), dag.ScopeOf(node), dag.GpusOf(node));
        foreach (DagEdge edge in dag.Edges)
            builder.AddEdge(edge.GetSource().Index, edge.GetTarget().Index, edge.Kind);
        return builder.Build(dag.Header, clock: new Clock(node =>
            node.Kind is NodeKind.Input or NodeKind.Output ? 0 : 1e-6 * (1 + (Ops.All.ToList().IndexOf(node.Op!) * 7919 % 97))));
    }

    /// <summary>The split of a GPU, instant by instant.</summary>
    private static void AssertShares(SimulationResult result, GpuTime gpu)
    {
        var nodes = result.GetDag().Nodes.Where(node => result.Run.Actions.StreamsOf(node.Index).ToArray()
            .Any(stream => result.Actions.GpuLanes.Gpus[stream / 4] == gpu.Gpus)).ToArray();
        long[] instants =
            [.. nodes.SelectMany(node => new[] { result.Run.StartOf(node.Index), result.Run.FinishOf(node.Index) }).Distinct().Order()];
        long compute = 0, exposed = 0;
        var starts = nodes.OrderBy(node => result.Run.StartOf(node.Index)).ToArray();
        int next = 0;
        var running = new List<DagNode>();
        for (int i = 1; i < instants.Length; i++)
        {
            while (next < starts.Length && result.Run.StartOf(starts[next].Index) <= instants[i - 1])
                running.Add(starts[next++]);
            running.RemoveAll(node => result.Run.FinishOf(node.Index) <= instants[i - 1]);
            bool computes = running.Any(node => node.Collective == CollectiveKind.None && node.Kind != NodeKind.Communication);
            compute += computes ? instants[i] - instants[i - 1] : 0;
            exposed += !computes && running.Count > 0 ? instants[i] - instants[i - 1] : 0;
        }

        Assert.Equal((compute, exposed), (gpu.ComputePicoseconds, gpu.ExposedPicoseconds));
    }

    private sealed class Clock(Func<DagNode, double> seconds) : INodeClock
    {
        public NodeTimes TimesOf(Dag dag) =>
            new([.. Enumerable.Range(0, dag.NodeCount)], [.. dag.Nodes.Select(node => new NodeTime(seconds(node), TimeBound.None))]);
    }
}
