using System.Text;
using System.Text.RegularExpressions;
using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Readers;

/// <summary>Whole plans through files and back: nothing that a rule reads may be lost on the way.</summary>
public sealed partial class PlanRoundTripTests
{
    [Theory]
    [InlineData(DetailLevel.Overview)]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void The_reference_plan_survives_both_formats(DetailLevel detail) =>
        Survives(DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference), detail));

    [Fact]
    public void Random_plans_survive_both_formats()
    {
        for (int seed = 0; seed < 30; seed++)
            Survives(DagGenerator.Generate(TestPlans.Random(seed), (DetailLevel)(seed % 3)));
    }

    private static void Survives(Dag dag)
    {
        string json = JsonWriter.ToText(dag), dot = DotWriter.ToText(dag);
        Dag fromJson = JsonReader.Read(Encoding.UTF8.GetBytes(json)), fromDot = DotReader.Read(dot);
        Assert.Equal(json, JsonWriter.ToText(fromJson));
        Assert.Equal(dot, DotWriter.ToText(fromDot));
        Assert.Equal(dot, DotWriter.ToText(fromJson));
        Assert.Equal(Evidence(dag), Evidence(fromJson));

        // Of a drawing PD009 also says how many gate edges are drawn dashed.
        Assert.Equal(Evidence(dag), DrawnDashed().Replace(Evidence(fromDot), ""));
    }

    private static string Evidence(Dag dag) =>
        string.Join('\n', CheckRunner.Run(dag).Results
            .Select(result => $"{result.Rule.Id} {result.Status} {LineOfFile().Replace(result.Evidence, "")}"));

    [GeneratedRegex(@" \(line \d+\)")]
    private static partial Regex LineOfFile();

    [GeneratedRegex(",? ?[0-9,]* ?drawn dashed")]
    private static partial Regex DrawnDashed();
}
