using ParallelDag.Chakra.Reading;
using ParallelDag.Chakra.Wire;
using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Checking;

/// <summary>What each file must keep by itself.</summary>
internal static class FileRules
{
    /// <summary>ET001.</summary>
    public static CheckResult Complete(TraceSet set)
    {
        var faults = new TraceFaults(TraceRules.Complete);
        foreach (int rank in set.Missing)
            faults.Add(
                Words.Invariant($"{OneLine.Quote(set.Name)}.{rank}.et"),
                "is not there",
                "a simulator opens a file for each rank from 0; add it");
        foreach (TraceFile file in set.Files)
        {
            if (!file.Nodes.Any(node => node.Type is not (TraceNodeType.Invalid or TraceNodeType.Metadata)))
                faults.Add(
                    OneLine.Of(file.Name), "has no node that does anything", "a simulator aborts; give an idle rank a computation of 1 ns");
        }

        foreach ((string group, int[] ranks) in set.Groups?.Ranks ?? new Dictionary<string, int[]>())
        {
            if (Array.Exists(ranks, rank => rank >= set.RankCount))
                faults.Add(
                    $"{OneLine.Of(set.Groups!.File)}: group {group}", "names ranks that have no trace",
                    "add the trace, or take the rank out of the group",
                    Words.Invariant($"rank {ranks.Max()} of {set.RankCount}"));
        }

        long nodes = set.Files.Sum(file => (long)file.Nodes.Count);
        return faults.Conclude($"{Words.Count(set.Files.Count, "trace")} with {Words.Count(nodes, "node")}");
    }

    /// <summary>ET002.</summary>
    public static CheckResult UniqueIds(TraceSet set)
    {
        var faults = new TraceFaults(TraceRules.UniqueIds);
        foreach (TraceFile file in set.Files)
        {
            var first = new Dictionary<ulong, TraceNode>(file.Nodes.Count);
            foreach (TraceNode node in file.Nodes)
            {
                if (!first.TryAdd(node.Id, node))
                    faults.Add(file, node, "has an id that an earlier node has",
                        "a simulator runs the last one alone; give every node of a file an id of its own",
                        first[node.Id].Name.Length == 0 ? null : $"as {first[node.Id]}");
            }
        }

        return faults.Conclude($"{Words.Count(set.Files.Sum(file => (long)file.Nodes.Count), "id")}, each once in its file");
    }

    /// <summary>ET003.</summary>
    public static CheckResult KnownDependencies(TraceSet set)
    {
        var faults = new TraceFaults(TraceRules.KnownDependencies);
        long count = 0;
        foreach (TraceFile file in set.Files)
        {
            HashSet<ulong> ids = [.. file.Nodes.Select(node => node.Id)];
            foreach (TraceNode node in file.Nodes)
            {
                count += node.Control.Count + node.Data.Count;
                foreach (ulong id in node.Control.Concat(node.Data))
                {
                    if (!ids.Contains(id))
                        faults.Add(file, node, "waits for a node that its file has not",
                            "a simulator aborts; name nodes of the same file alone", Words.Invariant($"for id {id}"));
                }
            }
        }

        return faults.Conclude($"{Words.Count(count, "dependency")}, each on a node of the same file");
    }

    /// <summary>PD001.</summary>
    public static CheckResult Acyclic(TraceSet set, TraceGraph graph, CancellationToken cancellation)
    {
        var faults = new TraceFaults(TraceRules.Acyclic);
        for (int i = 0; i < set.Files.Count; i++)
        {
            int[] cycle = CycleSearch.Find(graph.Of(i), cancellation);
            if (cycle.Length == 0)
                continue;
            const int Named = 4;
            TraceFile file = set.Files[i];
            ulong[] ids = [.. cycle.Select(edge => file.Nodes[graph.Of(i).SourceOf(edge)].Id)];
            string path = string.Join(" -> ", ids.Take(Named).Select(id => Words.Invariant($"{id}")))
                + (ids.Length > Named ? " -> ..." : "") + Words.Invariant($" -> {ids[0]}");
            faults.Add(file, file.Nodes[graph.Of(i).SourceOf(cycle[0])], "waits for itself",
                "a simulator leaves the nodes of a cycle out and reports the rank finished; take a dependency out", $"by ids {path}");
        }

        return faults.Conclude($"no cycle in {Words.Count(set.Files.Count, "trace")}");
    }

    /// <summary>PD014, as far as a node by itself shows it.</summary>
    public static void Sizes(TraceSet set, TraceFaults faults)
    {
        const string Stalls = "a simulator stalls there without a word; write at least 1";
        foreach (TraceFile file in set.Files)
        {
            foreach (TraceNode node in file.Nodes)
            {
                if (node.IsCommunication && node.Bytes is null or 0)
                    faults.Add(file, node, node.Bytes is null ? "has no comm_size" : "has a comm_size of 0", node.Bytes is null
                        ? "a simulator aborts; give it its bytes" : Stalls);
                bool measured = node.Microseconds > 0 && node.TensorBytes is null && node.Operations is null;
                if (node.Type != TraceNodeType.Compute || node.IsHost || measured)
                    continue;
                if (node.TensorBytes is null or 0)
                    faults.Add(file, node, "has no tensor_size above 0", Stalls);
                if (node.Operations is null or 0)
                    faults.Add(file, node, "has no num_ops above 0", "a simulator hangs on 0 / 0; write at least 1");
            }
        }
    }
}
