using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Checks;

/// <summary>What the tensors of one node tell, on a mesh of tp=2 and ep=2 in which dp is 1.</summary>
public class NodeTensorsTests
{
    private static PhaseMesh Mesh(string axes) => PhaseMesh.Of(RowGraph.PhaseOf("prefill", axes, (1, 1, "0-3")), out _)!;

    private static string? Fault(string op, string input, string output, string? before = "tp=R, ep=R", string? after = "tp=R, ep=R",
        bool merged = false, string? receiving = null, string mesh = "tp=2 ep=2 dp=1", CollectiveKind? collective = null) =>
        NodeTensors.FaultOf(new NodeFacts
        {
            Op = op,
            Name = op,
            Kind = Ops.Find(op)!.Kind,
            Collective = collective ?? Ops.Find(op)!.Collective,
            Input = TensorList.Parse(input),
            Output = TensorList.Parse(output),
            InputPlacement = before is null ? null : PlacementList.Parse(before),
            OutputPlacement = after is null ? null : PlacementList.Parse(after),
        }, Mesh(mesh), receiving is null ? null : Mesh(receiving), merged);

    private const string One = "[hidden=4]", Untold = "that [does|do] not tell how each input is placed";

    private const string UntoldOutput = "that [does|do] not tell how each output is placed";

    private const string Partly = "whose input placement is not told on every axis of the mesh, or on others";

    private const string PartlyOutput = "whose output placement is not told on every axis of the mesh, or on others";

    [Theory]
    [InlineData(Ops.FfnNorm, One, "tp=R, ep=R", "tp=R, ep=R", null)]
    [InlineData(Ops.FfnNorm, One, null, "tp=R, ep=R", Untold)]
    [InlineData(Ops.FfnNorm, One, "tp=R, ep=R", null, UntoldOutput)]
    [InlineData(Ops.FfnNorm, "", null, "tp=R, ep=R", null)]
    [InlineData(Ops.FfnNorm, "Q [hidden=4]; K [hidden=4]", "tp=R, ep=R; tp=P, ep=R", "tp=R, ep=R", null)]
    [InlineData(Ops.FfnNorm, "Q [hidden=4]; K [hidden=4]", "tp=R, ep=R; tp=P", "tp=R, ep=R", Partly)]
    [InlineData(Ops.FfnNorm, "Q [hidden=4]; K [hidden=4]; V [hidden=4]", "tp=R, ep=R; tp=P, ep=R", "tp=R, ep=R", Untold)]
    [InlineData(Ops.FfnNorm, One, "ep=R, tp=S(hidden)", "tp=R, ep=R", null)]
    [InlineData(Ops.FfnNorm, One, "tp=R", "tp=R, ep=R", Partly)]
    [InlineData(Ops.FfnNorm, One, "tp=R, sp=R", "tp=R, ep=R", Partly)]
    [InlineData(Ops.FfnNorm, One, "tp=R, ep=R, sp=R", "tp=R, ep=R", Partly)]
    [InlineData(Ops.FfnNorm, One, "tp=R, ep=R", "tp=R, dp=R", PartlyOutput)]
    [InlineData(Ops.FfnAllReduce, One, "tp=R", "tp=R, ep=R", Partly)]
    [InlineData(Ops.Input, One, null, null, null)]
    [InlineData(Ops.Output, One, null, null, null)]
    public void Every_tensor_tells_its_placement(string op, string input, string? before, string? after, string? fault) =>
        Assert.Equal(fault, Fault(op, input, One, before, after));

    /// <summary>Rows of experts are placed by the experts' axes, caches by those that split them.</summary>
    [Theory]
    [InlineData("tp=2 dp=2 ep=2 etp=2", "tp=R, dp=R", null)]
    [InlineData("tp=2 dp=2 ep=2 etp=2", "ep=R, etp=R", null)]
    [InlineData("tp=2 dp=2 ep=2 etp=2", "tp=R, etp=R", Partly)]
    [InlineData("tp=4 dcp=2 htp=2", "dcp=R, htp=R", null)]
    [InlineData("tp=4 dcp=2 htp=2", "tp=R", null)]
    [InlineData("tp=4 dcp=2 htp=2", "tp=R, htp=R", Partly)]
    public void Placements_are_of_one_factoring(string mesh, string before, string? fault) =>
        Assert.Equal(fault, Fault(Ops.FfnNorm, One, One, before, before, mesh: mesh));

    /// <summary>A transfer takes from one mesh and hands over to another.</summary>
    [Theory]
    [InlineData(Ops.KvTransfer, "tp=4", "tp=R", null)]
    [InlineData(Ops.KvTransfer, "tp=4", "tp=R, ep=R", PartlyOutput)]
    [InlineData(Ops.KvTransfer, null, "tp=R, ep=R", null)]
    [InlineData(Ops.KvTransfer, null, "tp=R", PartlyOutput)]
    [InlineData(Ops.FfnNorm, "tp=4", "tp=R, ep=R", null)]
    [InlineData(Ops.FfnNorm, "tp=4", "tp=R", PartlyOutput)]
    public void A_transfer_hands_over_to_the_mesh_of_decode(string op, string? receiving, string after, string? fault)
    {
        Assert.Equal(fault, Fault(op, One, One, after: after, receiving: receiving));
        if (op == Ops.KvTransfer)
            Assert.Equal(Partly, Fault(op, One, One, before: "tp=R", after: after, receiving: receiving));
    }

    private const string Within = "that [yields|yield] other dimensions than [it takes|they take]";

    [Theory]
    [InlineData(Ops.FfnNorm, "[seq_len=4, hidden=4]", "[seq_len=4, hidden=4]", null)]
    [InlineData(Ops.FfnNorm, "[seq_len=4, hidden=4]", "[seq_len=5, hidden=4]", Within)]
    [InlineData(Ops.FfnNorm, "[seq_len=4, hidden=4]", "[seq_len=4, hidden=5]", Within)]
    [InlineData(Ops.FfnNorm, "[seq_len=4, hidden=4]", "[seq_len=4, ffn=5]", null)]
    [InlineData(Ops.FfnNorm, "[seq_len=?]", "[seq_len=5]", null)]
    [InlineData(Ops.FfnNorm, "[seq_len=4]", "[seq_len=?]", null)]
    [InlineData(Ops.FfnNorm, "", "[seq_len=5]", null)]
    [InlineData(Ops.FfnNorm, "Q [seq_len=4]; K [seq_len=9]", "[seq_len=4]", null)]
    [InlineData(Ops.FfnNorm, "Q [seq_len=4]; K [seq_len=9]", "[seq_len=9]", Within)]
    [InlineData(Ops.FfnNorm, "[seq_len=4]", "Q [seq_len=4]; K [seq_len=9]", Within)]
    [InlineData(Ops.Attention, "[heads=2, d_k=4]", "[heads=2, d_k=5]", null)]
    [InlineData(Ops.Attention, "[heads=2, d_k=4]", "[d_k=5, heads=3]", Within)]
    [InlineData(Ops.LatentDown, "[seq_len=4, hidden=4]", "[seq_len=4, hidden=2]", null)]
    [InlineData(Ops.LatentUp, "[seq_len=4, hidden=4]", "[seq_len=4, hidden=8]", null)]
    [InlineData(Ops.LatentUp, "[seq_len=4, hidden=4]", "[seq_len=5, hidden=8]", Within)]
    [InlineData(Ops.FfnAllGather, "[seq_len=4]", "[seq_len=8]", null)]
    [InlineData(Ops.Gather, "[seq_len=4]", "[seq_len=1]", null)]
    [InlineData(Ops.Split, "[seq_len=4]", "[seq_len=2]", null)]
    public void What_computes_keeps_the_dimensions_that_both_sides_name(string op, string input, string output, string? fault)
    {
        Assert.Equal(fault, Fault(op, input, output));
        Assert.Null(Fault(op, input, output, merged: true));
    }

    /// <summary>Communication without a collective, and a collective that computes by its kind, are left to other rules.</summary>
    [Fact]
    public void Communication_is_left_to_the_rules_of_collectives()
    {
        Assert.Null(Fault(Ops.FfnAllGather, "[seq_len=4]", "[seq_len=8]", collective: CollectiveKind.None));
        Assert.Null(Fault(Ops.FfnNorm, "[seq_len=4]", "[seq_len=8]", collective: CollectiveKind.AllGather));
    }
}
