using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// What an edge may carry, by the shapes of its ends: [batch_size=2, seq_len=4, hidden=3] is 24 elements, and where it is the largest of
/// shards that may lack a sequence and a position, at least 24 - 12 - 6.
/// </summary>
public class EdgeSizesTests
{
    private const string Hidden = "[batch_size=2, seq_len=4, hidden=3]";

    private static NodeFacts Node(string op, string input, string output, int members = 0) => new()
    {
        Op = op,
        Name = op,
        Kind = Ops.Find(op)!.Kind,
        Collective = Ops.Find(op)!.Collective,
        GroupSize = members,
        Input = TensorList.Parse(input),
        Output = TensorList.Parse(output),
    };

    private static string Sizes(NodeFacts producer, NodeFacts consumer) => string.Join(" or ", EdgeSizes.Of(producer, consumer));

    private static string Sizes(string producer, string yielded, string consumer, string taken, int sends = 0, int takes = 0) =>
        Sizes(Node(producer, "", yielded, sends), Node(consumer, taken, "", takes));

    [Theory]
    [InlineData("", Hidden)]
    [InlineData(Hidden, "")]
    [InlineData("[batch_size=?]", Hidden)]
    [InlineData(Hidden, "[batch_size=?]")]
    public void Sizes_that_are_left_open_allow_any(string yielded, string taken) =>
        Assert.Equal("", Sizes(Ops.FfnNorm, yielded, Ops.FfnUp, taken));

    [Theory]
    [InlineData(Ops.FfnNorm, 0, Ops.FfnUp, 0, "[hidden=5]", "24")]
    [InlineData(Ops.FfnNorm, 0, Ops.FfnAllReduce, 2, "[hidden=5]", "24")]
    [InlineData(Ops.FfnAllReduce, 2, Ops.FfnUp, 0, "[batch_size=1, seq_len=4, hidden=3]", "12")]
    [InlineData(Ops.FfnAllReduce, 1, Ops.FfnUp, 0, "[batch_size=1, seq_len=4, hidden=3]", "24")]
    [InlineData(Ops.FfnAllReduce, 2, Ops.FfnUp, 0, "[batch_size=1, hidden=3]", "6 to 24")]
    [InlineData(Ops.FfnAllReduce, 2, Ops.FfnUp, 0, "Q [batch_size=1, seq_len=4, hidden=3]; K [hidden=3]", "6 to 24")]
    [InlineData(Ops.FfnAllReduce, 2, Ops.FfnAllGather, 2, "[batch_size=1, seq_len=4, hidden=3]", "6 to 24")]
    [InlineData(Ops.FfnNorm, 0, Ops.PipelineSendRecv, 2, "[hidden=5]", "5")]
    [InlineData(Ops.FfnAllReduce, 2, Ops.PipelineSendRecv, 2, "[hidden=5]", "5")]
    [InlineData(Ops.FfnNorm, 0, Ops.LmHead, 0, "[batch_size=2, seq_len=1, hidden=3]", "6 or 24")]
    [InlineData(Ops.FfnNorm, 0, Ops.HeadAllGather, 2, "[batch_size=2, seq_len=2, hidden=3]", "0 to 12 or 24")]
    [InlineData(Ops.FfnNorm, 0, Ops.Output, 0, "[batch_size=4]", "4 or 24")]
    public void One_tensor_is_what_its_producer_yields_or_a_collective_hands_out(
        string producer, int sends, string consumer, int takes, string taken, string expected) =>
        Assert.Equal(expected, Sizes(producer, Hidden, consumer, taken, sends, takes));

    [Theory]
    [InlineData(Ops.Attention, "6 to 24")]
    [InlineData(Ops.Indexer, "1 to 24")]
    public void A_ring_passes_the_pieces_of_its_steps(string consumer, string expected) =>
        Assert.Equal(expected, Sizes(Ops.RingKv, Hidden, consumer, "[hidden=7]", 2));

    /// <summary>K and V are named by both ends, X by one alone: at most the larger of 2 + 3 yielded and what is taken.</summary>
    [Theory]
    [InlineData("K [hidden=5]; V [hidden=1]; Y [hidden=50]", "1 to 6")]
    [InlineData("V [hidden=1]; K [hidden=2]", "1 to 5")]
    [InlineData("K [hidden=9]", "1 to 9")]
    [InlineData("K [hidden=1]", "1 to 2")]
    public void Of_several_tensors_pass_those_that_both_ends_name(string taken, string expected) =>
        Assert.Equal(expected, Sizes(Ops.QkvProjection, "K [hidden=2]; V [hidden=3]; X [hidden=100]", Ops.Attention, taken));

    /// <summary>Rows of 2 experts, 4 tokens of 3: 24 elements, of the fuller expert 12 at least.</summary>
    [Theory]
    [InlineData("[experts=2, tokens=4, hidden=3]", 0, "[experts=3, tokens=4, hidden=3]", 0, "12 to 24")]
    [InlineData("[tokens=4, hidden=3]", 0, "[experts=3, tokens=4, hidden=3]", 0, "12 to 12")]
    [InlineData("[experts=2, tokens=4, hidden=3]", 2, "[experts=3, tokens=4, hidden=3]", 0, "12 to 36")]
    [InlineData("[experts=2, tokens=4, hidden=3]", 2, "[tokens=4, hidden=3]", 0, "12 to 12")]
    [InlineData("[experts=2, tokens=4, hidden=3]", 2, "[experts=3, tokens=4, hidden=3]", 2, "0 to 24")]
    [InlineData("[experts=2, tokens=4, hidden=3]", 2, "[top_k=2, hidden=3]", 0, "0 to 24")]
    [InlineData("[batch_size=2, seq_len=4, hidden=3]", 0, "[experts=2, tokens=4, hidden=3]", 0, "24")]
    [InlineData("[experts=0, tokens=4, hidden=3]", 0, "[experts=3, tokens=4, hidden=3]", 0, "0")]
    [InlineData("[experts=2, tokens=4, hidden=3]", 2, "[experts=0, tokens=4, hidden=3]", 0, "0")]
    public void Rows_of_experts_are_as_many_as_the_routing_makes(string yielded, int sends, string taken, int takes, string expected)
    {
        string sizes = string.Join(" or ", EdgeSizes.Of(Node(Ops.Dispatch, "", yielded, sends), Node(Ops.Experts, taken, "", takes))
            .Select(size => expected.Contains("to", StringComparison.Ordinal) ? $"{size.Least} to {size.Most}" : $"{size}"));
        Assert.Equal(expected, sizes);
    }

    [Theory]
    [InlineData("[batch_size=3]", 12, null)]
    [InlineData("[batch_size=3]", 13, "13, due 12")]
    [InlineData("[batch_size=1500]", 0, "0, due 6,000")]
    [InlineData("[batch_size=?]", 13, null)]
    [InlineData("[batch_size=3, vocab=2]", 13, null)]
    public void An_edge_of_tokens_carries_four_bytes_an_id(string yielded, long bytes, string? fault) =>
        Assert.Equal(fault, EdgeSizes.TokenFault(Node(Ops.Sampling, "", yielded), bytes));

    [Theory]
    [InlineData("Q [seq_len=9]; K [seq_len=4, d_k=3]; V [seq_len=2, d_k=3]", null, 18)]
    [InlineData("Q [seq_len=9]; K [seq_len=4, d_k=3]; V [seq_len=2, d_k=3]", 5, 30)]
    [InlineData("K [seq_len=4, d_k=3]", 0, 0)]
    [InlineData("K [heads=4, d_k=3]", 5, 12)]
    [InlineData("K [seq_len=0, d_k=3]", 5, 0)]
    [InlineData("Q [seq_len=?]", 5, 0)]
    public void Cached_elements_are_those_of_K_and_V(string tensors, int? positions, int expected) =>
        Assert.Equal(expected, EdgeSizes.Cached(TensorList.Parse(tensors), positions));

    [Fact]
    public void Cached_elements_of_an_open_size_are_not_known() =>
        Assert.Null(EdgeSizes.Cached(TensorList.Parse("K [seq_len=4, d_k=3]; V [seq_len=4, d_k=?]"), 3));

    [Theory]
    [InlineData("[batch_size=2, seq_len=3, top_k=2]", "Indices")]
    [InlineData("[positions=2]", "Indices")]
    [InlineData("[batch_size=2]; [hidden=3]", "Activations")]
    [InlineData("", "Activations")]
    [InlineData("[experts=2, tokens=3]", "Routed")]
    [InlineData("[hidden=3]; [tokens=3]", "Activations")]
    [InlineData("K [d_k=3]; V [d_k=3]", "Cache")]
    [InlineData("KV [latent_dim=3]", "Cache")]
    [InlineData("Q [d_k=3]", "Activations")]
    [InlineData("gate [d=1]; routed [d=3]; shared [d=2]", "Activations")]
    [InlineData("Q [d_k=3]; K [d_k=3]", "ActivationsAndCache")]
    [InlineData("K [d_k=3]; Q [d_k=3]", "ActivationsAndCache")]
    [InlineData("K [d_k=3]; state [d_k=3]", "Several")]
    public void Names_tell_how_elements_are_stored(string tensors, string expected) =>
        Assert.Equal(expected, EdgeSizes.FormatOf(TensorList.Parse(tensors)).ToString());

    [Theory]
    [InlineData(Ops.ExpertAllGather, "K [d_k=3]", "Routed")]
    [InlineData(Ops.KvUpProjection, "K [d_k=3]", "Activations")]
    [InlineData(Ops.QkvProjection, "K [d_k=3]", "Cache")]
    public void What_is_made_of_a_latent_is_no_cache(string op, string yielded, string expected) =>
        Assert.Equal(expected, EdgeSizes.FormatOfOutput(Node(op, "", yielded)).ToString());

    [Theory]
    [InlineData("[hidden=3]", Ops.ExpertReduceScatter, "Routed")]
    [InlineData("[hidden=3]", Ops.ExpertAllGather, "Activations")]
    [InlineData("[hidden=3]", Ops.FfnReduceScatter, "Activations")]
    [InlineData("K [d_k=3]", Ops.ExpertReduceScatter, "Cache")]
    [InlineData("[batch_size=3]", Ops.ExpertReduceScatter, "Indices")]
    public void Tokens_go_back_from_experts_as_they_came(string yielded, string consumer, string expected) =>
        Assert.Equal(expected, EdgeSizes.FormatBetween(Node(Ops.FfnDown, "", yielded), Node(consumer, "", "")).ToString());

    [Theory]
    [InlineData("K [d=1]; V [d=2]", "V [d=3]; K [d=4]", true)]
    [InlineData("Q [d=1]; K [d=2]", "K [d=4]", true)]
    [InlineData("K [d=1]; V [d=2]", "K [d=4]", false)]
    [InlineData("Q [d=1]", "Q [d=1]", false)]
    [InlineData("K [d=1]; state [d=2]", "K [d=4]", false)]
    [InlineData("K [d=1]", "K [d=4]; state [d=2]", false)]
    public void Both_ends_name_the_same_cache(string left, string right, bool same) =>
        Assert.Equal(same, EdgeSizes.SameCache(TensorList.Parse(left), TensorList.Parse(right)));

    [Fact]
    public void A_list_of_no_tensors_is_no_list_of_ids() => Assert.False(EdgeSizes.IsIndices(TensorList.None));
}
