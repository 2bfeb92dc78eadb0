using ParallelDag.Meshes;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD021: the process groups of axes that <c>limits.crossNode</c> names stay in a node, or in the domain of fast links where that is larger
/// (an NVL72 rack). It runs where the plan has such a limit.
/// </summary>
internal static class AxesStayInNode
{
    public static CheckRule Rule { get; } = new(
        "PD021",
        "Named axes stay in a node",
        "Looks at the process groups of the axes that the plan's limits keep in a node (crossNode) and at the cluster in the header: each "
            + "group lies in one node, or in one domain of fast links where that is larger. Runs where the plan has such a limit.",
        Check)
    {
        RunsWhere = dag => dag.Header.Limits?.CrossNode is not null,
    };

    private static CheckResult Check(Inspection inspection)
    {
        DagHeader header = inspection.Dag.Header;
        if (header.Limits?.CrossNode is not { } axes)
            return inspection.Skip("limit on axes that cross nodes (limits.crossNode)");
        if (header.Cluster is not ClusterSpec cluster)
            return inspection.Skip("cluster in the graph, so nobody knows which GPUs are a node");
        if (inspection.Survey.Meshes.Count == 0)
            return inspection.Skip("mesh (axes, order and stages) in the graph");
        int size = Math.Max(cluster.Domain, cluster.GpusPerNode), groups = 0;
        string place = Words.Invariant($"{(cluster.Domain > cluster.GpusPerNode ? "domain" : "node")} of {size}");
        foreach (PhaseMesh mesh in inspection.Survey.Meshes.Values)
        {
            foreach (string name in axes)
            {
                if (!Axes.TryParse(name, out Axis axis))
                    inspection.Fault($"'{Inspection.OneLine(name)}' is no axis of a mesh");
                else
                    groups += CheckAxis(inspection, mesh, axis, size, place);
            }
        }

        return inspection.Conclude(
            $"{Words.Count(groups, "group")} of {string.Join(", ", axes)} in all, each within one {place} GPUs");
    }

    /// <summary>Holds every group of an axis against the size of a place; how many there were.</summary>
    private static int CheckAxis(Inspection inspection, PhaseMesh mesh, Axis axis, int size, string place)
    {
        if (axis is Axis.Etp or Axis.Edp && !mesh.IsFolded)
            return 0;
        GroupMap map = mesh.Groups(axis);
        if (map.Size <= 1)
            return 0;
        var gpusOf = new Dictionary<int, List<int>>();
        foreach (int gpu in mesh.Gpus)
        {
            int group = map.GroupOfRank[mesh.RankOf(gpu)];
            if (!gpusOf.TryGetValue(group, out List<int>? gpus))
                gpusOf.Add(group, gpus = []);
            gpus.Add(gpu);
        }

        List<int>[] outside = [.. gpusOf.OrderBy(entry => entry.Key).Select(entry => entry.Value)
            .Where(gpus => gpus.Exists(gpu => gpu / size != gpus[0] / size))];
        if (outside.Length > 0)
        {
            string groups = Words.Invariant($"{outside.Length} of {gpusOf.Count} {axis.ToName()} groups of {mesh.Phase}");
            inspection.Fault($"{groups} leave their {place} GPUs, such as {GpuSet.FromGpus(outside[0])}; "
                + $"lower {axis.ToName()}, or order the axes so that it comes further in");
        }

        return gpusOf.Count;
    }
}
