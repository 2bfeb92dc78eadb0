using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>How many sequences prefill hands to decode. A larger decode batch also holds sequences of earlier passes, which nothing in
/// the graph hands over.</summary>
internal static class HandedBatch
{
    /// <summary>True when decode's Inputs take more sequences than prefill's.</summary>
    public static bool IsPart(Dag dag)
    {
        long prefill = -1, decode = -1;
        for (int node = 0; node < dag.NodeCount; node++)
        {
            NodeFacts facts = dag.FactsOf(node);
            if (facts.Kind != NodeKind.Input || facts.Output.Tensors is not [NamedTensor { Shape: TensorShape ids }, ..]
                || ids["batch_size"] is not long batch)
                continue;
            if (dag.ScopeOf(node).Phase?.Kind == PhaseKind.Prefill)
                prefill = Math.Max(0, prefill) + batch;
            else if (dag.ScopeOf(node).Phase?.Kind == PhaseKind.Decode)
                decode = Math.Max(0, decode) + batch;
        }

        return prefill >= 0 && decode > prefill;
    }
}
