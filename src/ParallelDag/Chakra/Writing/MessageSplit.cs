using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Writing;

/// <summary>
/// The messages that a Send/Recv node of a Device DAG stands for:
/// <list type="bullet">
/// <item>a hand-off of cache: one from each holder that is not the receiver, S among them as the bytes on their edges are (which sum to S
/// where each hands over all that it holds);</item>
/// <item>a ring (all its GPUs hold and get): one from each member to the next, S/n each, the first ones taking what does not divide;</item>
/// <item>else one, from the GPU of the predecessors to the other.</item>
/// </list>
/// </summary>
internal static class MessageSplit
{
    /// <summary>The messages of a node, GPUs as ranks. O(predecessors + members).</summary>
    /// <exception cref="InputException">Who sends or who receives is not clear.</exception>
    public static List<TraceMessage> Of(Dag dag, int node, RankTable ranks)
    {
        NodeFacts facts = dag.FactsOf(node);
        GpuSet gpus = dag.GpusOf(node)!;
        GpuSet receivers = Near(dag, dag.Topology.Out(node), gpus);
        if (facts.Role == OperatorRole.CacheTransfer && receivers.Count == 1)
            return HandOff(dag, node, receivers.First, ranks);
        GpuSet senders = facts.Senders ?? Near(dag, dag.Topology.In(node), gpus);
        if (facts.Senders is not null || receivers.IsEmpty)
            receivers = gpus.Except(senders);
        if (senders.IsEmpty)
            senders = gpus.Except(receivers);
        long bytes = facts.Bytes ?? 0;
        if (gpus.Count > 1 && senders.Count == gpus.Count && receivers.Count == gpus.Count)
            return Ring(ranks.Of(gpus), bytes);
        if (senders.Count == 1 && receivers.Count == 1 && senders.First != receivers.First)
            return [new TraceMessage(ranks.Of(senders.First), ranks.Of(receivers.First), bytes)];
        throw new InputException(Words.Invariant(
            $"{OneLine.Quote(dag.IdOf(node))} of {dag.Name} sends from GPUs {senders} to {receivers}, but a message of a trace has one ")
            + "sender and one receiver; draw a node a pair of GPUs (--detail device)");
    }

    private static List<TraceMessage> HandOff(Dag dag, int node, int receiver, RankTable ranks)
    {
        var holders = new List<int>();
        foreach (int link in dag.Topology.In(node))
        {
            int holder = Topology.Node(link);
            if (Topology.Kind(link) == EdgeKind.Kv && dag.GpusOf(holder) is GpuSet gpus && !gpus.Contains(receiver))
                holders.Add(holder);
        }

        long[] held = [.. holders.Select(holder => BytesBetween(dag, holder, node))];
        Int128 all = held.Aggregate((Int128)0, (sum, bytes) => sum + bytes), before = 0;
        long bytes = dag.FactsOf(node).Bytes ?? 0;
        var messages = new List<TraceMessage>(holders.Count);
        for (int i = 0; i < held.Length; i++)
        {
            // The parts between whole numbers sum to the whole.
            Int128 from = all == 0 ? 0 : bytes * before / all, to = all == 0 ? 0 : bytes * (before + held[i]) / all;
            before += held[i];
            messages.Add(new TraceMessage(ranks.Of(dag.GpusOf(holders[i])!.First), ranks.Of(receiver), (long)(to - from), holders[i]));
        }

        return messages;
    }

    private static long BytesBetween(Dag dag, int source, int target)
    {
        int first = dag.Topology.FirstEdge(source);
        ReadOnlySpan<int> links = dag.Topology.Out(source);
        for (int i = 0; i < links.Length; i++)
        {
            if (Topology.Node(links[i]) == target)
                return dag.EdgeFactsOf(source, first + i).Bytes;
        }

        return 0;
    }

    private static List<TraceMessage> Ring(int[] members, long bytes)
    {
        long each = bytes / members.Length, rest = bytes % members.Length;
        return [.. members.Select((rank, i) => new TraceMessage(rank, members[(i + 1) % members.Length], each + (i < rest ? 1 : 0)))];
    }

    /// <summary>Those of a node's GPUs that its neighbours along data have.</summary>
    private static GpuSet Near(Dag dag, ReadOnlySpan<int> links, GpuSet gpus)
    {
        GpuSet found = GpuSet.Empty;
        foreach (int link in links)
        {
            if (Topology.Kind(link) is EdgeKind.Data or EdgeKind.Pipeline or EdgeKind.Kv && dag.GpusOf(Topology.Node(link)) is GpuSet near)
                found = found.Union(near.Intersect(gpus));
        }

        return found;
    }
}
