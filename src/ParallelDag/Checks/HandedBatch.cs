using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>How many sequences prefill hands to decode. A larger decode batch also holds sequences of earlier passes, which nothing in
/// the graph hands over.</summary>
internal static class HandedBatch
{
    /// <summary>True when decode's Input takes more sequences than prefill's.</summary>
    public static bool IsPart(Dag dag, FactsIndex index)
    {
        long prefill = -1, decode = -1;
        foreach (int node in index.Where(facts => facts.Kind == NodeKind.Input))
        {
            if (dag.FactsOf(node).Output.Tensors is not [NamedTensor { Shape: TensorShape ids }, ..]
                || ids["batch_size"] is not long batch)
                continue;
            if (dag.ScopeOf(node).Phase == PhaseKind.Prefill)
                prefill = batch;
            else if (dag.ScopeOf(node).Phase == PhaseKind.Decode)
                decode = batch;
        }

        return prefill >= 0 && decode > prefill;
    }
}
