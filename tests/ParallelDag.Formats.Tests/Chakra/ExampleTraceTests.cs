using ParallelDag.Lowering;
using ParallelDag.Tests.Chakra;

namespace ParallelDag.Formats.Tests.Chakra;

/// <summary>Every trace of the examples is decoded by Google's protobuf runtime and obeys the invariants.</summary>
public class ExampleTraceTests
{
    private static string Examples { get; } = FindExamples();

    public static TheoryData<string> Plans =>
    [
        .. Directory.GetFiles(Examples, "*.yaml", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Examples, file)).Order(),
    ];

    [Theory]
    [MemberData(nameof(Plans))]
    public void Traces_of_an_example_obey_the_invariants(string name)
    {
        DeploymentPlan plan = PlanFile.Load(Path.Combine(Examples, name));
        var traces = new TraceFiles(DagGenerator.Generate(plan, DetailLevel.Device));
        Assert.Equal(plan.Cluster.Gpus, traces.Ranks.Length);
        TraceInvariants.Assert(traces, name);
    }

    private static string FindExamples()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "ParallelDag.sln")))
                return Path.Combine(folder, "examples");
        }

        throw new DirectoryNotFoundException("the examples");
    }
}
