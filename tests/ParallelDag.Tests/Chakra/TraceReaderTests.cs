using ParallelDag.Chakra;
using ParallelDag.Chakra.Reading;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Chakra;

/// <summary>The reader against Google's runtime, against hostile bytes, and back into a graph.</summary>
public sealed class TraceReaderTests : IDisposable
{
    private readonly TraceFolder _traces = new();

    public void Dispose() => _traces.Dispose();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 12)];

    private static Dag Devices(int seed) => DagGenerator.Generate(TestPlans.Random(seed), DetailLevel.Device);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nodes_are_those_that_Googles_runtime_reads(int seed)
    {
        var files = new TraceFiles(Devices(seed));
        for (int rank = 0; rank < files.Ranks.Length; rank++)
        {
            List<TraceNode> own = TraceFileReader.Decode(files.Bytes[$".{rank}.et"], "t");
            Assert.Equal(files.Ranks[rank].Select(Text), own.Select(node => string.Join(
                '|', node.Id, node.Name, (int)node.Type, string.Join(',', node.Control), string.Join(',', node.Data), node.Operations,
                node.TensorBytes, node.CollectiveType, node.Bytes, node.Group, node.Source, node.Target, node.Tag)));
        }

        static string Text(GoogleNode node)
        {
            object? Of(string name) => node.Attributes.Find(attribute => attribute.Name == name).Value;
            return string.Join(
                '|', node.Id, node.Name, node.Type, string.Join(',', node.Control), string.Join(',', node.Data), Of("num_ops"),
                Of("tensor_size"), Of("comm_type"), Of("comm_size"), Of("pg_name"), Of("comm_src"), Of("comm_dst"), Of("comm_tag"));
        }
    }

    /// <summary>Bytes cut, changed, added and taken away: read or refused in one line, never anything else.</summary>
    [Fact]
    public void Hostile_bytes_are_read_or_refused_in_a_line()
    {
        byte[] sound = new TraceFiles(DagGenerator.Generate(
            DeploymentPlan.Create(TestPlans.Reference), DetailLevel.Device, PhaseKind.Decode)).Bytes[".0.et"][..4000];
        var random = new Random(1);
        int refused = 0;
        for (int trial = 0; trial < 6000; trial++)
        {
            byte[] bytes = trial % 3 == 0 ? sound[..random.Next(sound.Length)] : [.. sound];
            for (int i = random.Next(4); i > 0 && bytes.Length > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (trial % 7 == 0)
                bytes = [.. bytes, .. Enumerable.Repeat((byte)0xFF, random.Next(12))];
            try
            {
                TraceFileReader.Decode(bytes, "t.0.et");
            }
            catch (InputException fault)
            {
                refused++;
                Assert.StartsWith("t.0.et: this is ", fault.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', fault.Message);
            }
        }

        Assert.InRange(refused, 1000, 5999);
    }

    /// <summary>Sets whose nodes say anything at all are checked to the end.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nonsense_is_checked_to_the_end(int seed)
    {
        var random = new Random(seed);
        for (int trial = 0; trial < 20; trial++)
        {
            int ranks = random.Next(1, 4);
            _traces.With([.. Enumerable.Range(0, ranks).Select(rank => (Action<TraceFolder.Hand>)(hand =>
            {
                for (int i = random.Next(8); i > 0; i--)
                    Draw(hand, rank);
            }))]).Groups("{\"1\": [0, 1], \"2\": [0, 2], \"3\": [2], \"4\": []}");
            CheckReport report = _traces.Check();
            Assert.Equal(ChakraTraces.Rules.Select(rule => rule.Id), report.Results.Select(result => result.Id));
            for (int rank = ranks; rank < 3; rank++)
                File.Delete(_traces[$"t.{rank}.et"]);
        }

        void Draw(TraceFolder.Hand hand, int rank)
        {
            int id = random.Next(6), other = random.Next(5), tag = random.Next(2);
            int[] data = [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(6))];
            switch (random.Next(4))
            {
                case 0:
                    hand.Compute(id, data);
                    break;
                case 1:
                    hand.AllReduce(id, random.Next(6), data);
                    break;
                case 2:
                    hand.Send(id, random.Next(4) == 0 ? other : rank, other, tag, data);
                    break;
                default:
                    hand.Receive(id, other, rank, tag, data);
                    break;
            }
        }
    }

    [Theory]
    [InlineData(new byte[0], "this is empty; a trace begins with its version, and has a node at least")]
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0 }, "this is compressed, which simulators do not read; unpack it first (gunzip)")]
    [InlineData(new byte[] { 0x09, 1 },
        "this is no Chakra trace, or it is damaged: at byte 1 9 bytes are announced, 1 are left; write or copy it again")]
    [InlineData(new byte[] { 2, 8, 1 },
        "this is no Chakra trace, or it is damaged: at byte 2 the version of the format is missing; write or copy it again")]
    public void What_is_no_trace_is_refused(byte[] bytes, string message) =>
        Assert.Equal("t.0.et: " + message, Assert.Throws<InputException>(() => TraceFileReader.Decode(bytes, "t.0.et")).Message);

    [Theory]
    [InlineData("{", "this is not JSON")]
    [InlineData("[]", "this is no object")]
    [InlineData("{\"tp\": [0]}", "the group 'tp' has no number for a name")]
    [InlineData("{\"1\": [0], \"1\": [1]}", "group 1 is there twice")]
    [InlineData("{\"1\": 3}", "group 1 is no list of ranks")]
    [InlineData("{\"1\": [0.5]}", "group 1 holds something else than ranks")]
    public void Groups_that_are_none_are_refused(string json, string message)
    {
        _traces.With(hand => hand.Compute(1)).Groups(json);
        Assert.Contains(message, Assert.Throws<InputException>(() => _traces.Check()).Message, StringComparison.Ordinal);
    }

    /// <summary>Import of an export: the nodes, what they do, where, and what they read.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_plan_comes_back_as_the_graph_that_it_was(int seed)
    {
        Dag dag = Devices(seed);
        Dag read = ChakraTraces.Read(_traces.With(dag)["t.0.et"]);
        Dictionary<string, DagNode> before = dag.Nodes.ToDictionary(node => node.Id);
        DagNode[] nodes = [.. read.Nodes.Where(node => node.Name != "idle")];
        foreach (DagNode node in nodes.Where(node => node.Collective != CollectiveKind.SendRecv))
        {
            DagNode own = before[node.Id];
            Assert.Equal((own.Gpus!.ToString(), own.Collective, Math.Max(1, own.Flops)), (
                node.Gpus!.ToString(), node.Collective, own.Collective == CollectiveKind.None ? node.Flops : Math.Max(1, own.Flops)));
            if (own.Collective is CollectiveKind.AllReduce or CollectiveKind.AllToAll or CollectiveKind.ReduceScatter)
                Assert.Equal(Math.Max(1, own.Bytes!.Value), node.Bytes);
        }

        int messages = nodes.Count(node => node.Collective == CollectiveKind.SendRecv);
        Assert.Equal(
            before.Values.Count(node => node.Kind is not (NodeKind.Input or NodeKind.Output) && node.Collective != CollectiveKind.SendRecv),
            nodes.Length - messages);
        Assert.True(ParallelDag.Graphs.Algorithms.TopologicalOrder.Exists(read.Topology));
    }

    [Fact]
    public void Faulty_traces_make_no_graph()
    {
        _traces.With(hand => hand.Send(1, 0, 1, 1), hand => hand.Compute(1).Compute(1));
        InputException fault = Assert.Throws<InputException>(() => ChakraTraces.Read(_traces["t.0.et"]));
        Assert.Equal(2, fault.Problems.Count);
        Assert.All(fault.Problems, problem => Assert.Equal("t", problem.File));
    }
}
