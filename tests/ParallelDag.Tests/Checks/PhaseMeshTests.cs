using ParallelDag.Checks;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// Ranks, coordinates and process groups of phases that are small enough to write down: rank = c0 + D0*(c1 + D1*c2) in the order of the
/// axes, GPUs ascending.
/// </summary>
public class PhaseMeshTests
{
    private static PhaseMesh Mesh(string axes, string gpus = "0-7")
    {
        PhaseMesh? mesh = PhaseMesh.Of(RowGraph.PhaseOf("prefill", axes, (1, 1, gpus)), out string? fault);
        Assert.Null(fault);
        return mesh!;
    }

    /// <summary>
    /// Folded: pp, tp and dp of 2 each on GPUs 10-17. Even GPUs are stage 1, odd ones stage 2; within a stage the four ranks are
    /// etp 0, 1, 0, 1 and ep 0, 0, 1, 1.
    /// </summary>
    private static PhaseMesh Folded => Mesh("pp=2 tp=2 ep=2 etp=2 dp=2 edp=1", "10-17");

    /// <summary>Dedicated: tp, ep and sp of 2 each.</summary>
    private static PhaseMesh Dedicated => Mesh("tp=2 ep=2 sp=2");

    private static IEnumerable<int> Each(Func<int, int> of, int first = 10) => Enumerable.Range(first, 8).Select(of);

    [Fact]
    public void A_header_without_axes_order_or_stages_makes_no_mesh_and_no_fault()
    {
        DagPhase good = RowGraph.PhaseOf("prefill", "tp=2", (1, 1, "0-1"));
        Assert.NotNull(PhaseMesh.Of(good, out _));
        foreach (DagPhase phase in new[]
        {
            good with { Axes = new Dictionary<string, int>(), Stages = [new DagStage(1, 1, 1, GpuSet.Range(0, 7))] },
            good with { Order = [] },
            good with { Stages = [] },
        })
        {
            Assert.Null(PhaseMesh.Of(phase, out string? fault));
            Assert.Null(fault);
        }
    }

    [Theory]
    [InlineData("tp=2 xx=1", "0-1", "'xx' is no mesh axis or occurs twice in the order")]
    [InlineData("tp=2 TP=1", "0-1", "'TP' is no mesh axis or occurs twice in the order")]
    [InlineData("tp=2 pp=2", "0-2", "the axes multiply to 4 ranks on 3 GPUs")]
    [InlineData("tp=2 pp=2", "0-4", "the axes multiply to 4 ranks on 5 GPUs")]
    [InlineData("tp=0", "0", "the axes multiply to 0 ranks on 1 GPUs")]
    [InlineData("tp=-2 pp=-1", "0-1", "the axes multiply to 0 ranks on 2 GPUs")]
    [InlineData("tp=2 ep=2 edp=2 pp=2", "0-3", "the expert axes multiply to 4 ranks of the 2 of a stage")]
    [InlineData("tp=2 ep=1 etp=1 pp=2", "0-3", "the expert axes multiply to 1 ranks of the 2 of a stage")]
    [InlineData("tp=4 dcp=2 htp=1", "0-3", "dcp 2 and htp 1 do not multiply to tp 4")]
    [InlineData("tp=4 dcp=65536 htp=65536", "0-3", "dcp 65536 and htp 65536 do not multiply to tp 4")]
    [InlineData("tp=2000000000 pp=2000000000 dp=2000000000", "0-3", "the axes multiply to 2000000000 ranks on 4 GPUs")]
    [InlineData("tp=2000000000 pp=1", "0-3", "the axes multiply to 2000000000 ranks on 4 GPUs")]
    [InlineData("tp=2000000000 pp=0", "0-3", "the axes multiply to 0 ranks on 4 GPUs")]
    [InlineData("tp=1048576 pp=3", "0-3", "the axes multiply to 3145728 ranks on 4 GPUs")]
    [InlineData("tp=1048577", "0-1048576", "the axes multiply to 1048577 ranks on 1048577 GPUs")]
    public void Axes_that_do_not_fit_the_GPUs_are_refused(string axes, string gpus, string expected)
    {
        Assert.Null(PhaseMesh.Of(RowGraph.PhaseOf("prefill", axes, (1, 1, gpus)), out string? fault));
        Assert.Equal(expected, fault);
    }

    [Theory]
    [InlineData("tp=4 dcp=2 htp=2", "0-3")]
    [InlineData("tp=4 dcp=1 htp=3", "0-3")]
    [InlineData("tp=2 ep=2 etp=1 pp=2", "0-3")]
    [InlineData("tp=2 ep=1 edp=2 pp=2", "0-3")]
    [InlineData("tp=2 ep=2 pp=2", "0-7")]
    [InlineData("replica=2 tp=2 ep=2 etp=1", "0-3")]
    public void Axes_that_fit_make_a_mesh(string axes, string gpus)
    {
        // Where etp or edp are told, ep is an axis of the experts alone; a replica is one of both.
        Assert.Equal(GpuSet.Parse(gpus).Count, Mesh(axes, gpus).Gpus.Count);
    }

    [Fact]
    public void As_many_ranks_as_a_plan_may_have_are_enumerated() => Assert.Equal(1 << 20, Mesh("tp=1048576", "0-1048575").Gpus.Count);

    [Fact]
    public void The_list_of_GPUs_by_rank_decides_where_there_is_one()
    {
        DagPhase phase = RowGraph.PhaseOf("prefill", "tp=2 pp=2", (1, 1, "0-3")) with { RankGpus = [3, 1, 2, 0] };
        PhaseMesh mesh = PhaseMesh.Of(phase, out _)!;
        Assert.Equal([3, 1, 2, 0], mesh.Gpus);
        Assert.Equal([3, 1, 2, 0], Enumerable.Range(0, 4).Select(mesh.RankOf));
        Assert.Equal([2, 1, 2, 1], Enumerable.Range(0, 4).Select(mesh.StageOf));
        Assert.Null(PhaseMesh.Of(phase with { RankGpus = [3, 1, 2] }, out string? fault));
        Assert.Equal("the axes multiply to 4 ranks on 3 GPUs", fault);
    }

    [Fact]
    public void A_folded_mesh_has_the_coordinates_of_both_factorings()
    {
        PhaseMesh mesh = Folded;
        Assert.True(mesh.IsFolded);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], Each(mesh.RankOf));
        Assert.Equal([1, 2, 1, 2, 1, 2, 1, 2], Each(mesh.StageOf));
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3], Each(mesh.PositionInStage));
        Assert.Equal([0, 0, 1, 1, 0, 0, 1, 1], Each(gpu => mesh.Coordinate(gpu, Axis.Tp)));
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], Each(gpu => mesh.Coordinate(gpu, Axis.Dp)));
        Assert.Equal([0, 0, 1, 1, 0, 0, 1, 1], Each(gpu => mesh.Coordinate(gpu, Axis.Etp)));
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], Each(gpu => mesh.Coordinate(gpu, Axis.Ep)));
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0], Each(gpu => mesh.Coordinate(gpu, Axis.Edp)));
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], Each(mesh.ExpertRankOf));
        Assert.Equal([0, 2, 1, 3, 0, 2, 1, 3], Each(mesh.ExpertGroupNumberOf));
        Assert.Equal(["10,14", "11,15", "12,16", "13,17", "10,14", "11,15", "12,16", "13,17"],
            Enumerable.Range(10, 8).Select(gpu => mesh.ExpertGroupOf(gpu).ToString()));
        Assert.Equal((2, 2, 2), (mesh.DegreeOf(Axis.Ep), mesh.DegreeOf(Axis.Etp), mesh.DegreeOf(Axis.Dp)));
        Assert.Equal((2, 2), (mesh.ExpertRanks, mesh.ExpertReplicas));
        Assert.Equal([Axis.Ep, Axis.Etp], mesh.ExpertAxes);
        Assert.Equal([Axis.Tp, Axis.Dp], mesh.TokenAxes);
        Assert.Equal(1, mesh.DegreeOf(Axis.Edp));
        Assert.Equal(1, mesh.Degree(Axis.Ep));
    }

    [Fact]
    public void A_dedicated_mesh_has_one_factoring()
    {
        PhaseMesh mesh = Dedicated;
        Assert.False(mesh.IsFolded);
        Assert.Equal([0, 0, 1, 1, 0, 0, 1, 1], Each(gpu => mesh.Coordinate(gpu, Axis.Ep), 0));
        Assert.Equal([0, 0, 1, 1, 0, 0, 1, 1], Each(mesh.ExpertRankOf, 0));
        Assert.Equal([0, 1, 0, 1, 2, 3, 2, 3], Each(mesh.ExpertGroupNumberOf, 0));
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0], Each(gpu => mesh.Coordinate(gpu, Axis.Etp), 0));
        Assert.Equal("1,3", mesh.ExpertGroupOf(1).ToString());
        Assert.Equal((2, 4), (mesh.ExpertRanks, mesh.ExpertReplicas));
        Assert.Equal((2, 1), (mesh.DegreeOf(Axis.Ep), mesh.DegreeOf(Axis.Etp)));
        Assert.Equal([Axis.Ep, Axis.Tp], mesh.ExpertAxes);
        Assert.Equal([Axis.Tp, Axis.Ep, Axis.Sp], mesh.TokenAxes);
        Assert.Equal([Axis.Tp, Axis.Ep, Axis.Sp], mesh.CacheAxes);
        Assert.False(mesh.SplitsCache);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(18)]
    public void A_GPU_outside_the_phase_has_no_place(int gpu)
    {
        PhaseMesh mesh = Folded;
        Assert.Equal((-1, -1, -1, -1),
            (mesh.RankOf(gpu), mesh.ExpertRankOf(gpu), mesh.ExpertGroupNumberOf(gpu), mesh.PositionInStage(gpu)));
        Assert.Equal((0, -1, -1), (mesh.StageOf(gpu), mesh.Coordinate(gpu, Axis.Tp), mesh.Coordinate(gpu, Axis.Ep)));
        Assert.True(mesh.ExpertGroupOf(gpu).IsEmpty);
        Assert.False(mesh.TokensDiffer(gpu, TensorPlacementOf("dp=S(batch_size)")));
    }

    /// <summary>Axes of one rank place nothing.</summary>
    [Fact]
    public void Axes_of_one_rank_are_left_out()
    {
        PhaseMesh mesh = Mesh("tp=1 dp=4 ep=1 pp=2");
        Assert.Equal([Axis.Dp], mesh.TokenAxes);
        Assert.Equal([Axis.Dp], mesh.CacheAxes);
        Assert.Empty(mesh.ExpertAxes);
        Assert.Equal("prefill", mesh.Phase.ToString());
    }

    /// <summary>Groups by their first rank; of the expert factoring first those of stage 1, then those of stage 2.</summary>
    [Fact]
    public void Groups_are_of_the_factoring_that_the_axes_name()
    {
        PhaseMesh mesh = Folded;
        Assert.Equal([0, 1, 0, 1, 2, 3, 2, 3], mesh.Groups(Axis.Tp).GroupOfRank);
        Assert.Equal([0, 2, 0, 2, 1, 3, 1, 3], mesh.Groups(Axis.Etp).GroupOfRank);
        Assert.Equal([0, 2, 1, 3, 0, 2, 1, 3], mesh.Groups(Axis.Ep).GroupOfRank);
        Assert.Equal([0, 4, 1, 5, 2, 6, 3, 7], mesh.Groups(Axis.Edp).GroupOfRank);
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1], mesh.Groups(Axis.Ep, Axis.Etp).GroupOfRank);
        Assert.Equal((2, 2, 1, 4), (mesh.Groups(Axis.Tp).Size, mesh.Groups(Axis.Etp).Size, mesh.Groups(Axis.Edp).Size,
            mesh.Groups(Axis.Ep, Axis.Etp).Size));
        Assert.Equal("ep,etp", mesh.Groups(Axis.Ep, Axis.Etp).Axes);
        Assert.Same(mesh.Groups(Axis.Tp), mesh.Groups(Axis.Tp));
        Assert.Equal([0, 1, 0, 1, 2, 3, 2, 3], Dedicated.Groups(Axis.Ep).GroupOfRank);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], Dedicated.Groups(Axis.Ep, Axis.Tp).GroupOfRank);
    }

    /// <summary>tp=4 as dcp=2 inside htp=2, once more for each of two stages.</summary>
    [Fact]
    public void A_cache_split_by_token_has_axes_of_its_own()
    {
        PhaseMesh mesh = Mesh("tp=4 dcp=2 htp=2 pp=2");
        Assert.True(mesh.SplitsCache);
        Assert.Equal([Axis.Dcp, Axis.Htp], mesh.CacheAxes);
        Assert.Equal([Axis.Tp], mesh.TokenAxes);
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3], mesh.Groups(Axis.Dcp).GroupOfRank);
        Assert.Equal([0, 1, 0, 1, 2, 3, 2, 3], mesh.Groups(Axis.Htp).GroupOfRank);
        Assert.Equal((2, 4), (mesh.Groups(Axis.Dcp).Size, mesh.Groups(Axis.Dcp, Axis.Htp).Size));
        Assert.Same(mesh.Groups(Axis.Dcp), mesh.Groups(Axis.Dcp));
        Assert.Equal([Axis.Tp], Mesh("tp=4 dcp=1 htp=4 pp=2").CacheAxes);
    }

    [Theory]
    [InlineData("tp=8", false)]
    [InlineData("tp=2 pp=4", false)]
    [InlineData("tp=4 dp=2", true)]
    [InlineData("tp=4 ep=2", true)]
    [InlineData("tp=4 sp=2", true)]
    [InlineData("tp=4 replica=2", true)]
    public void Tokens_are_split_by_axes_of_sequences_and_positions(string axes, bool splits) =>
        Assert.Equal(splits, Mesh(axes).SplitsTokens);

    /// <summary>Members of an expert group of the folded mesh are those of one tp and both dp coordinates.</summary>
    [Theory]
    [InlineData("dp=S(batch_size)", true)]
    [InlineData("dp=S(seq_len)", true)]
    [InlineData("tp=R, dp=S(batch_size)", true)]
    [InlineData("dp=S(batch_size), tp=R", true)]
    [InlineData("dp=S(hidden)", false)]
    [InlineData("dp=R", false)]
    [InlineData("tp=S(batch_size)", false)]
    [InlineData("", false)]
    public void Tokens_differ_where_an_axis_of_theirs_tells_members_apart(string placement, bool differ)
    {
        PhaseMesh mesh = Folded;
        TensorPlacement placed = TensorPlacementOf(placement);
        Assert.All(Enumerable.Range(10, 8), gpu => Assert.Equal(differ, mesh.TokensDiffer(gpu, placed)));
    }

    private static TensorPlacement TensorPlacementOf(string text) =>
        TensorPlacement.TryParse(text, out TensorPlacement? placement) ? placement : throw new FormatException(text);
}
