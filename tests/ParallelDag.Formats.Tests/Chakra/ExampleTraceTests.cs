using ParallelDag.Lowering;
using ParallelDag.Tests.Chakra;

namespace ParallelDag.Formats.Tests.Chakra;

/// <summary>Every trace of the examples is decoded by Google's protobuf runtime and obeys the invariants.</summary>
public class ExampleTraceTests
{
    public static TheoryData<string> Plans => [.. Repository.Plans];

    [Theory]
    [MemberData(nameof(Plans))]
    public void Traces_of_an_example_obey_the_invariants(string name)
    {
        DeploymentPlan plan = PlanFile.Load(Repository.PathOf(name));
        var traces = new TraceFiles(DagGenerator.Generate(plan, DetailLevel.Device));
        Assert.Equal(plan.Cluster.Gpus, traces.Ranks.Length);
        TraceInvariants.Assert(traces, name);
    }
}
