using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Lowering;

/// <summary>One truth at three levels: every level is a contraction of the Device level.</summary>
public class ConservationTests
{
    // Ten plans a case, so that 400 plans are drawn.
#if MUTANTS
    private const int Cases = 2, PlansOfCase = 4;
#else
    private const int Cases = 40, PlansOfCase = 10;
#endif

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, Cases)];

    private static IEnumerable<DeploymentPlan> PlansOf(int seed) =>
        Enumerable.Range(0, PlansOfCase).Select(i => TestPlans.Random((seed * PlansOfCase) + i));

    private static string Describe(DeploymentPlan plan) => $"{plan} | {plan.Model} | {plan.Workload} | {plan.Prefill} {plan.Decode}";

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Sums_agree_between_levels(int seed)
    {
        foreach (DeploymentPlan plan in PlansOf(seed))
        {
            Dag device = DagGenerator.Generate(plan, DetailLevel.Device);
            Assert.All(device.Nodes, node => Assert.Equal(1, node.Members));
            foreach (DetailLevel detail in new[] { DetailLevel.Operator, DetailLevel.Overview })
            {
                Dag other = DagGenerator.Generate(plan, detail);
                Assert.True(device.Nodes.Sum(node => node.Flops) == other.Nodes.Sum(node => node.Flops),
                    $"FLOPs at {detail}: {Describe(plan)}");
                Assert.True(device.Nodes.Sum(node => node.WireBytes) == other.Nodes.Sum(node => node.WireBytes),
                    $"wire bytes at {detail}: {Describe(plan)}");
                Assert.True(device.NodeCount == other.Nodes.Sum(node => node.Members), $"members at {detail}: {Describe(plan)}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Operator_and_Device_agree_on_operator_layer_and_GPU(int seed)
    {
        foreach (DeploymentPlan plan in PlansOf(seed))
        {
            Assert.Equal(
                Incidences(DagGenerator.Generate(plan, DetailLevel.Operator)),
                Incidences(DagGenerator.Generate(plan, DetailLevel.Device)));
        }

        static List<(string, PhaseId?, int?, int, int)> Incidences(Dag dag) =>
            [.. dag.Nodes.Where(node => node.Op != Ops.KvTransfer)
                .SelectMany(node => node.Gpus!.AsEnumerable().Select(gpu => (node.Op!, node.PhaseId, node.Layer, node.MicroBatch, gpu)))
                .Order()];
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_level_is_numbered_in_topological_order_with_unique_ids(int seed)
    {
        foreach (DeploymentPlan plan in PlansOf(seed))
        {
            foreach (DetailLevel detail in Enum.GetValues<DetailLevel>())
            {
                Dag dag = DagGenerator.Generate(plan, detail);
                Assert.True(TopologicalOrder.IsIndexOrder(dag.Topology), $"{detail}: {Describe(plan)}");
                Assert.Equal(dag.NodeCount, dag.Nodes.Select(node => node.Id).Distinct().Count());
            }
        }
    }

    /// <summary>
    /// Contracting the Device graph by (operator, layer, micro-batch, GPU) gives exactly the edges of the Operator graph.
    /// </summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Operator_edges_are_the_contraction_of_Device_edges(int seed)
    {
        foreach (DeploymentPlan plan in PlansOf(seed))
        {
            Dag device = DagGenerator.Generate(plan, DetailLevel.Device), drawn = DagGenerator.Generate(plan, DetailLevel.Operator);
            var nodeAt = new Dictionary<(PhaseId?, int?, int?, int, string, int), List<int>>();
            foreach (DagNode node in drawn.Nodes)
            {
                foreach (int gpu in node.Gpus!)
                {
                    var key = (node.PhaseId, node.Stage, node.Layer, node.MicroBatch, node.Facts.IdStem, gpu);
                    if (!nodeAt.TryGetValue(key, out List<int>? nodes))
                        nodeAt.Add(key, nodes = []);
                    nodes.Add(node.Index);
                }
            }

            int Contracted(DagNode node)
            {
                // A transfer or a send may share a GPU with others of its kind; it belongs where all its GPUs are.
                List<int> candidates = nodeAt[(node.PhaseId, node.Stage, node.Layer, node.MicroBatch, node.Facts.IdStem, node.Gpus!.First)];
                return candidates.First(candidate => drawn.GpusOf(candidate)!.ContainsAll(node.Gpus));
            }

            var expected = device.Edges.Select(edge => (Contracted(edge.GetSource()), Contracted(edge.GetTarget()), edge.Kind)).ToHashSet();
            var actual = drawn.Edges.Select(edge => (edge.GetSource().Index, edge.GetTarget().Index, edge.Kind)).ToHashSet();
            Assert.True(expected.SetEquals(actual),
                $"{Describe(plan)}: {expected.Except(actual).Count()} missing, {actual.Except(expected).Count()} too many");
        }
    }
}
