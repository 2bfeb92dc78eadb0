using ParallelDag.Graphs;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Writers;

/// <summary>Small DAGs that hold one of each thing a file can carry.</summary>
internal static class FileSamples
{
    /// <summary>The same facts in a graph of its own, which was not read from a file.</summary>
    public static Dag Copied(Dag dag)
    {
        var builder = new DagBuilder();
        foreach (DagNode node in dag.Nodes)
            builder.AddNode(node.Id, node.Facts, dag.ScopeOf(node.Index), node.Gpus);
        foreach (DagEdge edge in dag.Edges)
            builder.AddEdge(edge.GetSource().Index, edge.GetTarget().Index, edge.Kind, dag.EdgeFactsOf(edge.GetSource().Index, edge.Index));
        return builder.Build(dag.Header);
    }

    /// <summary>Two phases, two stages, a MoE layer, all four kinds of edges, with ids made of facts.</summary>
    public static Dag Generated()
    {
        var builder = new DagBuilder();
        int unscoped = builder.AddScope(new NodeScope { Phase = new PhaseId(PhaseKind.Prefill), Stage = 1 });
        int layer1 = builder.AddScope(new NodeScope { Phase = new PhaseId(PhaseKind.Prefill), Stage = 1, Layer = 1 });
        int layer2 = builder.AddScope(new NodeScope { Phase = new PhaseId(PhaseKind.Prefill), Stage = 2, Layer = 2 });
        int decode = builder.AddScope(new NodeScope { Phase = new PhaseId(PhaseKind.Decode), Stage = 1, Layers = "1-2" });
        int all = builder.AddGpus(GpuSet.Range(0, 3)), high = builder.AddGpus(GpuSet.Range(4, 7)),
        pair = builder.AddGpus(GpuSet.Parse("0-1,4-5"));
        TensorList hidden = TensorList.Parse("[batch_size=1, seq_len=8, hidden=4]");

        int input = builder.AddNode(
            Facts("Input", Ops.Input, NodeKind.Input, TensorList.None, TensorList.Parse("[batch_size=1, seq_len=8]")), unscoped, all);
        int topK = builder.AddNode(
            Facts("Top-2 Selection", Ops.TopK, NodeKind.Routing, hidden, TensorList.Parse("[batch_size=1, seq_len=8, top_k=2]")), layer1,
            all);
        int experts = builder.AddNode(
            builder.AddFacts(new NodeFacts
            {
                Name = "Experts 0-3", Op = Ops.Experts, IdStem = "experts", Shard = "ep0", Kind = NodeKind.Computation, Experts = "0-3",
                Members = 4,
                Input = TensorList.Parse("[experts=4, tokens=4, hidden=4]"), Output = TensorList.Parse("[experts=4, tokens=4, hidden=4]"),
                InputPlacement = PlacementList.Parse("ep=Shard(experts)"),
                OutputPlacement = PlacementList.Parse("ep=Shard(experts), tp=Partial"), Flops = 79228162514264337593543950335m,
                Rate = PeakRate.Bits8, HbmBytes = 4096,
            }),
            layer1,
            all);
        int send = builder.AddNode(
            builder.AddFacts(new NodeFacts
            {
                Name = "Pipeline Send/Recv", Op = Ops.PipelineSendRecv, IdStem = "pipeline_send_recv", Kind = NodeKind.Communication,
                Members = 4,
                Input = hidden, Output = hidden, Collective = CollectiveKind.SendRecv, GroupSize = 2, Groups = 4, Bytes = 64,
                WireBytes = 256,
            }),
            unscoped,
            builder.AddGpus(GpuSet.Range(0, 7)));
        int attention = builder.AddNode(
            Facts("Attention", Ops.Attention, NodeKind.Computation,
                TensorList.Parse("Q [batch_size=1, heads=4]; K [batch_size=1, kv_heads=2]"), hidden), layer2, high);
        int gather = builder.AddNode(
            builder.AddFacts(new NodeFacts
            {
                Name = "Attention All-Gather", Op = Ops.AttentionAllGather, IdStem = "attention_all_gather", Kind = NodeKind.Communication,
                Input = hidden, Output = hidden, Collective = CollectiveKind.AllGather, GroupSize = 2, Groups = null, Bytes = null,
                WireBytes = 12345678901234,
            }),
            layer2,
            high);
        int block = builder.AddNode(Facts("Attention block", Ops.Attention, NodeKind.Computation, hidden, hidden), decode, pair);
        int sum = builder.AddNode(Facts("Expert Aggregation", Ops.ExpertAggregation, NodeKind.Aggregation, hidden, hidden), layer1, all);

        builder.AddEdge(input, topK, EdgeKind.Data, new EdgeFacts(null, 16));
        builder.AddEdge(topK, experts, EdgeKind.Gate, default);
        builder.AddEdge(experts, sum, EdgeKind.Data, new EdgeFacts(null, 64));
        builder.AddEdge(sum, send, EdgeKind.Pipeline, new EdgeFacts("stage 1 to 2", 64));
        builder.AddEdge(send, attention, EdgeKind.Data, new EdgeFacts(null, 64));
        builder.AddEdge(attention, gather, EdgeKind.Data, new EdgeFacts(null, 64));
        builder.AddEdge(attention, block, EdgeKind.Kv, new EdgeFacts("KV cache", long.MaxValue));
        return builder.Build(new DagHeader
        {
            Name = "sample-plan",
            Pool = GpuSet.Range(0, 7),
            Cluster = new ClusterSpec
            {
                Gpus = 8, GpusPerNode = 4, Domain = 2, NicsPerNode = 1, Gpu = new DeviceProfile("a GPU", 80L << 30, 4e14, 1e12 / 3),
                Pool = PoolKind.Disaggregated, MemoryReserve = 0.25,
            },
            Phases =
            [
                new DagPhase(
                    new PhaseId(PhaseKind.Prefill),
                    ["tp", "sp", "ep", "dp", "pp"],
                    new Dictionary<string, int> { ["tp"] = 2, ["sp"] = 1, ["ep"] = 2, ["dp"] = 1, ["pp"] = 2 },
                    [new DagStage(1, 1, 1, GpuSet.Range(0, 3)), new DagStage(2, 2, 2, GpuSet.Range(4, 7))]),
                new DagPhase(
                    new PhaseId(PhaseKind.Decode),
                    ["tp", "pp"],
                    new Dictionary<string, int> { ["tp"] = 4, ["pp"] = 1 },
                    [new DagStage(1, 1, 2, GpuSet.Parse("0-1,4-5"))])
                {
                    RankGpus = [4, 5, 0, 1],
                },
            ],
            Memory = [new DagMemory(new PhaseId(PhaseKind.Prefill), 1, 1, 2, 3, 7, 80L << 30),
                new DagMemory(new PhaseId(PhaseKind.Decode), 1, 4, 5, 6, 15, 80L << 30)],
        });

        int Facts(string name, string op, NodeKind kind, TensorList from, TensorList to) =>
            builder.AddFacts(new NodeFacts { Name = name, Op = op, IdStem = op, Kind = kind, Input = from, Output = to });
    }

    /// <summary>Texts that try to break out of the place that holds them.</summary>
    public static IEnumerable<string> Hostile() =>
    [
        "plain", "", " ", "node", "Subgraph", "0", "007", "-.5", "1e3", "a b", "\"", "\"]; evil [label=\"",
        "</title><script>alert(1)</script>", "<b>&amp;</b>", "&", "&lt;", "&#10;",
        "\\", "\\\\", "a\\", "a\\\"", "\\N", "\\G", "\\n", "\\l\\r\\E\\T\\H\\L", "line\nbreak", "line\\\nbreak", "carriage\r\nreturn",
        "tab\t", "// no comment", "/* none */", "# none",
        "<", ">", "<>", "<![CDATA[", "<!--", "é", "层", "\U0001F600", "\u202Eright to left", "'", "`", "{a|b}", "a:n", "a->b", "${x}",
        "%s%n", "\u0001\u001F\u007F", new string('x', 5000),
    ];

    /// <summary>A DAG with given ids whose every text is one hostile text.</summary>
    public static Dag WithText(string text)
    {
        var builder = new DagBuilder();
        var facts = new NodeFacts
        {
            Name = text, Kind = NodeKind.Communication, Op = Ops.Dispatch, Experts = text, InputPlacement = PlacementList.Parse(text),
            OutputPlacement = PlacementList.Parse(text),
            Input = TensorList.Parse(text), Output = TensorList.Parse("[a=1]"),
        };
        var scope = new NodeScope { Phase = new PhaseId(PhaseKind.Decode), Layers = text };
        int first = builder.AddNode(text, facts, scope, GpuSet.Of(3)), second = builder.AddNode(text + "2", facts, scope, null);
        builder.AddEdge(first, second, EdgeKind.Pipeline, new EdgeFacts(text, 1));
        return builder.Build(new DagHeader { Name = text });
    }
}
