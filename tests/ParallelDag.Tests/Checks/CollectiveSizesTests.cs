using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>S and the bytes on the wire of every kind of collective, worked out by hand from its shapes.</summary>
public class CollectiveSizesTests
{
    // 64 elements: 16 of each sequence, 32 of each position.
    private const string Tokens = "[batch_size=4, seq_len=2, hidden=8]";

    private const string Slots = "[batch_size=4, seq_len=2, top_k=2, hidden=4]";

    // 48 elements, 12 of each expert.
    private const string Routed = "[experts=4, tokens=6, hidden=2]";

    private static NodeFacts Facts(string op, string input, string output = "", int members = 0)
    {
        Operator row = Ops.Find(op)!;
        return new NodeFacts
        {
            Op = op,
            Name = op,
            Kind = row.Kind,
            Collective = row.Collective,
            GroupSize = members,
            Input = TensorList.Parse(input),
            Output = TensorList.Parse(output),
        };
    }

    /// <summary>
    /// What shards of unequal sequences or positions hold at least is one sequence and one position less than the largest shard: of
    /// <see cref="Tokens"/> 64 - 16 - 32.
    /// </summary>
    [Theory]
    [InlineData(Ops.FfnAllReduce, Tokens, "[a=7]", 4, 64, 64)]
    [InlineData(Ops.FfnReduceScatter, Tokens, "[a=7]", 4, 64, 64)]
    [InlineData(Ops.FfnAllGather, "[a=7]", Tokens, 4, 64, 64)]
    [InlineData(Ops.UlyssesAllToAll, Tokens, "[a=7]", 4, 64, 64)]
    [InlineData(Ops.PipelineSendRecv, Tokens, "[a=7]", 2, 64, 64)]
    [InlineData(Ops.RingKv, Tokens, "[a=7]", 3, 48, 192)]
    [InlineData(Ops.RingKv, Tokens, "[a=7]", 0, 16, 64)]
    [InlineData(Ops.RingKv, "[seq_len=2, hidden=8]", "[a=7]", 2, 0, 32)]
    [InlineData(Ops.RingKv, "[batch_size=2, hidden=8]", "[a=7]", 2, 0, 32)]
    [InlineData(Ops.RingKv, "", "", 2, 0, 0)]
    [InlineData(Ops.ExpertAllGather, "[a=7]", Routed, 3, 12, 48)]
    [InlineData(Ops.ExpertAllGather, "[a=7]", Tokens, 3, 64, 64)]
    [InlineData(Ops.ExpertReduceScatter, "[a=7]", Routed, 3, 12, 144)]
    [InlineData(Ops.ExpertReduceScatter, "[a=7]", Tokens, 3, 7, 7)]
    [InlineData(Ops.Dispatch, Tokens, Routed, 3, 16, 192)]
    [InlineData(Ops.Dispatch, Slots, Routed, 3, 16, 64)]
    [InlineData(Ops.Dispatch, "X [batch_size=4, seq_len=2, hidden=8]; C [batch_size=4, seq_len=2, top_k=2]", Routed, 3, 20, 80)]
    [InlineData(Ops.Combine, Routed, Slots, 3, 12, 48)]
    [InlineData(Ops.Combine, Slots, Routed, 3, 0, 64)]
    [InlineData(Ops.Combine, "", "", 3, 0, 0)]
    public void S_follows_from_the_shapes(string op, string input, string output, int members, int least, int most) =>
        Assert.Equal(new SizeRange(least, most), CollectiveSizes.ElementsOf(Facts(op, input, output, members), 5));

    /// <summary>Three members of 64 elements for each of five micro-batches.</summary>
    [Fact]
    public void A_transfer_of_a_cache_sends_at_most_what_all_read() => Assert.Equal(new SizeRange(1, 960),
        CollectiveSizes.ElementsOf(Facts(Ops.KvTransfer, "[a=7]", Tokens) with { Members = 3 }, 5));

    [Theory]
    [InlineData("[a=?]", "[a=1]")]
    [InlineData("[a=1]", "[a=?]")]
    [InlineData("A [a=1]; B [a=?]", "[a=1]")]
    public void An_open_size_leaves_S_open(string input, string output) =>
        Assert.Null(CollectiveSizes.ElementsOf(Facts(Ops.FfnAllReduce, input, output, 2), 1));

    /// <summary>Sizes are multiplied up to the first product beyond 64 bits, after which nothing more is.</summary>
    [Fact]
    public void A_shape_beyond_any_plan_has_no_size()
    {
        static Int128? Elements(params long[] sizes) =>
            CollectiveSizes.Elements(new TensorShape([.. sizes.Select((size, at) => new Dimension($"d{at}", size))]));
        Assert.Equal((Int128)1, Elements());
        Assert.Equal((Int128)30, Elements(2, 3, 5));
        Assert.Equal((Int128)long.MaxValue, Elements(long.MaxValue, 1));
        Assert.Equal((Int128)long.MaxValue * 2, Elements(long.MaxValue, 2));
        Assert.Null(Elements(long.MaxValue, 2, 1));
    }

    [Fact]
    public void Tensors_of_a_list_are_added_up()
    {
        Assert.Equal((Int128)0, CollectiveSizes.Elements(TensorList.None));
        Assert.Equal((Int128)17, CollectiveSizes.Elements(TensorList.Parse("Q [a=3, b=4]; K [a=5]")));
        Assert.Equal((Int128)16, CollectiveSizes.AtLeast(TensorList.Parse(Tokens), 64));
        Assert.Equal((Int128)0, CollectiveSizes.AtLeast(TensorList.None, 64));
        Assert.Equal((Int128)0, CollectiveSizes.AtLeast(TensorList.Parse("[hidden=8]"), 64));
    }

    /// <summary>Three groups of four members with an S of 10 bytes: 30 bytes a group for 3 of 4 parts.</summary>
    [Theory]
    [InlineData(Ops.FfnAllReduce, Tokens, Tokens, false, false, 180, 180)]
    [InlineData(Ops.FfnAllGather, Tokens, Tokens, false, false, 90, 90)]
    [InlineData(Ops.FfnReduceScatter, Tokens, "[a=7]", false, true, 90, 90)]
    [InlineData(Ops.RingKv, Tokens, Tokens, true, false, 30, 30)]
    [InlineData(Ops.KvTransfer, Tokens, Tokens, true, false, 10, 10)]
    [InlineData(Ops.UlyssesAllToAll, Tokens, Tokens, true, false, 90, 90)]
    [InlineData(Ops.UlyssesAllToAll, Tokens, Tokens, true, true, 90, 90)]
    [InlineData(Ops.UlyssesAllToAll, Tokens, Tokens, false, false, 0, 120)]
    [InlineData(Ops.UlyssesAllToAll, Tokens, "[a=7]", true, false, 0, 120)]
    [InlineData(Ops.Dispatch, Slots, Tokens, true, false, 90, 90)]
    [InlineData(Ops.Dispatch, Slots, Tokens, true, true, 90, 90)]
    [InlineData(Ops.Dispatch, Slots, Tokens, false, false, 0, 120)]
    [InlineData(Ops.Dispatch, Slots, Routed, true, false, 0, 120)]
    [InlineData(Ops.Dispatch, Tokens, Tokens, true, false, 0, 120)]
    [InlineData(Ops.Combine, Tokens, Slots, true, false, 90, 90)]
    [InlineData(Ops.Combine, Tokens, Slots, true, true, 0, 120)]
    [InlineData(Ops.Combine, Routed, Slots, true, false, 0, 120)]
    public void Wire_bytes_follow_from_S_and_the_groups(
        string op, string input, string output, bool even, bool once, int least, int most) => Assert.Equal(
            new SizeRange(least, most), CollectiveSizes.WireOf(Facts(op, input, output, 4), 10, 3, even, once));

    [Theory]
    [InlineData(Ops.Dispatch, Tokens, true)]
    [InlineData(Ops.Dispatch, Slots, false)]
    [InlineData(Ops.Dispatch, "", false)]
    [InlineData(Ops.Combine, Tokens, false)]
    public void A_dispatch_of_tokens_without_choices_sends_each_once_to_a_rank(string op, string input, bool once) =>
        Assert.Equal(once, CollectiveSizes.IsOncePerRank(Facts(op, input)));
}
