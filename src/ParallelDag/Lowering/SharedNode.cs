using ParallelDag.Graphs;

namespace ParallelDag.Lowering;

/// <summary>The Input and the Output of a phase: one node each, whatever the detail; token ids of the whole batch.</summary>
internal static class SharedNode
{
    /// <summary>The facts of the node.</summary>
    public static NodeFacts Describe(PhaseLayout layout, string op, string name, NodeKind kind)
    {
        bool prompt = op == Ops.Input && layout.Phase == PhaseKind.Prefill;
        var ids = TensorList.Single(new Dimension("batch_size", layout.Sequences),
            new Dimension("seq_len", prompt ? layout.Workload.PromptLength : 1));
        return new NodeFacts { Op = op, Name = name, Kind = kind, IdStem = op, Input = ids, Output = ids };
    }
}
