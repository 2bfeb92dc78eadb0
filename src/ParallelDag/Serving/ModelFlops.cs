using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Serving;

/// <summary>
/// Model FLOPS utilisation: the seconds that all operations take at the peak rates of their formats, over the GPUs' seconds.
/// </summary>
internal static class ModelFlops
{
    /// <summary>The utilisation of a phase's GPUs; null where the graph does not tell its device.</summary>
    public static double? Utilisation(Dag dag, PhaseId? phase, double makespan)
    {
        if (dag.Header.Cluster is not ClusterSpec cluster || makespan <= 0)
            return null;
        double peakSeconds = 0;
        for (int node = 0; node < dag.NodeCount; node++)
        {
            NodeFacts facts = dag.FactsOf(node);
            if (facts.Flops > 0 && (phase is null || dag.ScopeOf(node).Phase == phase))
                peakSeconds += (double)facts.Flops / cluster.Gpu.PeakFlops(facts.Rate ?? PeakRate.Bits16);
        }

        long gpus = GpuSet.UnionAll(dag.Phases.Where(drawn => phase is null || drawn.Phase == phase).Select(drawn => drawn.Gpus)).Count;
        return gpus == 0 ? null : peakSeconds / (gpus * makespan);
    }
}
