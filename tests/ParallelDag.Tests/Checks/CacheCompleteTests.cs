using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// PD017 on a graph written down by hand: prefill of layers 1 and 2 on GPUs 0-1 makes K of 2 sequences, 8 positions and 2 heads, a transfer
/// a layer hands it to attention of decode on GPUs 2-3. Every test changes one number or edge, on both sides of what is allowed.
/// </summary>
public class CacheCompleteTests
{
    private const string Cache = "K [batch_size=2, seq_len=8, kv_heads=2, d_k=4]";

    private static string K(int batch = 2, int length = 8, int heads = 2, int width = 4) =>
        $"K [batch_size={batch}, seq_len={length}, kv_heads={heads}, d_k={width}]";

    private static RowGraph Header() => new RowGraph().Phase("prefill", "tp=2", (1, 2, "0-1")).Phase("decode", "tp=2", (1, 2, "2-3"));

    private static NodeFacts OneGroup(NodeFacts facts, int size = 4) => facts with { Groups = 1, GroupSize = size };

    /// <summary>A layer: what makes the cache, its transfer, what reads it.</summary>
    private static RowGraph Layer(RowGraph graph, int layer, string made = Cache, string taken = Cache, string handed = Cache,
        string read = Cache, Func<NodeFacts, NodeFacts>? transfer = null, string gpus = "0-3") => graph
        .Node($"make{layer}", Ops.QkvProjection, $"prefill s1 l{layer}", "0-1", "[hidden=8]", made)
        .Node($"pass{layer}", Ops.KvTransfer, $"prefill s1 l{layer}", gpus, taken, handed, transfer ?? (facts => OneGroup(facts)))
        .Node($"read{layer}", Ops.Attention, $"decode s1 l{layer}", "2-3", read, "[hidden=8]")
        .Path(EdgeKind.Kv, $"make{layer}", $"pass{layer}", $"read{layer}");

    private static void Passes(Dag dag) => RuleAssert.Comes(CheckStatus.Pass, "PD017", dag);

    private static string Fails(Dag dag) => RuleAssert.Comes(CheckStatus.Fail, "PD017", dag).Evidence;

    [Fact]
    public void Readers_and_transfers_are_counted() => Assert.Equal(
        "2 attention nodes of decode have all of their cache, 2 KV transfers hand over what they take",
        RuleAssert.Comes(CheckStatus.Pass, "PD017", Layer(Layer(Header(), 1), 2).Build()).Evidence);

    [Fact]
    public void It_runs_where_a_graph_states_two_phases()
    {
        Assert.EndsWith("no plan or stage list in the graph",
            RuleAssert.Comes(CheckStatus.Skipped, "PD017", Layer(new RowGraph(), 1).Build()).Evidence, StringComparison.Ordinal);
        Assert.EndsWith("no operator of a layer on any node",
            RuleAssert.Comes(CheckStatus.Skipped, "PD017", Header().Node("in", Ops.Input, "prefill s1", "0").Build()).Evidence,
            StringComparison.Ordinal);
        Assert.Equal("one phase alone, so no cache crosses phases", RuleAssert.Comes(CheckStatus.Pass, "PD017",
            Layer(new RowGraph().Phase("prefill", "", (1, 2, "0-1")).Phase("prefill2", "", (1, 2, "2-3")), 1).Build()).Evidence);
    }

    /// <summary>What prefill makes has 2 sequences, 8 positions, 2 heads of 4; shards of all members may be one apart.</summary>
    [Theory]
    [InlineData(2, 8, 2, 4, true)]
    [InlineData(2, 9, 2, 4, true)]
    [InlineData(2, 10, 2, 4, false)]
    [InlineData(2, 5, 2, 4, true)]
    [InlineData(3, 8, 2, 4, true)]
    [InlineData(1, 8, 2, 4, true)]
    [InlineData(4, 8, 2, 4, false)]
    [InlineData(2, 8, 3, 4, true)]
    [InlineData(2, 8, 4, 4, false)]
    [InlineData(2, 8, 2, 5, false)]
    public void A_transfer_takes_what_is_made(int batch, int length, int heads, int width, bool good)
    {
        string own = K(batch, length, heads, width);
        Dag dag = Layer(Header(), 1, taken: own, handed: own, read: own).Build();
        if (good)
            Passes(dag);
        else
            Assert.StartsWith($"1 node that takes another cache than is made: pass1 ({own} of K [", Fails(dag), StringComparison.Ordinal);
    }

    /// <summary>A reader takes all positions and at most the sequences and heads; the largest reader takes all of those too.</summary>
    [Theory]
    [InlineData(2, 8, 2, 4, null)]
    [InlineData(2, 11, 2, 4, null)]
    [InlineData(2, 7, 2, 4, "another cache than is read")]
    [InlineData(1, 8, 2, 4, "more or less than its largest reader takes")]
    [InlineData(2, 8, 1, 4, "more or less than its largest reader takes")]
    [InlineData(3, 8, 2, 4, "another cache than is read")]
    [InlineData(2, 8, 3, 4, "another cache than is read")]
    [InlineData(2, 8, 2, 3, "another cache than is read")]
    public void A_transfer_hands_over_what_is_read(int batch, int length, int heads, int width, string? fault)
    {
        Dag dag = Layer(Header(), 1, read: K(batch, length, heads, width)).Build();
        if (fault is null)
            Passes(dag);
        else
            Assert.StartsWith($"1 node that hands over {fault}: pass1", Fails(dag), StringComparison.Ordinal);
    }

    /// <summary>Of two readers one may take less, if the other takes all.</summary>
    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(2, 1, true)]
    [InlineData(1, 1, false)]
    public void The_largest_of_several_readers_decides(int first, int second, bool good)
    {
        RowGraph graph = Layer(Header(), 1, read: K(heads: first))
            .Node("more", Ops.Attention, "decode s1 l1", "2-3", K(heads: second), "[hidden=8]").Edge("pass1", "more", EdgeKind.Kv);
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD017", graph.Build());
    }

    /// <summary>What is not K, V or KV, as the query, is not handed over and may differ.</summary>
    [Fact]
    public void Tensors_that_are_not_cached_do_not_matter()
    {
        Passes(Layer(Header(), 1, made: $"Q [batch_size=2, seq_len=8, heads=8]; {Cache}",
            read: $"Q [batch_size=2, seq_len=1, heads=4]; {Cache}").Build());
        Passes(Layer(Header(), 1, made: "state [batch_size=2, heads=8]", taken: "state [batch_size=9, heads=4]",
            handed: "state [batch_size=5, heads=4]", read: "state [batch_size=5, heads=4, rows=3]").Build());
    }

    [Fact]
    public void A_transfer_names_the_tensors_that_are_made_and_read()
    {
        string two = $"{Cache}; V [batch_size=2, seq_len=8, kv_heads=2, d_k=4]";
        Passes(Layer(Header(), 1, two, two, two, two).Build());
        foreach (Dag dag in new[]
        {
            Layer(Header(), 1, made: two).Build(), Layer(Header(), 1, taken: two).Build(), Layer(Header(), 1, handed: two).Build(),
            Layer(Header(), 1, read: two).Build(),
        })
        {
            Assert.StartsWith("1 node that hands over other tensors than are made and read: pass1", Fails(dag), StringComparison.Ordinal);
            Assert.Equal(2, Fails(dag).Split("1 node").Length);
        }

        // A transfer that names no cached tensor is held to none.
        Passes(Layer(Header(), 1, taken: "state [rows=1]", handed: "state [rows=1]").Build());
    }

    /// <summary>In an overview a block names its first input and last output, so no shapes are compared; makers and readers are.</summary>
    [Fact]
    public void Blocks_of_an_overview_are_not_held_to_shapes()
    {
        Dag Overview(string taken, Func<NodeFacts, NodeFacts> change) =>
            Layer(Header(), 1, taken: taken, handed: K(heads: 9), transfer: change).Build(DetailLevel.Overview);
        Passes(Overview(K(width: 9), facts => OneGroup(facts) with { Groups = 5 }));
        Passes(Overview("V [batch_size=1]", facts => OneGroup(facts)));
        Assert.Contains("whose group size is not the number of its GPUs: pass1 (3 of 4)",
            Fails(Overview(Cache, facts => OneGroup(facts, 3))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 4, "0-3", null)]
    [InlineData(2, 4, "0-3", "1 node that is not one group: pass1 (groups 2)")]
    [InlineData(1, 3, "0-3", "1 node whose group size is not the number of its GPUs: pass1 (3 of 4)")]
    [InlineData(1, 5, "0-4", "1 node with GPUs that neither hold nor read the cache: pass1 (4)")]
    [InlineData(1, 5, null, null)]
    public void A_transfer_is_one_group_of_its_ends(int groups, int size, string? gpus, string? fault)
    {
        RowGraph graph = Layer(Header(), 1, transfer: facts => facts with { Groups = groups, GroupSize = size });
        Dag dag = new DagMutator(graph.Build()).Gpus("pass1", gpus).Build();
        if (fault is not null)
            Assert.Equal(fault, Fails(dag));
        else if (gpus is not null)
            Passes(dag);
        else
            Assert.StartsWith("1 node that reads a cache which nobody hands over", Fails(dag), StringComparison.Ordinal);
    }

    [Fact]
    public void A_transfer_has_a_maker_and_a_reader()
    {
        Assert.Equal("1 node that hands over what nobody made: pass1; 1 node that hands over other tensors than are made and read: pass1",
            string.Join("; ", Fails(new DagMutator(Layer(Header(), 1).Build()).RemoveEdge("make1", "pass1").Build()).Split("; ")
                .Select(part => part.Split(" (")[0]).OrderDescending(StringComparer.Ordinal)));
        Assert.Contains("1 node that hands over to nobody: pass1",
            Fails(new DagMutator(Layer(Header(), 1).Build()).RemoveEdge("pass1", "read1").Build()), StringComparison.Ordinal);
    }

    /// <summary>Attention on GPUs 2-3 gets what is on GPU 2, or nothing, or data that is no cache.</summary>
    [Theory]
    [InlineData("0-3", EdgeKind.Kv, null)]
    [InlineData("0-2", EdgeKind.Kv, "GPUs 3:")]
    [InlineData("0-3", EdgeKind.Data, "GPUs 2-3:")]
    public void Each_GPU_of_attention_gets_its_cache(string gpus, EdgeKind kind, string? missing)
    {
        var mutator = new DagMutator(Layer(Header(), 1, gpus: gpus, transfer: facts => OneGroup(facts, GpuSet.Parse(gpus).Count)).Build());
        mutator.RemoveEdge("pass1", "read1").AddEdge("pass1", "read1", kind);
        if (missing is null)
            Passes(mutator.Build());
        else
            Assert.Contains($"1 node that reads a cache which nobody hands over: read1 ({missing}", Fails(mutator.Build()),
                StringComparison.Ordinal);
    }

    [Fact]
    public void Attention_without_GPUs_or_of_prefill_is_not_asked_for_its_cache()
    {
        Passes(new DagMutator(Layer(Header(), 1, gpus: "0-1", transfer: facts => OneGroup(facts, 2)).Build()).Gpus("read1", null).Build());
        RowGraph graph = Layer(Header(), 1).Node("own", Ops.Attention, "prefill s1 l1", "0-1", Cache, "[hidden=8]");
        Passes(graph.Build());
    }

    /// <summary>A block without inputs may stand for anything in an overview, and there alone.</summary>
    [Theory]
    [InlineData(DetailLevel.Overview, "", true)]
    [InlineData(DetailLevel.Overview, Cache, false)]
    [InlineData(DetailLevel.Operator, "", false)]
    public void A_block_of_an_overview_may_not_tell_what_it_reads(DetailLevel detail, string read, bool good)
    {
        RowGraph graph = Layer(Header(), 1).Node("other", Ops.Attention, "decode s1 r1-2", "2-3", read, "[hidden=8]");
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD017", graph.Build(detail));
    }

    /// <summary>The last chunk of a prompt may be shorter: one maker that fits is enough, where a pass of prefill is a chunk.</summary>
    [Theory]
    [InlineData(true, 8, 20, true)]
    [InlineData(true, 20, 8, true)]
    [InlineData(true, 20, 30, false)]
    [InlineData(false, 8, 20, false)]
    [InlineData(false, 8, 8, true)]
    public void Chunks_of_a_prompt_may_differ(bool chunked, int first, int second, bool good)
    {
        // Two passes of which the second samples are two chunks; both that sample are two micro-batches.
        RowGraph graph = Header().Node("make1", Ops.QkvProjection, "prefill s1 l1", "0-1", "[hidden=8]", K(width: first))
            .Node("make2", Ops.QkvProjection, "prefill s1 l1 m1", "0-1", "[hidden=8]", K(width: second))
            .Node("pass1", Ops.KvTransfer, "prefill s1 l1 m1", "0-3", K(width: 8), K(width: 8), facts => OneGroup(facts))
            .Node("read1", Ops.Attention, "decode s1 l1", "2-3", K(width: 8), "[hidden=8]")
            .Node("sample", Ops.Sampling, "prefill s1 m1", "0-1");
        if (!chunked)
            graph.Node("sample0", Ops.Sampling, "prefill s1", "0-1");
        graph.Path(EdgeKind.Kv, "make1", "pass1", "read1").Edge("make2", "pass1", EdgeKind.Kv);
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD017", graph.Build());
    }

    /// <summary>
    /// Layers 1 to 3 are handed over by so many transfers with so many readers each; what most of them do is usual, among equals the most.
    /// </summary>
    [Theory]
    [InlineData("1 1 1", null)]
    [InlineData("1 1 2", "layer 3 hands over by 2 transfers, 2 kv edges into and 2 out of them; layers of the same stages by 1, 1 and 1")]
    [InlineData("2 1 1", "layer 1 hands over by 2 transfers, 2 kv edges into and 2 out of them; layers of the same stages by 1, 1 and 1")]
    [InlineData("2 1", "layer 2 hands over by 1 transfers, 1 kv edges into and 1 out of them; layers of the same stages by 2, 2 and 2")]
    [InlineData("1 2", "layer 1 hands over by 1 transfers, 1 kv edges into and 1 out of them; layers of the same stages by 2, 2 and 2")]
    public void Layers_of_the_same_stages_hand_over_alike(string transfers, string? fault)
    {
        RowGraph graph = new RowGraph().Phase("prefill", "tp=2", (1, 3, "0-1")).Phase("decode", "tp=2", (1, 3, "2-3"));
        int[] counts = [.. transfers.Split(' ').Select(int.Parse)];
        for (int layer = 1; layer <= counts.Length; layer++)
        {
            Layer(graph, layer);
            for (int more = 1; more < counts[layer - 1]; more++)
            {
                graph.Node($"again{layer}", Ops.KvTransfer, $"prefill s1 l{layer}", "0-3", Cache, Cache, facts => OneGroup(facts))
                    .Path(EdgeKind.Kv, $"make{layer}", $"again{layer}", $"read{layer}");
            }
        }

        if (fault is null)
            Passes(graph.Build());
        else
            Assert.Equal(fault, Fails(graph.Build()));
        Passes(graph.Build(DetailLevel.Overview));
    }

    /// <summary>Faults come in the order of the layers, whatever the order of nodes; only edges of kind kv count.</summary>
    [Fact]
    public void Layers_that_hand_over_otherwise_come_in_their_order()
    {
        RowGraph graph = new RowGraph().Phase("prefill", "tp=2", (1, 5, "0-1")).Phase("decode", "tp=2", (1, 5, "2-3"));
        foreach (int layer in new[] { 5, 4, 3, 2, 1 })
            Layer(graph, layer);
        graph.Edge("make3", "read3").Edge("make3", "pass3");
        string[] faults = Fails(new DagMutator(graph.Build()).AddEdge("pass4", "read4", EdgeKind.Kv).AddEdge("pass5", "read5", EdgeKind.Kv)
            .Build()).Split("; layer ");
        Assert.Equal(["layer 4", "5 hands"], faults.Select(fault => fault[..7]));
        Passes(graph.Build());
    }

    /// <summary>Of two layers the one with more edges, into transfers or out of them, is taken for the usual one.</summary>
    [Theory]
    [InlineData(true, "layer 2 hands over by 1 transfers, 1 kv edges into and 1 out of them; layers of the same stages by 1, 3 and 1")]
    [InlineData(false, "layer 2 hands over by 1 transfers, 1 kv edges into and 1 out of them; layers of the same stages by 1, 1 and 3")]
    public void The_layer_with_more_edges_is_the_usual_one(bool into, string fault)
    {
        RowGraph graph = Layer(Layer(Header(), 1), 2);
        foreach (string more in new[] { "a", "b" })
        {
            graph.Node(more, into ? Ops.QkvProjection : Ops.Attention, into ? "prefill s1 l1" : "decode s1 l1", into ? "0-1" : "2-3",
                into ? "[hidden=8]" : Cache, into ? Cache : "[hidden=8]");
            graph.Edge(into ? more : "pass1", into ? "pass1" : more, EdgeKind.Kv);
        }

        Assert.Equal(fault, Fails(graph.Build()));
    }

    /// <summary>Layers whose cores differ, or whose stages meet otherwise, need not agree.</summary>
    [Theory]
    [InlineData(2, "8", false)]
    [InlineData(2, "9", true)]
    [InlineData(1, "8", true)]
    public void Layers_of_other_kinds_or_stages_may_hand_over_otherwise(int lastOfFirst, string length, bool good)
    {
        RowGraph graph = new RowGraph().Phase("prefill", "tp=2", (1, 2, "0-1"));
        if (lastOfFirst == 2)
            graph.Phase("decode", "tp=2", (1, 2, "2-3"));
        else
            graph.Phase("decode", "tp=2", (1, 1, "2-3"), (2, 2, "4-5"));
        string read = $"K [batch_size=2, seq_len={length}, kv_heads=2, d_k=4]";
        Layer(Layer(graph, 1), 2, read: read)
            .Node("again", Ops.KvTransfer, "prefill s1 l2", "0-3", Cache, Cache, facts => OneGroup(facts))
            .Path(EdgeKind.Kv, "make2", "again", "read2");
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD017", graph.Build());
    }

    /// <summary>
    /// Decode of 4 sequences where prefill hands over 2, a node a GPU: TP=2 on GPUs 4-5 and 6-7. What arrives at a group arrives at both of
    /// its GPUs; nobody knows at which group.
    /// </summary>
    [Theory]
    [InlineData("4 5", true, null)]
    [InlineData("6 7", true, null)]
    [InlineData("4 5 6 7", true, null)]
    [InlineData("4", true, "layer 1 hands sequences to a part of 1 tensor-parallel group only")]
    [InlineData("5 7", true, "layer 1 hands sequences to a part of 2 tensor-parallel groups only")]
    [InlineData("4", false, null)]
    [InlineData("", true, "layer 1 hands no cache to decode")]
    [InlineData("", false, "layer 1 hands no cache to decode")]
    public void Where_some_sequences_arrive_they_arrive_on_whole_groups(string arrives, bool device, string? fault)
    {
        RowGraph graph = Part(new RowGraph().Phase("prefill", "tp=2", (1, 1, "0-1")).Phase("decode", "tp=2 dp=2", (1, 1, "4-7")), 4);
        foreach (string gpu in new[] { "4", "5", "6", "7", "9" })
        {
            graph.Node($"read{gpu}", Ops.Attention, "decode s1 l1", gpu, K(batch: 3), "[hidden=8]");
            if (arrives.Contains(gpu, StringComparison.Ordinal) || gpu == "9" && arrives.Length > 0)
                graph.Edge("make", $"read{gpu}", EdgeKind.Kv);
        }

        Dag dag = graph.Build(device ? DetailLevel.Device : DetailLevel.Operator);
        if (fault is null)
            Passes(dag);
        else
            Assert.Equal(fault, Fails(dag));
    }

    /// <summary>Faults of parts come by layer; where the header makes no mesh there are no groups to hold them to.</summary>
    [Theory]
    [InlineData("tp=2 dp=2", "4", "layer 1 hands sequences to a part of 1 tensor-parallel group only; "
        + "layer 2 hands sequences to a part of 1 tensor-parallel group only")]
    [InlineData("", "4", null)]
    [InlineData("tp=2 dp=2", "", "layer 1 hands no cache to decode; layer 2 hands no cache to decode")]
    public void Parts_that_arrive_are_told_by_layer(string axes, string arrives, string? fault)
    {
        RowGraph graph = Part(new RowGraph().Phase("prefill", "tp=2", (1, 2, "0-1")).Phase("decode", axes, (1, 2, "4-7")), 4);
        foreach (int layer in new[] { 2, 1 })
        {
            foreach (string gpu in new[] { "4", "5" })
            {
                graph.Node($"l{layer}g{gpu}", Ops.Attention, $"decode s1 l{layer}", gpu, K(batch: 3), "[hidden=8]");
                if (gpu == arrives)
                    graph.Edge("make", $"l{layer}g{gpu}", EdgeKind.Kv);
            }
        }

        Dag dag = graph.Build(DetailLevel.Device);
        if (fault is null)
            Passes(dag);
        else
            Assert.Equal(fault, Fails(dag));
    }

    /// <summary>A transfer of a part hands over some sequence.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void A_transfer_of_a_part_hands_over_some_sequence(int batch, bool good)
    {
        RowGraph graph = Layer(Header(), 1, K(batch: batch), K(batch: batch), K(batch: batch), K(batch: 3));
        Inputs(graph, 4);
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD017", graph.Build());
    }

    /// <summary>Of two sets of decode instances one may get nothing, if the other does.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Some_set_of_instances_gets_the_cache_of_a_layer(bool arrives, bool good)
    {
        RowGraph graph = Part(new RowGraph().Phase("prefill", "tp=2", (1, 1, "0-1")).Phase("decode", "tp=2", (1, 1, "2-3"))
            .Phase("decode2", "tp=2", (1, 1, "4-5")), 4);
        graph.Node("one", Ops.Attention, "decode s1 l1", "2-3", Cache).Node("two", Ops.Attention, "decode2 s1 l1", "4-5", Cache);
        if (arrives)
            graph.Edge("make", "two", EdgeKind.Kv);
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD017", graph.Build());
    }

    /// <summary>A transfer of 2 sequences serves readers of more where decode holds others too, never readers of fewer.</summary>
    [Theory]
    [InlineData(4, 3, true)]
    [InlineData(4, 2, true)]
    [InlineData(4, 1, false)]
    [InlineData(2, 3, false)]
    [InlineData(2, 2, true)]
    public void A_transfer_of_a_part_may_serve_larger_readers(int decode, int read, bool good)
    {
        RowGraph graph = Layer(Header(), 1, read: K(batch: read));
        Inputs(graph, decode);
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD017", graph.Build());
    }

    /// <summary>Heads are handed over whole even where sequences are not.</summary>
    [Fact]
    public void A_transfer_of_a_part_hands_over_whole_heads()
    {
        RowGraph graph = Layer(Header(), 1, read: K(batch: 3, heads: 1));
        Inputs(graph, 4);
        Assert.StartsWith("1 node that hands over more or less than its largest reader takes", Fails(graph.Build()),
            StringComparison.Ordinal);
    }

    /// <summary>With several sets of instances a transfer may serve a reader of more sequences too.</summary>
    [Fact]
    public void Sets_of_instances_take_sequences_from_several_transfers()
    {
        RowGraph graph = Header().Phase("decode2", "tp=2", (1, 2, "4-5"));
        Passes(Layer(graph, 1, read: K(batch: 3)).Build());
    }

    /// <summary>Ranks that split a cache by token take positions in turn, so one may have one less under a window.</summary>
    [Theory]
    [InlineData("tp=2", 7, false)]
    [InlineData("tp=2 dcp=2 htp=1", 7, true)]
    [InlineData("tp=2 dcp=2 htp=1", 6, false)]
    public void A_cache_split_by_token_may_lack_a_position(string axes, int read, bool good)
    {
        RowGraph graph = new RowGraph().Phase("prefill", "tp=2", (1, 2, "0-1")).Phase("decode", axes, (1, 2, "2-3"));
        RuleAssert.Comes(good ? CheckStatus.Pass : CheckStatus.Fail, "PD017", Layer(graph, 1, read: K(length: read)).Build());
    }

    private static RowGraph Part(RowGraph graph, int decode)
    {
        Inputs(graph, decode);
        return graph.Node("make", Ops.QkvProjection, "prefill s1 l1", "0-1", "[hidden=8]", Cache);
    }

    private static void Inputs(RowGraph graph, int decode) => graph
        .Node("prompts", Ops.Input, "prefill s1", "0-1", output: "[batch_size=2, seq_len=8]")
        .Node("tokens", Ops.Input, "decode s1", "2-3", output: $"[batch_size={decode}, seq_len=1]");
}
