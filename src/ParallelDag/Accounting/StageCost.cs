using ParallelDag.Collectives;
using ParallelDag.Operators;
using ParallelDag.Precisions;

namespace ParallelDag.Accounting;

/// <summary>
/// How long a section of a phase takes on the slowest rank: every operator at the larger of FLOPs over peak and bytes over memory bandwidth (roofline;
/// Williams et al., CACM 52, 2009), every collective by ring alpha-beta, no overlap. A lower bound for comparing splits, not a forecast.
/// </summary>
public static class StageCost
{
    /// <summary>Seconds of one pass through the section.</summary>
    /// <param name="program">The section.</param>
    /// <param name="cluster">Device and links.</param>
    /// <param name="stageGpus">The GPU of each rank of the stage mesh, which decides whether a group stays within a node.</param>
    public static double Seconds(OperatorProgram program, ClusterSpec cluster, IReadOnlyList<int> stageGpus)
    {
        double seconds = 0;
        foreach (OperatorStep step in program.Steps)
            seconds += step.Collective == CollectiveKind.None ? Compute(program, step, cluster) : Communicate(step, cluster, stageGpus);
        return seconds;
    }

    /// <summary>
    /// The link of a ring over a group: the slowest that it needs. A ring that leaves its nodes runs over all their NICs, so it is as fast as
    /// those of the members in one node (or domain) together, but no faster than the links within.
    /// </summary>
    public static LinkSpec LinkOf(ClusterSpec cluster, IEnumerable<int> gpus, CollectiveKind collective = CollectiveKind.AllReduce)
    {
        GroupSpan span = cluster.SpanOf(gpus);
        LinkSpec link = cluster.LinkOf(span.Level);
        bool ring = collective is CollectiveKind.AllReduce or CollectiveKind.AllGather or CollectiveKind.ReduceScatter;
        return ring && span.Level == LinkLevel.Network && span.MembersTogether > 1
            ? link with { Bandwidth = Math.Min(span.MembersTogether * link.Bandwidth, cluster.IntraNode.Bandwidth) }
            : link;
    }

    private static double Compute(OperatorProgram program, OperatorStep step, ClusterSpec cluster)
    {
        double slowest = 0, peak = cluster.Gpu.PeakFlops(step.Rate);
        foreach (int rank in program.Classes.Representatives)
            slowest = Math.Max(slowest, Math.Max((double)step.Flops(rank) / peak, step.HbmBytes(rank) / cluster.Gpu.MemoryBandwidth));
        return slowest;
    }

    private static double Communicate(OperatorStep step, ClusterSpec cluster, IReadOnlyList<int> stageGpus)
    {
        double slowest = 0;
        foreach (int[] group in step.Mesh.Groups([.. step.GroupAxes]))
        {
            LinkSpec link = LinkOf(cluster, group.Select(rank => stageGpus[rank]), step.Collective);
            long size = step.Traffic!.Of(group).Size;
            if (step.Collective == CollectiveKind.SendRecv)
                size /= group.Length;
            slowest = Math.Max(slowest, CollectiveCost.Seconds(step.Collective, group.Length, size, link.Latency, link.Bandwidth));
        }

        return slowest;
    }
}
