using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Tensors;

public sealed class PlacementListTests
{
    [Theory]
    [InlineData("tp=R, sp=S(seq_len)", "tp=R, sp=S(seq_len)")]
    [InlineData("tp=P", "tp=P")]
    [InlineData("", "")]
    [InlineData("tp=R,sp=P", "tp=R, sp=P")]
    public void One_placement_stands_for_every_tensor(string text, string expected)
    {
        var list = PlacementList.Parse(text);
        Assert.Equal(expected, list[2, 3]!.ToString());
        Assert.Equal(text, list.ToString());
    }

    [Fact]
    public void Placements_that_differ_are_told_tensor_by_tensor()
    {
        var query = new TensorPlacement((Axis.Tp, Placement.Shard("heads")), (Axis.Sp, Placement.Shard("seq_len")));
        var latent = new TensorPlacement((Axis.Tp, Placement.Replicate), (Axis.Sp, Placement.Shard("seq_len")));
        var list = PlacementList.Of(("Q", query), ("KV", latent));
        Assert.Equal("Q: tp=S(heads), sp=S(seq_len); KV: tp=R, sp=S(seq_len)", list.ToString());
        var read = PlacementList.Parse(list.ToString());
        Assert.Equal(list, read);
        Assert.Equal((query, latent), (read[0, 2], read[1, 2]));
        Assert.Null(read[0, 3]);
        Assert.True(query.Shards("heads") && !latent.Shards("heads"));
        Assert.Null(query[Axis.Ep]);
    }

    [Fact]
    public void Placements_that_agree_are_told_once()
    {
        var placement = new TensorPlacement((Axis.Tp, Placement.Partial));
        Assert.Equal("tp=P", PlacementList.Of(("a", placement), ("b", new TensorPlacement((Axis.Tp, Placement.Partial)))).ToString());
        Assert.Equal("", PlacementList.Of().ToString());
    }

    [Theory]
    [InlineData("tp=Shard(heads)")]
    [InlineData("xp=R")]
    [InlineData("tp=R, tp=P")]
    [InlineData("tp=S()")]
    [InlineData("everywhere")]
    [InlineData("tp=R; everywhere")]
    public void What_does_not_parse_is_kept_as_text(string text)
    {
        var list = PlacementList.Parse(text);
        Assert.False(list.IsParsed);
        Assert.Null(list[0, 1]);
        Assert.Equal(text, list.ToString());
    }
}
