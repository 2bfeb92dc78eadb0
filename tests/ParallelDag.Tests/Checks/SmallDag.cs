using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// A DAG of two layers on two stages, written down by hand, on which every rule of shape and presence holds:
/// input, norm, projection on each of two GPUs, an All-Gather, a send to stage 2, the same there, output.
/// </summary>
internal static class SmallDag
{
    public static Dag Build()
    {
        var builder = new DagBuilder();
        TensorList tensor = TensorList.Parse("[batch_size=1, seq_len=8, hidden=16]");
        int input = Add(builder, "in", Ops.Input, NodeKind.Input, 1, null, "0-1", tensor);
        int last = Layer(builder, input, 1, "0-1", tensor);
        int send = Add(builder, "send", Ops.PipelineSendRecv, NodeKind.Communication, 1, null, "0-3", tensor);
        builder.AddEdge(last, send, EdgeKind.Pipeline);
        last = Layer(builder, send, 2, "2-3", tensor);
        int output = Add(builder, "out", Ops.Output, NodeKind.Output, 2, null, "2-3", tensor);
        builder.AddEdge(last, output, EdgeKind.Data);
        return builder.Build(new DagHeader
        {
            Name = "small",
            Pool = GpuSet.Range(0, 3),
            Phases =
            [
                new DagPhase(
                    new PhaseId(PhaseKind.Prefill),
                    ["tp", "sp", "ep", "dp", "pp"],
                    new Dictionary<string, int> { ["tp"] = 2, ["sp"] = 1, ["ep"] = 1, ["dp"] = 1, ["pp"] = 2 },
                    [new DagStage(1, 1, 1, GpuSet.Range(0, 1)), new DagStage(2, 2, 2, GpuSet.Range(2, 3))]),
            ],
        });
    }

    private static int Layer(DagBuilder builder, int before, int layer, string gpus, TensorList tensor)
    {
        int norm = Add(builder, $"norm{layer}", Ops.AttentionNorm, NodeKind.Computation, layer, layer, gpus, tensor);
        int project = Add(builder, $"project{layer}", Ops.OutputProjection, NodeKind.Computation, layer, layer, gpus, tensor);
        int reduce = Add(builder, $"reduce{layer}", Ops.AttentionAllReduce, NodeKind.Communication, layer, layer, gpus, tensor);
        builder.AddEdge(before, norm, EdgeKind.Data);
        builder.AddEdge(norm, project, EdgeKind.Data);
        builder.AddEdge(project, reduce, EdgeKind.Data);
        return reduce;
    }

    private static int Add(DagBuilder builder, string id, string op, NodeKind kind, int stage, int? layer, string gpus, TensorList tensor)
    {
        bool reduce = op == Ops.AttentionAllReduce;
        var facts = new NodeFacts
        {
            Op = op,
            Name = id,
            Kind = kind,
            Input = tensor,
            Output = tensor,
            Collective = reduce ? CollectiveKind.AllReduce : kind == NodeKind.Communication ? CollectiveKind.SendRecv : CollectiveKind.None,
            GroupSize = kind == NodeKind.Communication ? 2 : 0,
            Groups = reduce ? 1 : kind == NodeKind.Communication ? 2 : 0,
        };
        return builder.AddNode(
            id, facts, new NodeScope { Phase = new PhaseId(PhaseKind.Prefill), Stage = stage, Layer = layer }, GpuSet.Parse(gpus));
    }
}
