using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Wording;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>
/// What changes nothing of the plan fails no rule: other ids, another order of nodes and edges, other GPUs of the pool, a way through
/// files.
/// </summary>
public class LegalChangeTests
{
    public static TheoryData<string> Plans => [.. DamagedPlans.All.Select(item => item.Name)];

    [Theory]
    [MemberData(nameof(Plans))]
    public void Legal_changes_fail_no_rule(string name)
    {
        DeploymentPlan plan = DeploymentPlan.Create(DamagedPlans.All.First(item => item.Name == name).Spec);
        foreach (DetailLevel detail in new[] { DetailLevel.Operator, DetailLevel.Device })
        {
            Dag dag = DagGenerator.Generate(plan, detail);
            Holds(Renamed(dag), "renamed");
            Holds(Shuffled(dag, 7), "shuffled");
            Holds(Shifted(dag, 24), "on other GPUs");
            Holds(DotReader.Read(DotWriter.ToText(Shuffled(dag, 3)), "a.dot"), "through DOT");
            Holds(JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(JsonWriter.ToText(Renamed(dag))), "a.json"), "through JSON");
        }
    }

    private static void Holds(Dag dag, string change)
    {
        CheckReport report = CheckRunner.Run(dag);
        Assert.True(report.Holds, $"{change}: {string.Join('\n', report.Failures)}");
    }

    private static Dag Renamed(Dag dag)
    {
        var parts = new DagMutator(dag);
        for (int node = 0; node < parts.Nodes.Count; node++)
            parts.Nodes[node] = parts.Nodes[node] with { Id = Words.Invariant($"n{parts.Nodes.Count - node}") };
        return parts.Build();
    }

    private static Dag Shuffled(Dag dag, int seed)
    {
        var random = new Random(seed);
        var parts = new DagMutator(dag);
        int[] order = [.. Enumerable.Range(0, parts.Nodes.Count)];
        random.Shuffle(order);
        int[] place = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
            place[order[i]] = i;
        DagMutator.Row[] rows = [.. order.Select(node => parts.Nodes[node])];
        var edges = parts.Edges.Select(edge => (place[edge.Source], place[edge.Target], edge.Kind, edge.Facts)).ToArray();
        random.Shuffle(edges);
        parts.Nodes.Clear();
        parts.Nodes.AddRange(rows);
        parts.Edges.Clear();
        parts.Edges.AddRange(edges);
        return parts.Build();
    }

    /// <summary>The whole plan so many GPUs further in the pool.</summary>
    private static Dag Shifted(Dag dag, int by)
    {
        GpuSet Moved(GpuSet gpus) => GpuSet.FromGpus(gpus.AsEnumerable().Select(gpu => gpu + by));
        var parts = new DagMutator(dag);
        for (int node = 0; node < parts.Nodes.Count; node++)
            parts.Nodes[node] = parts.Nodes[node] with { Gpus = Moved(parts.Nodes[node].Gpus!) };
        return parts.WithHeader(header => header with
        {
            Phases = [.. header.Phases.Select(phase => phase with
            {
                Stages = [.. phase.Stages.Select(stage => stage with { Gpus = Moved(stage.Gpus) })],
                RankGpus = phase.RankGpus?.Select(gpu => gpu + by).ToArray(),
            })],
        }).Build();
    }
}
