using ParallelDag.Wording;

namespace ParallelDag.Engines;

/// <summary>An instance on one of its nodes.</summary>
/// <param name="Instance">The number of the instance within its set.</param>
/// <param name="Index">The node's number within the instance.</param>
/// <param name="Count">Nodes of the instance.</param>
/// <param name="Node">The node's number in the cluster.</param>
/// <param name="LocalGpus">The GPUs that it uses, by their number within the node.</param>
/// <param name="IsShared">True where other GPUs of the node are left to others.</param>
/// <param name="Neighbour">How many instances on the instance's first node come before it: ports count up by it.</param>
/// <param name="HasNeighbours">True where other instances use that node.</param>
internal sealed record InstanceNode(
    int Instance, int Index, int Count, int Node, IReadOnlyList<int> LocalGpus, bool IsShared, int Neighbour, bool HasNeighbours)
{
    /// <summary>Places instances on nodes; where an instance has unequal parts, <paramref name="review"/> is told a refusal.</summary>
    public static IReadOnlyDictionary<InstanceSet, IReadOnlyList<IReadOnlyList<InstanceNode>>> Place(
        IReadOnlyList<InstanceSet> sets, EngineTable table, LaunchReview review)
    {
        int perNode = sets[0].Plan.Cluster.GpusPerNode;
        var firstNodes = new Dictionary<int, int>();
        var placed = new Dictionary<InstanceSet, IReadOnlyList<IReadOnlyList<InstanceNode>>>();
        foreach (int node in sets.SelectMany(set => set.GpusByRank(table.RankOrder)).Select(gpus => gpus[0] / perNode))
            firstNodes[node] = firstNodes.GetValueOrDefault(node) + 1;
        var seen = new Dictionary<int, int>();
        foreach (InstanceSet set in sets)
        {
            var instances = new List<IReadOnlyList<InstanceNode>>();
            foreach (int[] gpus in set.GpusByRank(table.RankOrder))
            {
                IGrouping<int, int>[] parts = [.. gpus.GroupBy(gpu => gpu / perNode)];
                if (parts.Select(part => part.Count()).Distinct().Count() > 1)
                {
                    string counts = string.Join(" and ", parts.Select(part => part.Count()).Distinct());
                    review.Refuse("cluster.gpusPerNode",
                        $"{table.Name} takes as many GPUs of each node; an instance of {set.Section} lies on nodes as {counts}: "
                        + "choose degrees whose product is a multiple of gpusPerNode, or divides it");
                }

                int first = parts[0].Key, before = seen.GetValueOrDefault(first);
                seen[first] = before + 1;
                instances.Add([.. parts.Select((part, index) => new InstanceNode(
                    instances.Count, index, parts.Length, part.Key, [.. part.Select(gpu => gpu % perNode)], part.Count() < perNode, before,
                        firstNodes[first] > 1))]);
            }

            placed.Add(set, instances);
        }

        return placed;
    }
}
