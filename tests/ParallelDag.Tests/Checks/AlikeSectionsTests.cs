using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Tests.Checks.Damage;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Checks;

/// <summary>A look at one of the sections that are alike says what a look at all of them says.</summary>
public class AlikeSectionsTests
{
    private static readonly DeploymentPlan Stages = DeploymentPlan.Create(
        DamagedPlans.All.Single(plan => plan.Name == "stages that are alike").Spec);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_random_plan_passes_with_the_same_evidence(int seed)
    {
        DeploymentPlan plan = SamplePlans.Random(seed);
        Same(DagGenerator.Generate(plan));
        Same(DagGenerator.Generate(plan, DetailLevel.Device));
    }

    [Theory]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void Damage_is_seen_alike(DetailLevel detail)
    {
        Dag good = DagGenerator.Generate(Stages, detail);
        Same(good);
        foreach (DamageKind kind in DamageKind.Every)
        {
            var graph = new GraphUnderDamage(good, seed: 7);
            if (kind.Apply(graph))
                Same(graph.Build(), kind.ToString());
        }
    }

    [Fact]
    public void Of_stages_between_the_first_and_the_last_one_is_left()
    {
        Dag dag = DagGenerator.Generate(Stages, DetailLevel.Device);
        var survey = new GraphSurvey(OperatorPart.Of(dag), default);
        int[] models = [.. Enumerable.Range(0, survey.Sections.Count).Select(survey.Alike!.ModelOf).Distinct()];
        int?[] stages = [.. models.Select(model => survey.Sections.Scopes[model].Stage).Distinct().Order()];

        Assert.DoesNotContain(3, stages);
        Assert.Equal(dag.NodeCount, survey.Alike.Nodes.Sum(survey.Alike.Weight));
        Assert.True(survey.Alike.Nodes.Length < survey.AlikeInStages!.Nodes.Length);
    }

    private static void Same(Dag dag, string? kind = null)
    {
        CheckReport models = CheckRunner.Run(dag), all = CheckRunner.Run(dag, null, null, everywhere: true);
        for (int i = 0; i < models.Results.Count; i++)
        {
            Assert.True(models.Results[i].Status == all.Results[i].Status && models.Results[i].Evidence == all.Results[i].Evidence,
                $"{kind}\n{models.Results[i]}\n{all.Results[i]}");
        }
    }
}
