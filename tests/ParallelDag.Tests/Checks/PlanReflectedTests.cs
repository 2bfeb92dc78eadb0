using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Tests.Checks.Damage;

namespace ParallelDag.Tests.Checks;

/// <summary>PD027: a graph beside its plan.</summary>
public class PlanReflectedTests
{
    private static readonly DeploymentPlan Plan =
        DeploymentPlan.Create(DamagedPlans.All.First(item => item.Name == "moe same experts").Spec);

    private static Dag Expected => DagGenerator.Generate(Plan);

    [Theory]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    [InlineData(DetailLevel.Overview)]
    public void A_generated_graph_reflects_its_plan(DetailLevel detail)
    {
        Dag dag = DagGenerator.Generate(Plan, detail);
        CheckResult result = RuleText.Of(dag, "PD027", DagGenerator.Generate(Plan, detail));
        Assert.True(result.Status == CheckStatus.Pass, result.ToString());
    }

    [Fact]
    public void Without_a_plan_it_does_not_run_unless_asked_for()
    {
        Assert.Null(CheckRunner.Run(Expected).Find("PD027"));
        Assert.Equal(CheckStatus.Skipped, CheckRunner.Run(Expected, ["PD027"]).Find("PD027")!.Status);
    }

    [Fact]
    public void A_node_that_is_missing_and_one_beyond_the_plan_are_named()
    {
        var graph = new GraphUnderDamage(Expected, 1);
        graph.Remove(row => row.Id == "decode_l2_m1_experts_ep1");
        graph.Double(row => row.Id == "prefill_l1_m0_gate");
        CheckResult result = CheckRunner.Run(graph.Build(), ["PD027"], Expected).Find("PD027")!;
        Assert.Contains("decode_l2_m1_experts_ep1", result.Evidence, StringComparison.Ordinal);
        Assert.Contains("1 node that the plan does not have: prefill_l1_m0_gate_again", result.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_degrees_are_named()
    {
        Dag other = DagGenerator.Generate(DeploymentPlan.Create(DamagedPlans.All.First(item => item.Name == "folded").Spec));
        string evidence = CheckRunner.Run(other, ["PD027"], Expected).Find("PD027")!.Evidence;
        Assert.Contains("the plan's decode phase is missing", evidence, StringComparison.Ordinal);
        Assert.Contains("prefill has pp=1, the plan pp=2", evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_drawing_is_told_what_it_lacks()
    {
        const string Drawn = """
            digraph g {
              in [shape=box, label="Input\nGPUs: 0-3"];
              q  [shape=box, label="Layer 1 QKV Projection\nGPUs: 0-3"];
              a  [shape=box, label="Layer 1 Attention\nGPUs: 0-3"];
              e  [shape=box, label="Layer 1 Experts 0-3\nGPUs: 0-1"];
              x  [shape=box, label="Layer 3 Attention\nGPUs: 0-3"];
              z  [shape=box, label="Layer 9 Attention\nGPUs: 64-65"];
              in -> q -> a -> e -> x -> z;
            }
            """;
        string evidence = CheckRunner.Run(DotReader.Read(Drawn, "a.dot"), ["PD027"], Expected).Find("PD027")!.Evidence;
        Assert.Contains("GPUs 4-7 of the plan run nothing", evidence, StringComparison.Ordinal);
        Assert.Contains("on GPUs that the plan does not use: z", evidence, StringComparison.Ordinal);
        Assert.Contains("1 layer of the plan's 3 not drawn: 2", evidence, StringComparison.Ordinal);
        Assert.Contains("layer 9 is beyond", evidence, StringComparison.Ordinal);
    }
}
