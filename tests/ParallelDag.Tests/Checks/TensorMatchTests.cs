using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Checks;

/// <summary>Which tensor may be which consumer's input, row by row of the table that <see cref="TensorMatch"/> is.</summary>
public class TensorMatchTests
{
    private static readonly Dictionary<string, int> Axes = new() { ["tp"] = 4, ["sp"] = 2 };

    private static Fit Between(
        string producer, string output, string consumer, string input, string from = "", string to = "", int members = 0)
    {
        NodeFacts yields = Facts(producer) with { Output = TensorList.Parse(output), OutputPlacement = Placed(from), GroupSize = members };
        NodeFacts takes = Facts(consumer) with { Input = TensorList.Parse(input), InputPlacement = Placed(to) };
        return new TensorMatch(DetailLevel.Device).Between(
            yields, PlacedTensor.OutputsOf(yields)[0], takes, PlacedTensor.InputsOf(takes)[0], Axes, out _);
    }

    private static NodeFacts Facts(string op) => new() { Op = op, Name = op, Kind = NodeKind.Computation };

    private static PlacementList? Placed(string text) => text.Length == 0 ? null : PlacementList.Parse(text);

    /// <summary>Shards of one side differ by one at most; a collective prints the largest of its members.</summary>
    [Theory]
    [InlineData(8, 8, 2, nameof(Fit.Same))]
    [InlineData(8, 7, 2, nameof(Fit.Uneven))]
    [InlineData(7, 8, 2, nameof(Fit.Uneven))]
    [InlineData(8, 6, 2, nameof(Fit.None))]
    [InlineData(6, 8, 2, nameof(Fit.None))]
    [InlineData(8, 7, 0, nameof(Fit.None))]
    public void A_shard_is_one_larger_or_smaller_than_another_at_most(int yielded, int taken, int members, string fit) =>
        Assert.Equal(fit, Between(Ops.AttentionAllGather, $"[seq_len={yielded}, hidden=4]", Ops.FfnNorm, $"[seq_len={taken}, hidden=4]",
            "sp=S(seq_len)", "sp=S(seq_len)", members).ToString());

    /// <summary>What no axis splits is the same on every member.</summary>
    [Fact]
    public void A_side_that_nobody_splits_is_the_same_everywhere()
    {
        Assert.Equal(Fit.None, Between(Ops.AttentionAllGather, "[seq_len=8, hidden=4]", Ops.FfnNorm, "[seq_len=7, hidden=4]",
            "sp=R", "sp=R", 2));
        Assert.Equal(Fit.Uneven, Between(Ops.AttentionAllGather, "[seq_len=8, hidden=4]", Ops.FfnNorm, "[seq_len=7, hidden=4]",
            "sp=S(seq_len)", "", 2));
        Assert.Equal(Fit.Uneven, Between(Ops.AttentionAllGather, "[seq_len=8, hidden=4]", Ops.FfnNorm, "[seq_len=7, hidden=4]",
            "", "sp=S(seq_len)", 2));
    }

    /// <summary>A replica read in part: of 10 columns over tp 4 a rank reads two or three.</summary>
    [Theory]
    [InlineData(1, nameof(Fit.None))]
    [InlineData(2, nameof(Fit.Part))]
    [InlineData(3, nameof(Fit.Part))]
    [InlineData(4, nameof(Fit.None))]
    public void A_rank_reads_its_share_of_a_replica(int taken, string fit) => Assert.Equal(fit, Between(
        Ops.AttentionNorm, "[seq_len=8, hidden=10]", Ops.OutputProjection, $"[seq_len=8, hidden={taken}]", "tp=R", "tp=S(hidden)")
            .ToString());

    /// <summary>Without an operation a placement may change from a replica to a part of it, and in no other way.</summary>
    [Theory]
    [InlineData("tp=P", "tp=R")]
    [InlineData("tp=S(hidden)", "tp=R")]
    [InlineData("tp=P", "tp=S(hidden)")]
    [InlineData("tp=R", "tp=P")]
    [InlineData("tp=R", "tp=S(hidden)")]
    public void A_placement_changes_by_a_local_split_alone(string from, string to) => Assert.Equal(Fit.None, Between(
        Ops.AttentionNorm, "[seq_len=8, hidden=8]", Ops.OutputProjection, "[seq_len=8, hidden=8]", from, to));

    [Fact]
    public void Names_of_sides_and_of_tensors_agree()
    {
        Assert.Equal(Fit.None, Between(Ops.AttentionNorm, "[seq_len=8, hidden=8]", Ops.OutputProjection, "[seq_len=8, ffn=8]"));
        Assert.Equal(Fit.None, Between(Ops.AttentionNorm, "[seq_len=8, hidden=8]", Ops.OutputProjection, "[hidden=8, seq_len=8]"));
        Assert.Equal(Fit.None, Between(Ops.QkvProjection, "K [seq_len=8]", Ops.OutputProjection, "V [seq_len=8]"));
        Assert.Equal(Fit.Same, Between(Ops.QkvProjection, "K [seq_len=8]", Ops.OutputProjection, "K [seq_len=8]"));
        Assert.Equal(Fit.Same, Between(Ops.QkvProjection, "[seq_len=8]", Ops.OutputProjection, "K [seq_len=8]"));
    }

    /// <summary>Experts' rows go into the weighted sum as they are where nothing is combined; what they owe they owe still.</summary>
    [Theory]
    [InlineData("tp=R", "tp=R", nameof(Fit.Part))]
    [InlineData("tp=P", "tp=P", nameof(Fit.Part))]
    [InlineData("tp=P", "tp=R", nameof(Fit.None))]
    [InlineData("tp=P", "sp=R", nameof(Fit.Part))]
    public void A_sum_over_experts_takes_what_they_owe(string from, string to, string fit) => Assert.Equal(fit, Between(
        Ops.Experts, "[experts=2, tokens=8, hidden=4]", Ops.ExpertAggregation, "[batch_size=2, seq_len=4, top_k=2, hidden=4]", from, to)
            .ToString());

    [Fact]
    public void A_sum_over_experts_takes_what_comes_from_experts()
    {
        const string Slots = "[batch_size=2, seq_len=4, top_k=2, hidden=4]";
        Assert.Equal(Fit.None, Between(Ops.Experts, "[experts=2, tokens=8, hidden=8]", Ops.ExpertAggregation, Slots));
        Assert.Equal(Fit.None, Between(Ops.FfnDown, "[experts=2, tokens=8, hidden=4]", Ops.ExpertAggregation, Slots));
        Assert.Equal(Fit.None, Between(Ops.Experts, "[experts=2, tokens=8]", Ops.ExpertAggregation, Slots));
        Assert.Equal(Fit.None, Between(Ops.Experts, "[experts=2, tokens=8, hidden=4]", Ops.FfnResidual, Slots));
    }

    /// <summary>Tokens and the choice of their experts meet in a dispatch; sequences and positions of both are the same.</summary>
    [Fact]
    public void A_dispatch_joins_tokens_and_choices()
    {
        const string Slots = "[batch_size=2, seq_len=4, top_k=2, hidden=8]";
        Assert.Equal(Fit.Part, Between(Ops.FfnNorm, "[batch_size=2, seq_len=4, hidden=8]", Ops.Dispatch, Slots));
        Assert.Equal(Fit.None, Between(Ops.FfnNorm, "[batch_size=2, seq_len=4, hidden=9]", Ops.Dispatch, Slots));
        Assert.Equal(Fit.Part, Between(Ops.TopK, "[batch_size=2, seq_len=4, top_k=2]", Ops.Dispatch, Slots));
        Assert.Equal(Fit.None, Between(Ops.TopK, "[batch_size=2, seq_len=4, top_k=3]", Ops.Dispatch, Slots));
        Assert.Equal(Fit.Part,
            Between(Ops.TopK, "[batch_size=2, seq_len=4, top_k=2]", Ops.Dispatch, "[batch_size=2, seq_len=4, hidden=8]"));
    }

    [Fact]
    public void Shared_names_are_counted_where_sizes_agree()
    {
        static int Shared(string left, string right, string? except = null) =>
            TensorMatch.SharedAgree(TensorList.Parse(left).Tensors[0].Shape, TensorList.Parse(right).Tensors[0].Shape, except);
        Assert.Equal(2, Shared("[a=1, b=2, c=3]", "[b=2, c=3, d=4]"));
        Assert.Equal(-1, Shared("[a=1, b=2]", "[a=1, b=3]"));
        Assert.Equal(1, Shared("[a=1, b=2]", "[a=1, b=3]", "b"));
        Assert.Equal(0, Shared("[a=1]", "[b=1]"));
        Assert.Equal(2, Shared("[batch_size=3, seq_len=8]", "[batch_size=4, seq_len=7]"));
        Assert.Equal(-1, Shared("[seq_len=8]", "[seq_len=6]"));
        Assert.Equal(1, Shared("[a=?]", "[a=5]"));
    }
}
