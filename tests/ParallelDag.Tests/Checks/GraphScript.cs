using System.Globalization;
using System.Text.RegularExpressions;
using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Lowering;
using ParallelDag.Tests.Checks.Damage;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// Small generated graphs by name, and changes to them in short words, so that a theory can hold one change a line: <c>- a > b</c> takes an
/// edge away, <c>+ a > b kv</c> adds one, <c>remove a</c>, <c>bridge a</c> and <c>copy a b</c> are about nodes with their edges, and
/// <c>layer a 3</c> sets a property; <c>none</c> takes it away.
/// </summary>
internal static partial class GraphScript
{
    private static readonly PhaseStrategy Ep2Tp2 = new() { Ep = 2, Tp = 2 };

    private static readonly Dictionary<string, Lazy<Dag>> Graphs = new()
    {
        ["moe"] = Of(TestPlans.Of(TestPlans.Moe with { Layers = 2 }, Ep2Tp2, Ep2Tp2)),
        ["device"] = Of(TestPlans.Of(TestPlans.Moe with { Layers = 1 }, new PhaseStrategy { Ep = 2, Dp = 2 }), DetailLevel.Device),
        ["overview"] = Of(TestPlans.Of(TestPlans.Moe with { Layers = 2 }, new PhaseStrategy { Ep = 2 }, new PhaseStrategy { Ep = 2 }),
            DetailLevel.Overview),
        ["pipeline"] = Of(TestPlans.Of(TestPlans.Dense with { Layers = 3 }, new PhaseStrategy { Tp = 2, Pp = 3 }, microBatches: 2)),
        ["chunks"] = Of(TestPlans.Of(TestPlans.Dense with { Layers = 2 }, new PhaseStrategy { Pp = 2, Chunk = 16 }, batch: 4, prompt: 16,
            microBatches: 2)),
        ["apart"] = Of(TestPlans.Of(TestPlans.Dense with { Layers = 1 }, new PhaseStrategy(), new PhaseStrategy(),
            pool: PoolKind.Disaggregated)),
        ["split cache"] = Of(TestPlans.Of(TestPlans.Dense with { Layers = 2, KvHeads = 1 }, new PhaseStrategy { Tp = 2 },
            new PhaseStrategy { Tp = 2, KvParallel = 2 }, pool: PoolKind.Disaggregated)),
        ["parallel"] = Of(TestPlans.Of(TestPlans.Dense with { Layers = 1, Style = LayerStyle.Parallel }, new PhaseStrategy())),
        ["alike experts"] = Of(TestPlans.Of(TestPlans.Moe with { Layers = 4 }, new PhaseStrategy { Ep = 2 }, new PhaseStrategy { Ep = 2 },
            microBatches: 2)),
        ["stages"] = Of(TestPlans.Of(TestPlans.Dense with { Layers = 10 }, new PhaseStrategy { Tp = 2, Pp = 5 })),
        ["alike"] = Of(TestPlans.Of(TestPlans.Dense with { Layers = 4 }, new PhaseStrategy { Tp = 2 }, microBatches: 2)),
    };

    public static Dag Good(string graph) => Graphs[graph].Value;

    /// <summary>The graph of that name with the changes, which semicolons part.</summary>
    public static Dag Changed(string graph, string changes)
    {
        var parts = new GraphUnderDamage(Good(graph), seed: 0);
        foreach (string change in Parts().Split(changes).Where(change => change.Length > 0))
            Apply(parts, change);
        return parts.Build();
    }

    /// <summary>The graph with other traffic of a node: S, bytes on the wire and groups, of which -1 is none.</summary>
    public static Dag Traffic(string graph, string id, long size, long wire, long groups) =>
        new DagMutator(Good(graph)).Facts(id, facts => facts with
        {
            Bytes = size < 0 ? null : size, WireBytes = wire, Groups = groups < 0 ? null : groups,
        }).Build();

    /// <summary>A semicolon inside a list of tensors comes before a capital letter.</summary>
    [GeneratedRegex("; (?=[-+a-z])")]
    private static partial Regex Parts();

    private static Lazy<Dag> Of(PlanSpec spec, DetailLevel detail = DetailLevel.Operator) =>
        new(() => DagGenerator.Generate(DeploymentPlan.Create(spec), detail));

    private static void Apply(GraphUnderDamage graph, string change)
    {
        string[] words = change.Split(' ', 3);
        int Node(string id) => graph.Nodes.FindIndex(row => row.Id == id) is int found and >= 0 ? found
            : throw new ArgumentException($"no node {id}");
        string? value = words.Length < 3 || words[2] == "none" ? null : words[2];
        int? number = int.TryParse(value, CultureInfo.InvariantCulture, out int parsed) ? parsed : null;
        if (words[0] is "+" or "-")
        {
            string[] ends = words[2].Split(' ');
            int source = Node(words[1]), target = Node(ends[1]);
            if (words[0] == "-")
                Assert.NotEqual(0, graph.Edges.RemoveAll(edge => edge.Source == source && edge.Target == target));
            else
                graph.Edges.Add((source, target, ends.Length < 3 ? EdgeKind.Data : Enum.Parse<EdgeKind>(ends[2], true), default));
            return;
        }

        if (words[0] is "remove" or "bridge")
        {
            Node(words[1]);
            Assert.True(words[0] == "remove" ? graph.Remove(row => row.Id == words[1]) : graph.Bridge(row => row.Id == words[1]));
            return;
        }

        if (words[0] == "drop")
        {
            Assert.True(graph.Remove(row => row.Id.StartsWith(words[1], StringComparison.Ordinal)));
            return;
        }

        if (words[0] == "style")
        {
            EdgeKind kind = Enum.Parse<EdgeKind>(words[1], true);
            for (int edge = 0; edge < graph.Edges.Count; edge++)
            {
                if (graph.Edges[edge].Kind == kind)
                    graph.Edges[edge] = graph.Edges[edge] with { Facts = graph.Edges[edge].Facts with { Style = value } };
            }

            return;
        }

        if (words[0] == "header")
        {
            graph.Header = new DagHeader { Name = graph.Header.Name, Detail = graph.Header.Detail };
            return;
        }

        if (words[0] == "limit")
        {
            double limit = double.Parse(value!, CultureInfo.InvariantCulture);
            LimitsSpec limits = graph.Header.Limits ?? new LimitsSpec();
            graph.Header = graph.Header with
            {
                Limits = words[1] switch
                {
                    "imbalance" => limits with { ExpertImbalance = limit },
                    "communication" => limits with { CommunicationShare = limit },
                    _ => limits with { Bubble = limit },
                },
            };
            return;
        }

        if (words[0] == "detail")
        {
            graph.Header = graph.Header with { Detail = Enum.Parse<DetailLevel>(words[1], true) };
            return;
        }

        int node = Node(words[1]);
        if (words[0] == "copy")
        {
            graph.Double(row => row.Id == words[1]);
            graph.Nodes[^1] = graph.Nodes[^1] with { Id = value! };
            return;
        }

        DagMutator.Row row = graph.Nodes[node];
        NodeFacts facts = row.Facts;
        graph.Nodes[node] = words[0] switch
        {
            "gpus" => row with { Gpus = value is null ? null : GpuSet.Parse(value) },
            "layer" => row with { Scope = row.Scope with { Layer = number } },
            "layers" => row with { Scope = row.Scope with { Layers = value } },
            "stage" => row with { Scope = row.Scope with { Stage = number } },
            "batch" => row with { Scope = row.Scope with { MicroBatch = number!.Value } },
            "phase" => row with { Scope = row.Scope with { Phase = value is null ? null : PhaseId.Parse(value) } },
            "op" => row with { Facts = facts with { Op = value } },
            "name" => row with { Facts = facts with { Name = value! } },
            "kind" => row with { Facts = facts with { Kind = Enum.Parse<NodeKind>(value!, true) } },
            "collective" => row with { Facts = facts with { Collective = Enum.Parse<CollectiveKind>(value!, true) } },
            "size" => row with { Facts = facts with { GroupSize = number!.Value } },
            "in" => row with { Facts = facts with { Input = value is null ? TensorList.None : TensorList.Parse(value) } },
            "out" => row with { Facts = facts with { Output = value is null ? TensorList.None : TensorList.Parse(value) } },
            "experts" => row with { Facts = facts with { Experts = value } },
            "flops" => row with { Facts = facts with { Flops = number!.Value } },
            "members" => row with { Facts = facts with { Members = number!.Value } },
            "blocks" => row with { Facts = facts with { WeightBlocks = value } },
            _ => throw new ArgumentException($"no change {words[0]}"),
        };
    }
}
