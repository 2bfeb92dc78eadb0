using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Serving;
using ParallelDag.Simulation;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Durations;

/// <summary>
/// Exchanges in which a token goes once to each node of its experts: DeepSeek-V3's 256 experts, eight chosen, over four nodes of eight
/// H100. A token meets 3.6142 nodes and 7.2668 ranks; with four of eight groups 2.9282 and 6.5965 (DistinctTargetsTests).
/// </summary>
public class ExchangeTimeTests
{
    private static DeploymentPlan Plan(int groups, int limit, bool dedup = true, int domain = 8)
    {
        ModelSpec model = TestPlans.Dense with
        {
            Moe = new MoeFeedForward { ExpertCount = 256, TopK = 8, Ffn = 32, Groups = groups, GroupLimit = limit },
        };
        PlanSpec spec = TestPlans.Of(model, new PhaseStrategy
        {
            Dp = 32, Ep = 32, ExpertParallel = ExpertParallelMode.Folded, Dedup = dedup,
        }, batch: 32, prompt: 4096);
        return DeploymentPlan.Create(spec with { Cluster = spec.Cluster with { Gpus = 32, Domain = domain } });
    }

    private static double Dispatch(DeploymentPlan plan, DetailLevel detail) =>
        DagGenerator.Generate(plan, detail).Nodes.First(node => node.Op == Ops.Dispatch).Seconds!.Value;

    [Theory]
    [InlineData(0, 0, 3.614214305566513, 7.26679991735288)]
    [InlineData(8, 4, 2.9282097874345787, 6.596512811001903)]
    public void The_network_carries_a_token_once_to_a_node(int groups, int limit, double nodes, double ranks)
    {
        DeploymentPlan plan = Plan(groups, limit);
        double row = 4096.0 * plan.Model.Hidden * 2;
        double between = row * nodes * 3 / 4 / (50e9 * .92), within = row * ranks / (450e9 * .63);
        double expected = 20e-6 + Math.Max(between, within);
        Assert.Equal(expected, Dispatch(plan, DetailLevel.Device), expected * 1e-4);
        Assert.Equal(expected, Dispatch(plan, DetailLevel.Operator), expected * 1e-4);
        Assert.True(Dispatch(Plan(groups, limit, dedup: false), DetailLevel.Device) > 1.5 * expected);
    }

    [Fact]
    public void In_one_domain_nothing_crosses() =>
        Assert.True(Dispatch(Plan(0, 0, domain: 32), DetailLevel.Device) < .6 * Dispatch(Plan(0, 0), DetailLevel.Device));

    [Fact]
    public void Graph_programs_and_forms_agree()
    {
        DeploymentPlan plan = Plan(8, 4);
        PhaseLayout layout = plan.PrefillLayout!;
        double simulated = DagSimulator.Run(DagGenerator.Generate(plan, DetailLevel.Device)).Makespan;
        double programs = PlanPass.Of(plan, layout, plan.Workload).Once;
        double form = PhaseForm.Of(plan.Model, layout, plan.Workload, plan.TimeModel, PhaseKind.Prefill).At(32).Once;
        Assert.Equal(simulated, programs, simulated * 1e-9);
        Assert.Equal(simulated, form, simulated * 1e-4);
    }
}
