using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Checks;

/// <summary>A DAG that went through a file keeps all that the rules read.</summary>
public class FileRoundTripTests
{
    [Theory]
    [InlineData(DetailLevel.Overview)]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void Results_are_the_same_before_and_after_DOT_and_JSON(DetailLevel detail)
    {
        for (int seed = -1; seed < 8; seed++)
        {
            Dag dag = DagGenerator.Generate(seed < 0 ? SamplePlans.Reference() : SamplePlans.Random(seed), detail);
            string[] before = Lines(dag);
            Assert.Equal(before, Lines(DotReader.Read(DotWriter.ToText(dag), "a.dot")));
            Assert.Equal(before, Lines(JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(JsonWriter.ToText(dag)), "a.json")));
        }
    }

    private static string[] Lines(Dag dag) =>
        [.. CheckRunner.Run(dag).Results.Select(result => result.ToString().Replace(" drawn dashed", "", StringComparison.Ordinal))];
}
