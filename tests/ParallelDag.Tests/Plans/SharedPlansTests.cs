using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>
/// A plan is immutable: threads that share one get what one thread gets, also where a number is worked out when first asked for.
/// </summary>
public class SharedPlansTests
{
    private const int Threads = 8;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 16)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Threads_that_share_a_plan_get_the_numbers_of_one(int seed)
    {
        string alone = Numbers(TestPlans.Random(seed));
        DeploymentPlan shared = TestPlans.Random(seed);
        string[] together = OnThreads(() => Numbers(shared));
        Assert.All(together, numbers => Assert.Equal(alone, numbers));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Threads_that_share_a_program_get_the_numbers_of_one(int seed)
    {
        OperatorProgram[] alone = Programs(TestPlans.Random(seed)), shared = Programs(TestPlans.Random(seed));
        string expected = string.Join('\n', alone.Select(Numbers));
        Assert.All(OnThreads(() => string.Join('\n', shared.Select(Numbers))), numbers => Assert.Equal(expected, numbers));
    }

    /// <summary>All threads start at once, so that they meet where something is worked out for the first time.</summary>
    private static string[] OnThreads(Func<string> work)
    {
        using var start = new Barrier(Threads);
        string[] results = new string[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(index => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                results[index] = work();
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                results[index] = fault.ToString();
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return results;
    }

    private static OperatorProgram[] Programs(DeploymentPlan plan) => [.. plan.Phases.SelectMany(layout =>
    {
        PhaseSections sections = plan.Sections(layout);
        return sections.Kinds.Prepend(sections.Entry).Append(sections.Exit);
    })];

    private static string Numbers(OperatorProgram program) => string.Join('\n', program.Steps.Select(step =>
    {
        IEnumerable<int> ranks = Enumerable.Range(0, step.Mesh.Size);
        string work = string.Join(' ', ranks.Select(rank => $"{step.Flops(rank)}/{step.HbmBytes(rank)}/{step.WeightBytes(rank)}"));
        string traffic = step.Traffic is null ? ""
            : string.Join(' ', step.Mesh.Groups([.. step.GroupAxes]).Select(group => step.Traffic.Of(group)));
        return $"{step.Op} {work} {traffic}";
    }));

    private static string Numbers(DeploymentPlan plan)
    {
        Dag dag = DagGenerator.Generate(plan);
        string nodes = string.Join('\n', dag.Nodes.Select(node => $"{node.Id} {node.Gpus} {node.Flops} {node.HbmBytes} {node.Seconds}"));
        string memory = string.Join('\n', MemoryPlan.OfGpus(plan).OrderBy(gpu => gpu.Key).Select(gpu => $"{gpu.Key} {gpu.Value}"));
        return $"{nodes}\n{memory}";
    }
}
