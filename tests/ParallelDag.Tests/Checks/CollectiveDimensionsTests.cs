using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// What collectives may do to sizes and placements. n shards of a side of P hold between floor(P/n) and ceil(P/n), and a node prints the
/// largest: so of n pieces p, P is at most n*p and more than n*(p-1).
/// </summary>
public class CollectiveDimensionsTests
{
    private static bool Legal(string op, int members, string input, string output, string before = "", string after = "") =>
        Fault(op, members, input, output, before, after) is null;

    private static string? Fault(string op, int members, string input, string output, string before = "", string after = "",
        bool folded = false)
    {
        var facts = new NodeFacts
        {
            Op = op,
            Name = op,
            Kind = NodeKind.Communication,
            Collective = Ops.Find(op)!.Collective,
            GroupSize = members,
            Input = TensorList.Parse(input),
            Output = TensorList.Parse(output),
            InputPlacement = before.Length == 0 ? null : PlacementList.Parse(before),
            OutputPlacement = after.Length == 0 ? null : PlacementList.Parse(after),
        };
        return CollectiveDimensions.FaultOf(facts, PlacedTensor.InputsOf(facts), PlacedTensor.OutputsOf(facts), folded);
    }

    /// <summary>Four pieces of at most 5 are 17 to 20 together.</summary>
    [Theory]
    [InlineData(16, false)]
    [InlineData(17, true)]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public void A_gather_makes_the_whole_of_its_pieces(int whole, bool legal)
    {
        Assert.Equal(legal, Legal(Ops.KvAllGather, 4, "[seq_len=5, hidden=3]", $"[seq_len={whole}, hidden=3]"));
        Assert.Equal(legal, Legal(Ops.FfnReduceScatter, 4, $"[seq_len={whole}, hidden=3]", "[seq_len=5, hidden=3]"));
    }

    /// <summary>A collective over two axes: pieces of at most 3 x 5 of four members make up to 60, and more than 4 * 2 * 4.</summary>
    [Theory]
    [InlineData(6, 10, true)]
    [InlineData(5, 9, true)]
    [InlineData(4, 8, false)]
    [InlineData(7, 10, false)]
    public void A_gather_of_two_sides_makes_the_whole_of_its_pieces(int rows, int columns, bool legal) =>
        Assert.Equal(legal, Legal(Ops.KvAllGather, 4, "[seq_len=3, hidden=5]", $"[seq_len={rows}, hidden={columns}]"));

    [Theory]
    [InlineData(8, 4, true)]
    [InlineData(7, 4, true)]
    [InlineData(6, 4, false)]
    [InlineData(9, 4, false)]
    [InlineData(8, 5, false)]
    [InlineData(8, 3, false)]
    [InlineData(8, 8, false)]
    public void An_exchange_trades_one_side_for_another(int positions, int heads, bool legal) =>
        Assert.Equal(legal, Legal(Ops.UlyssesAllToAll, 2, "[seq_len=4, heads=8]", $"[seq_len={positions}, heads={heads}]"));

    [Fact]
    public void A_sum_and_a_ring_change_no_size()
    {
        Assert.True(Legal(Ops.FfnAllReduce, 2, "[seq_len=4]", "[seq_len=4]"));
        Assert.False(Legal(Ops.FfnAllReduce, 2, "[seq_len=4]", "[seq_len=8]"));
        Assert.False(Legal(Ops.FfnAllReduce, 2, "[seq_len=4]", "[seq_len=2]"));
        Assert.True(Legal(Ops.RingKv, 2, "[seq_len=4]", "[seq_len=4]"));
        Assert.False(Legal(Ops.RingKv, 2, "[seq_len=4]", "[seq_len=8]"));
        Assert.False(Legal(Ops.KvAllGather, 2, "[seq_len=4]", "[seq_len=4]"));
        Assert.False(Legal(Ops.KvAllGather, 2, "[seq_len=4, hidden=4]", "[seq_len=8, hidden=2]"));
        Assert.False(Legal(Ops.FfnReduceScatter, 2, "[seq_len=4]", "[seq_len=4]"));
        Assert.False(Legal(Ops.FfnReduceScatter, 2, "[seq_len=4, hidden=4]", "[seq_len=2, hidden=8]"));
    }

    /// <summary>What each collective turns a placement into: DTensor's table.</summary>
    [Theory]
    [InlineData(Ops.KvAllGather, "[seq_len=4]", "[seq_len=8]", "sp=S(seq_len)", "sp=R", true)]
    [InlineData(Ops.KvAllGather, "[seq_len=4]", "[seq_len=8]", "sp=S(hidden)", "sp=R", false)]
    [InlineData(Ops.KvAllGather, "[seq_len=4]", "[seq_len=8]", "sp=P", "sp=R", false)]
    [InlineData(Ops.KvAllGather, "[seq_len=4]", "[seq_len=8]", "sp=R", "sp=R", false)]
    [InlineData(Ops.FfnAllReduce, "[seq_len=4]", "[seq_len=4]", "tp=P", "tp=R", true)]
    [InlineData(Ops.FfnAllReduce, "[seq_len=4]", "[seq_len=4]", "tp=S(hidden)", "tp=R", false)]
    [InlineData(Ops.FfnAllReduce, "[seq_len=4]", "[seq_len=4]", "tp=P", "tp=P", false)]
    [InlineData(Ops.FfnReduceScatter, "[seq_len=8]", "[seq_len=4]", "tp=P", "tp=S(seq_len)", true)]
    [InlineData(Ops.FfnReduceScatter, "[seq_len=8]", "[seq_len=4]", "tp=R", "tp=S(seq_len)", false)]
    [InlineData(Ops.FfnReduceScatter, "[seq_len=8]", "[seq_len=4]", "tp=P", "tp=S(hidden)", false)]
    [InlineData(Ops.FfnReduceScatter, "[seq_len=8]", "[seq_len=4]", "tp=P", "tp=R", false)]
    [InlineData(Ops.UlyssesAllToAll, "[seq_len=4, heads=8]", "[seq_len=8, heads=4]", "sp=S(seq_len)", "sp=S(heads)", true)]
    [InlineData(Ops.UlyssesAllToAll, "[seq_len=4, heads=8]", "[seq_len=8, heads=4]", "sp=S(heads)", "sp=S(seq_len)", false)]
    [InlineData(Ops.UlyssesAllToAll, "[seq_len=4, heads=8]", "[seq_len=8, heads=4]", "sp=S(seq_len)", "sp=R", false)]
    [InlineData(Ops.RingKv, "[seq_len=4]", "[seq_len=4]", "sp=S(seq_len)", "sp=S(seq_len)", true)]
    [InlineData(Ops.RingKv, "[seq_len=4]", "[seq_len=4]", "sp=S(seq_len)", "sp=R", false)]
    public void Placements_change_as_the_collective_says(
        string op, string input, string output, string before, string after, bool legal) =>
        Assert.Equal(legal, Legal(op, 2, input, output, before, after));

    /// <summary>Tokens are exchanged over ep; what they owe over tp they owe still.</summary>
    [Theory]
    [InlineData("tp=P", "tp=P", true)]
    [InlineData("tp=R", "tp=R", true)]
    [InlineData("tp=P", "tp=R", false)]
    [InlineData("tp=R", "tp=P", false)]
    public void An_owed_sum_rides_through_an_exchange_of_tokens(string before, string after, bool legal)
    {
        const string Slots = "[batch_size=2, seq_len=4, top_k=2, hidden=8]", Rows = "[experts=2, tokens=8, hidden=8]";
        Assert.Equal(legal, Legal(Ops.Combine, 2, Rows, Slots, before, after));
        Assert.Equal(legal, Legal(Ops.Dispatch, 2, Slots, Rows, before, after));
    }

    [Fact]
    public void An_exchange_of_tokens_keeps_their_width()
    {
        const string Slots = "[batch_size=2, seq_len=4, top_k=2, hidden=8]";
        Assert.True(Legal(Ops.Dispatch, 2, Slots, "[experts=2, tokens=8, hidden=8]"));
        Assert.False(Legal(Ops.Dispatch, 2, Slots, "[experts=2, tokens=8, hidden=4]"));
        Assert.True(Legal(Ops.KvTransfer, 2, "K [seq_len=4, d_k=8]", "K [seq_len=9, d_k=8]"));
        Assert.False(Legal(Ops.KvTransfer, 2, "K [seq_len=4, d_k=8]", "K [seq_len=9, d_k=4]"));
        Assert.False(Legal(Ops.KvTransfer, 2, "KV [seq_len=4, latent_dim=8]", "KV [seq_len=9, latent_dim=4]"));
    }

    [Fact]
    public void As_many_tensors_leave_as_enter_under_the_same_names()
    {
        Assert.True(Legal(Ops.KvAllGather, 2, "K [seq_len=4]; V [seq_len=4]", "K [seq_len=8]; V [seq_len=8]"));
        Assert.False(Legal(Ops.KvAllGather, 2, "K [seq_len=4]; V [seq_len=4]", "K [seq_len=8]"));
        Assert.False(Legal(Ops.KvAllGather, 2, "K [seq_len=4]; V [seq_len=4]", "V [seq_len=8]; K [seq_len=8]"));
        Assert.False(Legal(Ops.KvAllGather, 2, "[seq_len=4]", "[positions=8]"));
        Assert.False(Legal(Ops.KvAllGather, 2, "[seq_len=4]", "[seq_len=8, hidden=2]"));
    }

    /// <summary>Rows of experts differ with the routing: a gather may make any number of them of any, but no other size shrinks.</summary>
    [Theory]
    [InlineData(Ops.ExpertAllGather, "[tokens=4, hidden=2]", "[tokens=5, hidden=2]", true)]
    [InlineData(Ops.ExpertAllGather, "[tokens=4, hidden=2]", "[tokens=40, hidden=2]", true)]
    [InlineData(Ops.ExpertAllGather, "[tokens=4, hidden=2]", "[tokens=4, hidden=2]", true)]
    [InlineData(Ops.ExpertAllGather, "[tokens=4, hidden=2]", "[tokens=3, hidden=2]", false)]
    [InlineData(Ops.ExpertAllGather, "[tokens=4, hidden=2]", "[tokens=8, hidden=1]", false)]
    [InlineData(Ops.ExpertAllGather, "[tokens=4, hidden=2]", "[tokens=8, hidden=9]", false)]
    [InlineData(Ops.ExpertReduceScatter, "[tokens=5, hidden=2]", "[tokens=4, hidden=2]", true)]
    [InlineData(Ops.ExpertReduceScatter, "[tokens=4, hidden=2]", "[tokens=4, hidden=2]", true)]
    [InlineData(Ops.ExpertReduceScatter, "[tokens=4, hidden=2]", "[tokens=5, hidden=2]", false)]
    [InlineData(Ops.FfnReduceScatter, "[tokens=5, hidden=2]", "[tokens=4, hidden=2]", false)]
    public void Rows_of_experts_differ_with_the_routing(string op, string input, string output, bool legal) =>
        Assert.Equal(legal, Legal(op, 2, input, output));

    /// <summary>A gather of the last position keeps one of each sequence, and may gather another side with it.</summary>
    [Theory]
    [InlineData("[seq_len=4, hidden=2]", "[seq_len=1, hidden=2]", "", "", true)]
    [InlineData("[seq_len=4, hidden=2]", "[seq_len=2, hidden=2]", "", "", false)]
    [InlineData("[seq_len=4, hidden=2]", "[seq_len=4, hidden=2]", "", "", true)]
    [InlineData("[seq_len=4, hidden=2]", "[seq_len=4, hidden=1]", "", "", false)]
    [InlineData("[seq_len=4, hidden=2]", "[seq_len=1, hidden=4]", "", "", true)]
    [InlineData("[seq_len=4, hidden=2]", "[seq_len=1, hidden=5]", "", "", false)]
    [InlineData("[seq_len=4, hidden=2]", "[seq_len=1, hidden=4]", "sp=S(seq_len), tp=S(hidden)", "sp=R, tp=R", true)]
    [InlineData("[seq_len=4, hidden=2]", "[seq_len=1, hidden=2]", "sp=R", "sp=S(seq_len)", false)]
    public void A_gather_keeps_the_last_position(string input, string output, string before, string after, bool legal) =>
        Assert.Equal(legal, Legal(Ops.Gather, 2, input, output, before, after));

    /// <summary>That one position is kept is for this gather and for positions alone.</summary>
    [Fact]
    public void No_other_gather_keeps_one_position()
    {
        Assert.False(Legal(Ops.KvAllGather, 2, "[seq_len=4, hidden=2]", "[seq_len=1, hidden=4]"));
        Assert.False(Legal(Ops.Gather, 2, "[batch_size=4, hidden=2]", "[batch_size=1, hidden=4]"));
    }

    /// <summary>A size that is left open agrees with any.</summary>
    [Theory]
    [InlineData("[seq_len=?, hidden=2]", "[seq_len=9, hidden=4]", true)]
    [InlineData("[seq_len=9, hidden=2]", "[seq_len=?, hidden=4]", true)]
    [InlineData("[seq_len=?, hidden=2]", "[seq_len=9, hidden=2]", false)]
    public void Open_sizes_agree_with_any(string input, string output, bool legal) =>
        Assert.Equal(legal, Legal(Ops.KvAllGather, 2, input, output));

    /// <summary>Where a side does not tell its placement, or an axis, nothing is compared; where both do, some axis must change.</summary>
    [Theory]
    [InlineData(Ops.FfnAllReduce, "", "tp=R", false, true)]
    [InlineData(Ops.FfnAllReduce, "tp=P", "", false, true)]
    [InlineData(Ops.FfnAllReduce, "sp=R", "tp=R", false, false)]
    [InlineData(Ops.FfnAllReduce, "sp=R", "tp=R", true, true)]
    [InlineData(Ops.FfnAllReduce, "tp=P, sp=R", "tp=R, sp=R", false, true)]
    [InlineData(Ops.FfnAllReduce, "tp=P, sp=P", "tp=R, sp=R", false, true)]
    [InlineData(Ops.FfnAllReduce, "tp=P, sp=S(hidden)", "tp=R, sp=R", true, false)]
    [InlineData(Ops.FfnAllReduce, "tp=P", "tp=S(seq_len)", true, false)]
    [InlineData(Ops.FfnNorm, "tp=R", "tp=R", false, true)]
    [InlineData(Ops.FfnNorm, "tp=P", "tp=R", false, false)]
    public void Some_axis_changes_unless_it_is_one_of_the_experts(string op, string before, string after, bool folded, bool legal) =>
        Assert.Equal(legal, Fault(op, 2, "[seq_len=4]", "[seq_len=4]", before, after, folded) is null);

    [Theory]
    [InlineData(Ops.UlyssesAllToAll, "[seq_len=4, heads=8]", "[seq_len=8, heads=4]", "sp=S(seq_len)", "sp=S(seq_len), tp=R", false)]
    [InlineData(Ops.UlyssesAllToAll, "[seq_len=4, heads=8]", "[seq_len=8, heads=4]", "sp=S(seq_len)", "sp=S(d_k)", false)]
    [InlineData(Ops.UlyssesAllToAll, "[seq_len=4, heads=8]", "[seq_len=8, heads=4]", "sp=R", "sp=S(heads)", false)]
    [InlineData(Ops.ExpertAllGather, "[tokens=4]", "[tokens=4]", "ep=S(tokens)", "ep=R", true)]
    [InlineData(Ops.ExpertReduceScatter, "[tokens=4]", "[tokens=4]", "ep=P", "ep=S(tokens)", true)]
    [InlineData(Ops.KvAllGather, "[seq_len=4]", "[seq_len=8]", "sp=S(seq_len)", "sp=P", false)]
    public void Each_axis_changes_as_the_collective_says(
        string op, string input, string output, string before, string after, bool legal) =>
        Assert.Equal(legal, Legal(op, 2, input, output, before, after));

    /// <summary>What only one side has, or neither tells, is kept.</summary>
    [Theory]
    [InlineData("[batch_size=2, top_k=2]", "[experts=2, hidden=4]", true)]
    [InlineData("[batch_size=2, hidden=4]", "[experts=2, tokens=4]", true)]
    [InlineData("[hidden=4]; [hidden=8]", "[tokens=4, hidden=8]", true)]
    [InlineData("[hidden=4]; [hidden=8]", "[tokens=4, hidden=8]; [hidden=9]", false)]
    [InlineData("[hidden=?]", "[tokens=4, hidden=8]", true)]
    public void A_width_is_kept_where_both_sides_tell_it(string input, string output, bool legal) =>
        Assert.Equal(legal, Legal(Ops.Dispatch, 2, input, output));

    /// <summary>Tokens whose placement is told on one side alone owe nothing that is known.</summary>
    [Fact]
    public void What_is_owed_is_compared_where_both_sides_tell()
    {
        const string Slots = "[top_k=2, hidden=8]", Rows = "[tokens=8, hidden=8]";
        Assert.True(Legal(Ops.Dispatch, 2, Slots, Rows, "", "tp=P"));
        Assert.True(Legal(Ops.Dispatch, 2, Slots, Rows, "tp=P", ""));
        Assert.True(Legal(Ops.Dispatch, 2, Slots, Rows, "tp=P", "ep=R"));
        Assert.False(Legal(Ops.Dispatch, 2, Slots, Rows, "ep=R, tp=P", "ep=R, tp=R"));
    }

    [Fact]
    public void Faults_say_what_the_collective_makes()
    {
        Assert.Equal("whose output is not what an All-Gather of 4 makes of the input",
            Fault(Ops.KvAllGather, 4, "[seq_len=4]", "[seq_len=4]"));
        Assert.Equal("whose output is not what an All-Reduce makes of the input", Fault(Ops.FfnAllReduce, 0, "[seq_len=4]", "[seq_len=5]"));
        Assert.Equal("whose placements do not change as a Reduce-Scatter changes them",
            Fault(Ops.FfnReduceScatter, 2, "[seq_len=8]", "[seq_len=4]", "tp=R", "tp=R"));
        Assert.Equal("that [takes|take] 2 tensors and [yields|yield] 1",
            Fault(Ops.KvAllGather, 2, "K [seq_len=4]; V [seq_len=4]", "K [seq_len=8]"));
        Assert.Equal("whose output is not what an All-to-All of 2 makes of the input",
            Fault(Ops.Combine, 2, "[tokens=2, hidden=4]", "[top_k=2, hidden=5]"));
        Assert.Equal("whose output is not what a Send/Recv of 2 makes of the input",
            Fault(Ops.KvTransfer, 2, "K [d_k=4]", "K [d_k=5]"));
    }
}
