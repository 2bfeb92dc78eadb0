using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Checks;

/// <summary>Faults that one clause of a rule alone can see, and what it says of them.</summary>
public class FinerMutationTests
{
    private static readonly Lazy<Dag> Operator = new(() => DagGenerator.Generate(SamplePlans.Reference(4)));
    private static readonly Lazy<Dag> Device = new(() => DagGenerator.Generate(SamplePlans.Reference(4), DetailLevel.Device));

    private static DagMutator Broken => new(Device.Value);

    private static TensorList Resized(TensorList list, string dimension, long size)
    {
        Assert.Contains(list.Tensors, tensor => tensor.Shape[dimension] is not null);
        return new TensorList([.. list.Tensors.Select(tensor => tensor with
        {
            Shape = new TensorShape(
                [.. tensor.Shape.Dimensions.Select(item => item.Name == dimension ? item with { Size = size } : item)]),
        })]);
    }

    private static void Says(string rule, string evidence, DagMutator mutator) =>
        Assert.Contains(evidence, RuleAssert.Fails(rule, mutator.Build()).Evidence, StringComparison.Ordinal);

    /// <summary>Members of a collective may differ by one position, not by two.</summary>
    [Fact]
    public void PD005_a_member_that_takes_two_positions_fewer() => Says("PD005", "whose consumer takes other dimensions",
        Broken.Facts("prefill_l1_output_projection_g1",
            facts => facts with { Input = Resized(facts.Input, "seq_len", facts.Input.Tensors[0].Shape["seq_len"]!.Value - 2) }));

    private static List<DagMutator.Row> Sends(DagMutator mutator) =>
        [.. mutator.Nodes.Where(node => node.Facts.Op == Ops.PipelineSendRecv && node.Scope.Stage == 1
            && node.Scope.Phase == new PhaseId(PhaseKind.Prefill))];

    [Fact]
    public void PD007_a_GPU_that_sends_twice()
    {
        DagMutator mutator = Broken;
        DagMutator.Row send = Sends(mutator)[0];
        int own = mutator.Index(send.Id);
        mutator.Nodes.Add(send with { Id = "again" });
        foreach (var edge in mutator.Edges.Where(edge => edge.Target == own).ToArray())
            mutator.Edges.Add(edge with { Target = mutator.Nodes.Count - 1 });
        foreach (var edge in mutator.Edges.Where(edge => edge.Source == own).ToArray())
            mutator.Edges.Add(edge with { Source = mutator.Nodes.Count - 1 });
        Says("PD007", "a GPU takes part in more than one transfer", mutator);
    }

    /// <summary>Two sends whose receivers are exchanged: each still pairs a GPU of a stage with one of the next.</summary>
    [Fact]
    public void PD007_receivers_that_are_exchanged()
    {
        DagMutator mutator = Broken;
        DagMutator.Row[] sends = [.. Sends(mutator).Take(2)];
        mutator.Gpus(sends[0].Id, $"{sends[0].Gpus!.First},{sends[1].Gpus!.Last}");
        mutator.Gpus(sends[1].Id, $"{sends[1].Gpus!.First},{sends[0].Gpus!.Last}");
        Says("PD007", "GPUs of other positions in their stages", mutator);
    }

    /// <summary>Where tokens spread evenly a dispatch fills the room of its experts: one token less is too little.</summary>
    [Fact]
    public void PD008_experts_without_room_for_a_token()
    {
        DagMutator mutator = new(Operator.Value);
        mutator.Facts("prefill_l2_dispatch", facts => facts with
        {
            Output = Resized(facts.Output, "tokens", facts.Output.Tensors[0].Shape["tokens"]!.Value - 1),
        });
        Says("PD008", "more slots than its experts have room for", mutator);
    }

    /// <summary>All experts have a home, but one EP rank has none of them.</summary>
    [Fact]
    public void PD008_an_EP_rank_without_experts()
    {
        DagMutator mutator = new(Operator.Value);
        GpuSet? other = mutator.Nodes[mutator.Index("prefill_l2_experts_ep2")].Gpus;
        mutator.Facts("prefill_l2_experts_ep2", facts => facts with { Experts = "8-15" });
        mutator.Facts("prefill_l2_experts_ep3", facts => facts with { Experts = "8-15" });
        mutator.Gpus("prefill_l2_experts_ep3", other!.ToString());
        Says("PD008", "prefill layer 2: experts on 3 of 4 EP ranks", mutator);
    }

    /// <summary>GPU 0 runs A before B, GPU 1 runs B before A.</summary>
    [Fact]
    public void PD012_two_collectives_that_wait_for_each_other()
    {
        var builder = new DagBuilder();
        int Add(string id, string gpus, bool collective) => builder.AddNode(id, new NodeFacts
        {
            Op = collective ? Ops.FfnAllReduce : Ops.FfnNorm,
            Name = id,
            Kind = collective ? NodeKind.Communication : NodeKind.Computation,
            Collective = collective ? CollectiveKind.AllReduce : CollectiveKind.None,
            GroupSize = collective ? 2 : 0,
        }, new NodeScope(), GpuSet.Parse(gpus));
        int first = Add("a", "0-1", true), second = Add("b", "0-1", true), left = Add("x", "0", false), right = Add("y", "1", false);
        builder.AddEdge(first, left, EdgeKind.Data);
        builder.AddEdge(left, second, EdgeKind.Data);
        builder.AddEdge(second, right, EdgeKind.Data);
        builder.AddEdge(right, first, EdgeKind.Data);
        CheckResult result = RuleAssert.Comes(CheckStatus.Fail, "PD012", builder.Build(new DagHeader { Name = "crossed" }));
        Assert.StartsWith("2 collectives wait for each other: a before b on GPU 0", result.Evidence, StringComparison.Ordinal);
        Assert.Contains("b before a on GPU 0-1", result.Evidence, StringComparison.Ordinal);
    }
}
