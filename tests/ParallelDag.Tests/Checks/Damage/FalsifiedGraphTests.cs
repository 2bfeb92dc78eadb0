using System.Globalization;
using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Lowering;
using ParallelDag.Tensors;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>
/// Falsifications that a checker must never pass, on a plan of one stage (EP=2, TP=2, SP=2 on 8 GPUs, decode on 4 of them): each fails the
/// rule that is about it.
/// </summary>
public class FalsifiedGraphTests
{
    private static readonly Dag Good = DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Of(
        new ModelOutline { Layers = 2, Vocab = 1000, Moe = new MoeFeedForward { ExpertCount = 4, TopK = 2, Ffn = 32 } },
        new PhaseStrategy { Ep = 2, Tp = 2, Sp = 2 },
        new PhaseStrategy { Ep = 2, Tp = 2 })));

    private static readonly Dictionary<string, (string Rule, Action<GraphUnderDamage> Apply)> Falsifications = new()
    {
        ["no All-to-All"] = ("PD022", graph => graph.Bridge(row => row.Facts.Op is Ops.Dispatch or Ops.Combine)),
        ["no residuals"] = ("PD023", graph => graph.Bridge(row => row.Facts.Op is Ops.AttentionResidual or Ops.FfnResidual)),
        ["no norms"] = ("PD023", graph => graph.Bridge(row => row.Facts.Op is Ops.AttentionNorm or Ops.FfnNorm)),
        ["no edges around blocks"] = ("PD016", graph => graph.Edges.RemoveAll(edge =>
            (graph.Nodes[edge.Source].Facts.Op, graph.Nodes[edge.Target].Facts.Op) is (Ops.AttentionResidual, Ops.FfnResidual)
                or (Ops.FfnResidual, Ops.AttentionResidual) or (Ops.EmbeddingAllReduce, Ops.AttentionResidual))),
        ["a tensor shard is gone"] = ("PD023", graph =>
            graph.Remove(row => row.Scope.Layer == 2 && row.Id.Contains("_tp1", StringComparison.Ordinal))),
        ["a sequence shard is gone"] = ("PD023", graph =>
            graph.Remove(row => row.Scope.Phase?.Kind == PhaseKind.Prefill && row.Id.Contains("_sp1", StringComparison.Ordinal))),
        ["experts that get no tokens"] = ("PD005", graph => graph.Edges.RemoveAll(edge => edge.Kind == EdgeKind.Data
            && graph.Nodes[edge.Target] is { Facts.Op: Ops.Experts, Scope.Layer: 1, Facts.Experts: "0-1" })),
        ["experts twice"] = ("PD023", graph => graph.Double(row => row.Facts.Op == Ops.Experts)),
        ["a norm twice"] = ("PD023", graph => graph.Double(row => row.Facts.Op == Ops.AttentionNorm)),
        ["an edge twice"] = ("PD023", graph => graph.Edges.Add(graph.Edges[20])),
        ["layer 2 before layer 1"] = ("PD024", SwapLayers),
        ["computed on the next GPU"] = ("PD022", graph => OnGpus(
            graph,
            row => row.Facts.Op is Ops.QkvProjection or Ops.Attention or Ops.OutputProjection && row.Scope.Phase?.Kind == PhaseKind.Prefill,
            gpus => GpuSet.FromGpus(gpus.AsEnumerable().Select(gpu => (gpu + 1) % 8)))),
        ["shards exchanged"] = ("PD022", graph => Exchange(graph, Ops.QkvProjection, PhaseKind.Prefill)),
        ["a norm on half its GPUs"] = ("PD023", graph => Change(graph, First(graph, Ops.AttentionNorm),
            row => row with { Gpus = GpuSet.Parse("0-1"), Facts = row.Facts with { Members = 2 } })),
        ["data from another GPU"] = ("PD022", graph =>
        {
            int norm = graph.Nodes.FindIndex(row => row.Id == "prefill_l1_attention_norm_sp1");
            int at = graph.Edges.FindIndex(edge => graph.Nodes[edge.Target].Id == "prefill_l1_qkv_projection_sp0_tp0");
            graph.Edges[at] = graph.Edges[at] with { Source = norm };
        }),
        ["an All-Reduce of half its groups"] = ("PD023", graph => Change(graph, First(graph, Ops.AttentionAllReduce),
            row => row with { Gpus = GpuSet.Parse("0-1"), Facts = row.Facts with { Groups = 1, Members = 1 } })),
        ["a collective that is none"] = ("PD006", graph => All(
            graph,
            row => row.Facts.Op is Ops.AttentionAllReduce or Ops.FfnAllReduce,
            row => row with { Facts = row.Facts with { Collective = CollectiveKind.None, GroupSize = 0, Groups = 0 } })),
        ["the cache of the other layer"] = ("PD016", graph =>
        {
            for (int i = 0; i < graph.Edges.Count; i++)
            {
                string id = graph.Nodes[graph.Edges[i].Target].Id;
                if (graph.Edges[i].Kind == EdgeKind.Kv && id.StartsWith("decode_l", StringComparison.Ordinal))
                    graph.Edges[i] = graph.Edges[i] with { Target = graph.Nodes.FindIndex(row => row.Id == Other(id)) };
            }
        }),
        ["a decode shard without cache"] = ("PD017", graph => graph.Edges.RemoveAll(edge =>
            edge.Kind == EdgeKind.Kv && graph.Nodes[edge.Target].Id == "decode_l2_attention_tp1")),
        ["a transfer of another size"] = ("PD017", graph => All(
            graph,
            row => row.Facts.Op == Ops.KvTransfer,
            row => row with { Facts = row.Facts with { Output = Text(row.Facts.Output, "seq_len=", "seq_len=9") } })),
        ["half of the cache"] = ("PD017", graph => All(
            graph,
            row => row.Facts.Op == Ops.Attention && row.Scope.Phase?.Kind == PhaseKind.Decode,
            row => row with { Facts = row.Facts with { Input = Halved(row.Facts.Input) } })),
        ["experts elsewhere in decode"] = ("PD025", graph =>
        {
            foreach (int layer in new[] { 1, 2 })
                Exchange(graph, Ops.Experts, PhaseKind.Decode, layer);
        }),
        ["numbers multiplied"] = ("PD015", graph => All(graph, _ => true, row => row with
        {
            Facts = row.Facts with { Flops = row.Facts.Flops * 3, WireBytes = row.Facts.WireBytes * 5, Bytes = row.Facts.Bytes * 7 },
        })),
        ["a phase that the header lacks"] = ("PD010", graph =>
            graph.Header = graph.Header with { Phases = [.. graph.Header.Phases.Take(1)] }),
        ["memory of one phase alone"] = ("PD013", graph =>
            graph.Header = graph.Header with
            {
                Memory = [.. graph.Header.Memory!.Where(memory => memory.Phase.Kind == PhaseKind.Prefill)],
            }),
        ["weights beyond the capacity"] = ("PD013", graph => graph.Header = graph.Header with
        {
            Memory = [.. graph.Header.Memory!.Select((memory, i) => i > 0 ? memory : memory with
            {
                UnionBytes = 0, CapacityBytes = memory.WeightBytes - 1, KvCacheBytes = 0, ActivationBytes = 0,
            })],
        }),
        ["another micro-batch"] = ("PD024", graph => Change(graph, First(graph, Ops.QkvProjection),
            row => row with { Scope = row.Scope with { MicroBatch = 5 } })),
        ["another layer"] = ("PD024", graph => Change(graph, First(graph, Ops.FfnNorm),
            row => row with { Scope = row.Scope with { Layer = 2 } })),
    };

    public static TheoryData<string> Names => [.. Falsifications.Keys];

    [Fact]
    public void The_graph_itself_holds_every_rule()
    {
        CheckReport report = CheckRunner.Run(Good);
        Assert.True(report.Holds, string.Join('\n', report.Failures));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_falsified_graph_fails(string name)
    {
        var graph = new GraphUnderDamage(Good, seed: 0);
        Falsifications[name].Apply(graph);
        CheckReport report = CheckRunner.Run(graph.Build());
        Assert.Contains(Falsifications[name].Rule, report.Failures.Select(result => result.Id));
        Assert.All(report.Failures, result => Assert.NotEqual("", result.Evidence));
    }

    private static int First(GraphUnderDamage graph, string op) => graph.Nodes.FindIndex(row => row.Facts.Op == op);

    private static void Change(GraphUnderDamage graph, int node, Func<DagMutator.Row, DagMutator.Row> change) =>
        graph.Nodes[node] = change(graph.Nodes[node]);

    private static void All(GraphUnderDamage graph, Func<DagMutator.Row, bool> fits, Func<DagMutator.Row, DagMutator.Row> change)
    {
        for (int node = 0; node < graph.Nodes.Count; node++)
        {
            if (fits(graph.Nodes[node]))
                Change(graph, node, change);
        }
    }

    private static void OnGpus(GraphUnderDamage graph, Func<DagMutator.Row, bool> fits, Func<GpuSet, GpuSet> change) =>
        All(graph, fits, row => row with { Gpus = change(row.Gpus!) });

    /// <summary>Exchanges the GPUs of the first two nodes of an operator.</summary>
    private static void Exchange(GraphUnderDamage graph, string op, PhaseKind phase, int layer = 1)
    {
        int[] nodes = [.. Enumerable.Range(0, graph.Nodes.Count).Where(node =>
            graph.Nodes[node].Facts.Op == op && graph.Nodes[node].Scope.Phase?.Kind == phase
                && graph.Nodes[node].Scope.Layer == layer).Take(2)];
        (GpuSet? first, GpuSet? second) = (graph.Nodes[nodes[0]].Gpus, graph.Nodes[nodes[1]].Gpus);
        Change(graph, nodes[0], row => row with { Gpus = second });
        Change(graph, nodes[1], row => row with { Gpus = first });
    }

    private static void SwapLayers(GraphUnderDamage graph)
    {
        int Swapped(int node) =>
            graph.Nodes.FindIndex(row => row.Id == Other(graph.Nodes[node].Id)) is int other and >= 0 ? other : node;
        for (int i = 0; i < graph.Edges.Count; i++)
        {
            var edge = graph.Edges[i];
            if (edge.Kind != EdgeKind.Kv)
                graph.Edges[i] = edge with { Source = Swapped(edge.Source), Target = Swapped(edge.Target) };
        }
    }

    /// <summary>The id of the same node in the other of the two layers.</summary>
    private static string Other(string id) => id.Contains("_l1_", StringComparison.Ordinal)
        ? id.Replace("_l1_", "_l2_", StringComparison.Ordinal) : id.Replace("_l2_", "_l1_", StringComparison.Ordinal);

    private static TensorList Text(TensorList tensors, string from, string to) =>
        TensorList.Parse(tensors.ToString().Replace(from, to, StringComparison.Ordinal));

    /// <summary>Half as many positions of K and V; the query has one.</summary>
    private static TensorList Halved(TensorList tensors) => TensorList.Parse(string.Join("; ", tensors.ToString().Split("; ").Select(text =>
    {
        int at = text.IndexOf("seq_len=", StringComparison.Ordinal) + "seq_len=".Length, end = text.IndexOfAny([',', ']'], at);
        int positions = int.Parse(text[at..end], CultureInfo.InvariantCulture);
        return positions < 2 ? text : $"{text[..at]}{positions / 2}{text[end..]}";
    })));
}
