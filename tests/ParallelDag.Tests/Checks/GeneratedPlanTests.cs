using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Checks;

/// <summary>Every rule holds on every generated DAG: a fault here is a fault of the lowering or of the rule.</summary>
public class GeneratedPlanTests
{
#if MUTANTS
    private const int Plans = 8;
#else
    private const int Plans = 60;
#endif

    [Theory]
    [InlineData(DetailLevel.Overview)]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void Random_plans_hold_every_rule(DetailLevel detail) => Hold(detail, SamplePlans.Random);

    [Theory]
    [InlineData(DetailLevel.Overview)]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void Random_plans_of_every_kind_of_layer_hold_every_rule(DetailLevel detail) => Hold(detail, TestPlans.Random);

    private static void Hold(DetailLevel detail, Func<int, DeploymentPlan> draw)
    {
        var faults = new List<string>();
        for (int seed = 0; seed < Plans; seed++)
        {
            DeploymentPlan plan = draw(seed);
            CheckReport report = CheckRunner.Run(DagGenerator.Generate(plan, detail));
            faults.AddRange(report.Failures.Select(result => $"{plan} seed {seed}: {result}"));
            foreach (CheckResult result in report.Results.Where(result => result.Status == CheckStatus.Skipped && result.Id != "PD013"))
                faults.Add($"seed {seed} {result}");
        }

        Assert.True(faults.Count == 0, $"{faults.Count} faults\n{string.Join('\n', faults.Take(30))}");
    }
}
