using ParallelDag.Chakra;
using ParallelDag.Lowering;
using ParallelDag.Strategies;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Chakra;

/// <summary>What ASTRA-sim passes over in silence, aborts or stalls on, is named with file, node and remedy.</summary>
public sealed class TraceCheckTests : IDisposable
{
    private const string Pair = "{\"1\": [0, 1]}";

    private readonly TraceFolder _traces = new();

    public void Dispose() => _traces.Dispose();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    private static Dag Devices(PlanSpec spec) => DagGenerator.Generate(DeploymentPlan.Create(spec), DetailLevel.Device);

    private static Dag Small { get; } = Devices(
        TestPlans.Of(TestPlans.Moe, new PhaseStrategy { Pp = 2, Ep = 2, Tp = 2 }) with
        {
            Cluster = new ClusterSpec { Gpus = 8, Gpu = DeviceProfile.Find("H100")! },
        });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Traces_of_ours_hold(int seed)
    {
        Dag dag = DagGenerator.Generate(TestPlans.Random(seed), DetailLevel.Device);
        Dag few = dag.Pool!.Count > 200 ? Small : dag;
        foreach (ChakraSchedule schedule in Enum.GetValues<ChakraSchedule>())
        {
            CheckReport report = _traces.With(few, new ChakraOptions { Schedule = schedule }).Check();
            Assert.True(report.Holds, $"{seed} {schedule}: {string.Join("; ", report.Failures)}");
            string order = report.Find("PD012")!.Evidence;
            if (schedule != ChakraSchedule.Free)
                Assert.Equal("one order serves the communications of every rank", order);
        }
    }

    [Fact]
    public void Traces_that_only_ids_order_may_stall()
    {
        Dag dag = Devices(TestPlans.Of(TestPlans.Moe, new PhaseStrategy { Pp = 2, Tp = 2 }, microBatches: 2) with
        {
            Cluster = new ClusterSpec { Gpus = 4, Gpu = DeviceProfile.Find("H100")! },
        });
        string order = _traces.With(dag, new ChakraOptions { Schedule = ChakraSchedule.Free }).Check().Find("PD012")!.Evidence;
        Assert.EndsWith("(control dependencies between communications prevent that)", order, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_is_told_in_numbers() => Assert.Equal(
        [
            "ET001 pass: 2 traces with 4 nodes", "ET002 pass: 4 ids, each once in its file",
            "ET003 pass: 2 dependencies, each on a node of the same file", "PD001 pass: no cycle in 2 traces",
            "PD006 pass: 1 collective of 1 group, each called by every member", "PD007 pass: nothing is sent",
            "PD012 pass: one order serves the communications of every rank", "PD014 pass: 2 communications, and no size is 0",
        ],
        _traces.With(hand => hand.Compute(1).AllReduce(2, 1, 1), hand => hand.Compute(1).AllReduce(2, 1, 1)).Groups(Pair).Check()
            .Results.Select(result => result.ToString()));

    [Fact]
    public void A_cycle_with_a_root_elsewhere() => Assert.Equal(
        "t.0.et: node 2 (gemm), by ids 2 -> 3 -> 2: waits for itself; a simulator leaves the nodes of a cycle out and "
            + "reports the rank finished; "
            + "take a dependency out",
        _traces.With(hand => hand.Compute(1).Compute(2, 1, 3).Compute(3, 2)).Fault("PD001"));

    [Fact]
    public void A_duplicate_id() => Assert.Equal(
        "t.0.et: node 2 (gemm), as node 2 (gemm): has an id that an earlier node has; a simulator runs the last one alone; "
            + "give every node of a "
            + "file an id of its own",
        _traces.With(hand => hand.Compute(1).Compute(2, 1).Compute(2, 1)).Fault("ET002"));

    [Fact]
    public void A_dependency_that_is_not_there() => Assert.Equal(
        "t.1.et: node 2 (gemm), for id 7: waits for a node that its file has not; a simulator aborts; name nodes of the same file alone",
        _traces.With(hand => hand.Compute(1), hand => hand.Compute(1).Compute(2, 7)).Fault("ET003"));

    [Theory]
    [InlineData("tensor_size", "has no tensor_size above 0; a simulator stalls there without a word; write at least 1")]
    [InlineData("num_ops", "has no num_ops above 0; a simulator hangs on 0 / 0; write at least 1")]
    public void Work_of_no_size(string attribute, string fault)
    {
        _traces.With(hand => hand.Compute(1)).Change(0, nodes => Set(nodes[0], attribute, 0));
        Assert.Equal("t.0.et: node 1 (gemm): " + fault, _traces.Fault("PD014"));
    }

    [Fact]
    public void A_collective_of_no_size()
    {
        Action<TraceFolder.Hand> rank = hand => hand.AllReduce(1, 1);
        _traces.With(rank, rank).Groups(Pair);
        for (int i = 0; i < 2; i++)
            _traces.Change(i, nodes => Set(nodes[0], "comm_size", 0));
        Assert.Equal(
            "t.0.et: node 1; t.1.et: node 1: has a comm_size of 0; a simulator stalls there without a word; write at least 1",
            _traces.Fault("PD014"));
    }

    [Fact]
    public void A_receive_that_nobody_sends() => Assert.Equal(
        "t.1.et: node 1, from rank 0: receives, but nobody sends it; the receiver waits for ever without a word; add the "
            + "send on the other rank",
        _traces.With(hand => hand.Compute(1), hand => hand.Receive(1, 0, 1, 1)).Fault("PD007"));

    [Fact]
    public void A_send_that_nobody_receives() => Assert.Equal(
        "t.0.et: node 1, to rank 1: sends, but nobody receives it; a simulator drops the message; add the receive on the other rank",
        _traces.With(hand => hand.Send(1, 0, 1, 1), hand => hand.Compute(1)).Fault("PD007"));

    [Fact]
    public void Tags_that_differ() => Assert.Equal(
        "t.1.et: node 1, tag 2, where t.0.et: node 1 has 1: has another comm_tag than its send; the receiver waits for ever "
            + "without a word; give "
            + "both ends one tag",
        _traces.With(hand => hand.Send(1, 0, 1, 1), hand => hand.Receive(1, 0, 1, 2)).Fault("PD007"));

    [Fact]
    public void Sizes_of_a_message_that_differ()
    {
        _traces.With(hand => hand.Send(1, 0, 1, 1), hand => hand.Receive(1, 0, 1, 1)).Change(1, nodes => Set(nodes[0], "comm_size", 999));
        Assert.Equal(
            "t.1.et: node 1, 999 bytes, where t.0.et: node 1 has 1000: has another comm_size than its send; the receiver "
                + "waits for ever without a "
                + "word; give both ends one size",
            _traces.Fault("PD007"));
    }

    [Fact]
    public void Sizes_of_a_collective_that_differ()
    {
        Action<TraceFolder.Hand> rank = hand => hand.AllReduce(1, 1).AllReduce(2, 1, 1);
        _traces.With(rank, rank).Groups(Pair).Change(1, nodes => Set(nodes[1], "comm_size", 999));
        Assert.Equal(
            "t.1.et: node 2, 999 bytes, where t.0.et: node 2 has 1000: has another comm_size than its partner; the "
                + "collective never ends; give a "
                + "collective one size on all members",
            _traces.Fault("PD014"));
    }

    [Fact]
    public void A_collective_that_is_missing_on_a_member()
    {
        _traces.With(hand => hand.AllReduce(1, 1).AllReduce(2, 1, 1), hand => hand.AllReduce(1, 1)).Groups(Pair);
        Assert.Equal(
            "t.0.et: node 2, t.1.et calls group 1 1 time, not 2: has no partner on a member of its group; the others wait "
                + "for ever; let every member "
                + "call every collective of its groups",
            _traces.Fault("PD006"));
    }

    [Fact]
    public void A_collective_of_another_kind()
    {
        Action<TraceFolder.Hand> rank = hand => hand.AllReduce(1, 1);
        _traces.With(rank, rank).Groups(Pair).Change(1, nodes => Set(nodes[0], "comm_type", 7));
        Assert.Equal(
            "t.1.et: node 1, a Reduce-Scatter of group 1, where t.0.et: node 1 is an All-Reduce: meets another collective on "
                + "a member of its group; "
                + "the others wait for ever; let all members call the collectives of a group in one order",
            _traces.Fault("PD006"));
    }

    [Fact]
    public void An_order_that_two_ranks_do_not_share()
    {
        _traces.With(hand => hand.AllReduce(1, 1).AllReduce(2, 2, 1), hand => hand.AllReduce(1, 2).AllReduce(2, 1, 1))
            .Groups("{\"1\": [0, 1], \"2\": [1, 0]}");
        string fault = _traces.Fault("PD012");
        Assert.Contains("t.0.et has node 1 before node 2", fault, StringComparison.Ordinal);
        Assert.Contains("t.1.et has node 1 before node 2", fault, StringComparison.Ordinal);
        Assert.EndsWith(
            ": waits for what waits for it on another rank; none of them ever ends; let all ranks meet their communications in one order",
            fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranks_that_each_receive_before_they_send()
    {
        _traces.With(hand => hand.Receive(1, 1, 0, 1).Send(2, 0, 1, 1, 1), hand => hand.Receive(1, 0, 1, 1).Send(2, 1, 0, 1, 1));
        Assert.Contains("t.0.et has node 1 before node 2", _traces.Fault("PD012"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_group() => Assert.StartsWith(
        "t.0.et: node 1, group 3000: calls a group that ",
        _traces.With(hand => hand.AllReduce(1, 3000), hand => hand.Compute(1)).Groups(Pair).Fault("PD006"), StringComparison.Ordinal);

    [Fact]
    public void A_group_of_one() => Assert.Equal(
        "t.0.et: node 1, group 2: calls a group of one rank; a simulator hangs; leave the collective out",
        _traces.With(hand => hand.AllReduce(1, 2), hand => hand.Compute(1)).Groups("{\"1\": [0, 1], \"2\": [0]}").Fault("PD006"));

    [Fact]
    public void A_rank_outside_of_the_group() => Assert.Contains(
        "t.2.et: node 1, group 1 of ranks 0-1: calls a group that its rank is not in; call it on its members alone",
        _traces.With(hand => hand.AllReduce(1, 1), hand => hand.AllReduce(1, 1), hand => hand.AllReduce(1, 1)).Groups(Pair).Fault("PD006"),
        StringComparison.Ordinal);

    [Fact]
    public void A_rank_without_a_trace()
    {
        Action<TraceFolder.Hand> rank = hand => hand.Compute(1);
        _traces.With(rank, rank, rank);
        File.Delete(_traces["t.1.et"]);
        Assert.Equal("t.1.et: is not there; a simulator opens a file for each rank from 0; add it", _traces.Fault("ET001"));
    }

    [Fact]
    public void A_trace_without_nodes() => Assert.Equal(
        "t.1.et: has no node that does anything; a simulator aborts; give an idle rank a computation of 1 ns",
        _traces.With(hand => hand.Compute(1), _ => { }).Fault("ET001"));

    [Fact]
    public void Without_a_groups_file_members_are_those_who_call()
    {
        Action<TraceFolder.Hand> rank = hand => hand.AllReduce(1, 1);
        CheckReport report = _traces.With(rank, rank, hand => hand.Compute(1)).Check();
        Assert.True(report.Holds);
        Assert.Equal(
            "not checked: no groups file beside the traces (t.groups.json); --groups names one elsewhere", report.Find("PD006")!.Evidence);
    }

    /// <summary>Each fault of a kind, put into the traces of a plan, is found by the rule of its kind and named with its file.</summary>
    [Theory]
    [InlineData("ET002", "has an id")]
    [InlineData("ET003", "waits for a node")]
    [InlineData("PD001", "waits for itself")]
    [InlineData("PD006", "has no partner")]
    [InlineData("PD007", "nobody receives it")]
    [InlineData("PD014", "comm_size")]
    public void Faults_in_the_traces_of_a_plan_are_found(string id, string words)
    {
        for (int rank = 0; rank < 4; rank++)
        {
            _traces.With(Small).Change(rank, nodes =>
            {
                GoogleNode call = nodes.Last(node => node.IsCollective);
                int place = nodes.IndexOf(call);
                switch (id)
                {
                    case "ET002":
                        nodes[place].Id = nodes[place - 1].Id;
                        break;
                    case "ET003":
                        call.Data.Add(999_999);
                        break;
                    case "PD001":
                        nodes[3].Data.Add(nodes[^1].Id);
                        break;
                    case "PD006":
                        nodes.Remove(call);
                        nodes.ForEach(node => Forget(node, call.Id));
                        break;
                    case "PD007":
                        GoogleNode send = nodes.Last(node => node.IsSend);
                        nodes.Add(Copy(send, nodes[^1].Id + 100_000));
                        break;
                    default:
                        Set(call, "comm_size", call.Number("comm_size") + 1);
                        break;
                }
            });
            CheckResult? failure = _traces.Check().Find(id);
            Assert.True(failure!.Status == CheckStatus.Fail, failure.ToString());
            Assert.Contains(words, failure.Evidence, StringComparison.Ordinal);
            Assert.Contains(".et: node ", failure.Evidence, StringComparison.Ordinal);
            Assert.All(failure.Nodes, node => Assert.StartsWith("t.", node, StringComparison.Ordinal));
        }
    }

    private static void Forget(GoogleNode node, ulong id)
    {
        node.Data.Remove(id);
        node.Control.Remove(id);
    }

    private static GoogleNode Copy(GoogleNode node, ulong id)
    {
        var copy = new GoogleNode { Id = id, Type = node.Type, Name = node.Name };
        copy.Attributes.AddRange(node.Attributes);
        return copy;
    }

    private static void Set(GoogleNode node, string attribute, ulong value)
    {
        int place = node.Attributes.FindIndex(item => item.Name == attribute);
        node.Attributes[place] = (attribute, node.Attributes[place].Field, value);
    }
}
