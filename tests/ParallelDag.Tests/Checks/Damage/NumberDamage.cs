using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>Quantities and header facts that do not follow from anything.</summary>
internal static class NumberDamage
{
    public static IEnumerable<DamageKind> All
    {
        get
        {
            yield return Facts("FLOPs are tripled", facts => facts with { Flops = facts.Flops * 3 });
            yield return Facts("FLOPs are 0", facts => facts with { Flops = 0 });
            yield return Facts("FLOPs are one more", facts => facts.Flops > 0 ? facts with { Flops = facts.Flops + 1 } : facts);
            yield return Facts("FLOPs of what computes nothing", facts => facts.Flops == 0 ? facts with { Flops = 1000 } : facts);
            yield return Facts("wire bytes are five times", facts => facts with { WireBytes = facts.WireBytes * 5 });
            yield return Facts("wire bytes are 0", facts => facts with { WireBytes = 0 });
            yield return Facts("wire bytes are one more",
                facts => facts.WireBytes > 0 ? facts with { WireBytes = facts.WireBytes + 1 } : facts);
            yield return Facts("wire bytes of what sends nothing",
                facts => facts.Collective == CollectiveKind.None ? facts with { WireBytes = 64 } : facts);
            yield return Facts("S is doubled", facts => facts with { Bytes = facts.Bytes * 2 });
            yield return Facts("S is 0", facts => facts.Bytes > 0 ? facts with { Bytes = 0 } : facts);
            yield return Facts("S is not told", facts => facts.Bytes > 0 ? facts with { Bytes = null } : facts);
            yield return Facts("S and wire bytes are doubled",
                facts => facts.Bytes > 0 ? facts with { Bytes = facts.Bytes * 2, WireBytes = facts.WireBytes * 2 } : facts);
            yield return Facts("members are one more", facts => facts with { Members = facts.Members + 1 });
            yield return Facts("members are 0", facts => facts with { Members = 0 });
            yield return Facts("a group has one member more",
                facts => facts.GroupSize > 0 ? facts with { GroupSize = facts.GroupSize + 1 } : facts);
            yield return Facts("a group size is not told", facts => facts with { GroupSize = 0 });
            yield return Facts("there is one group more", facts => facts.Groups > 0 ? facts with { Groups = facts.Groups + 1 } : facts);
            yield return Facts("groups are not told", facts => facts.Groups > 0 ? facts with { Groups = null } : facts);
            yield return Facts("a collective is another", facts => facts.Collective == CollectiveKind.None ? facts
                : facts with { Collective = facts.Collective == CollectiveKind.AllReduce ? CollectiveKind.AllGather
                    : CollectiveKind.AllReduce });
            yield return Facts("a collective is not told", facts => facts with { Collective = CollectiveKind.None });
            yield return Facts("a collective says nothing",
                facts => facts.Collective == CollectiveKind.None ? facts
                : facts with { Collective = CollectiveKind.None, GroupSize = 0, Groups = 0 });
            yield return new("numbers", "an edge's bytes are doubled", graph => ChangeBytes(graph, bytes => bytes * 2, 1));
            yield return new("numbers", "an edge's bytes are 0", graph => ChangeBytes(graph, _ => 0, 1));
            yield return new("numbers", "all edge bytes are 7", graph => ChangeBytes(graph, _ => 7, int.MaxValue));
            yield return new("numbers", "all FLOPs are tripled", graph => All_(graph, facts => facts with { Flops = facts.Flops * 3 }));
            yield return new("numbers", "all FLOPs are 0", graph => All_(graph, facts => facts with { Flops = 0 }));
            yield return new("numbers", "all wire bytes are five times",
                graph => All_(graph, facts => facts with { WireBytes = facts.WireBytes * 5 }));
            yield return new("numbers", "all S are doubled", graph => All_(graph, facts => facts with { Bytes = facts.Bytes * 2 }));
            yield return new("numbers", "FLOPs times 3, wire times 5, S times 7", graph =>
                All_(graph, facts => facts with { Flops = facts.Flops * 3, WireBytes = facts.WireBytes * 5, Bytes = facts.Bytes * 7 }));

            yield return Header("the pool is a GPU short",
                header => header with { Pool = header.Pool!.Except(GpuSet.Of(header.Phases[0].Gpus.Last)) });
            yield return Header("a phase is not listed",
                header => header.Phases.Count > 1 ? header with { Phases = [.. header.Phases.Take(1)] } : null);
            yield return Phase("a stage is not listed",
                phase => phase.Stages.Count > 1 ? phase with { Stages = [.. phase.Stages.SkipLast(1)] } : null);
            yield return Phase("a stage has a GPU less",
                phase => phase.Gpus.Count > 1
                ? phase with { Stages =
                [phase.Stages[0] with { Gpus = phase.Stages[0].Gpus.Except(GpuSet.Of(phase.Stages[0].Gpus.Last)) },
                .. phase.Stages.Skip(1)] } : null);
            yield return Phase("two stages exchange GPUs", phase => phase.Stages.Count > 1
                ? phase with { Stages =
                    [phase.Stages[0] with { Gpus = phase.Stages[1].Gpus }, phase.Stages[1] with { Gpus = phase.Stages[0].Gpus },
                    .. phase.Stages.Skip(2)] } : null);
            yield return Phase("a stage has a layer more",
                phase => phase with { Stages =
                [phase.Stages[0] with { LastLayer = phase.Stages[0].LastLayer + 1 }, .. phase.Stages.Skip(1)] });
            yield return Phase("the last stage has a layer more",
                phase => phase with { Stages =
                [.. phase.Stages.SkipLast(1), phase.Stages[^1] with { LastLayer = phase.Stages[^1].LastLayer + 1 }] });
            yield return Phase("a degree is doubled", phase => phase with { Axes = Changed(phase.Axes, "tp", 2 * phase.Axes["tp"]) });
            yield return Phase("two degrees change places", phase => phase.Axes["tp"] == phase.Axes["pp"] ? null
                : phase with { Axes = Changed(Changed(phase.Axes, "tp", phase.Axes["pp"]), "pp", phase.Axes["tp"]) });
            yield return Phase("the order is turned round",
                phase => phase.Axes.Values.Count(degree => degree > 1) > 1 ? phase with { Order = [.. phase.Order.Reverse()] } : null);
            yield return Header("the detail is another",
                header => header with { Detail = header.Detail == DetailLevel.Operator ? DetailLevel.Device : DetailLevel.Operator });
            yield return Memory("a phase is not counted",
                memory => memory.Select(item => item.Phase).Distinct().Count() > 1
                ? [.. memory.Where(item => item.Phase == memory[0].Phase)] : null);
            yield return Memory("a stage is not counted", memory => memory.Count > 1 ? [.. memory.Skip(1)] : null);
            yield return Memory("a stage is counted twice", memory => [memory[0], .. memory]);
            yield return Memory("the union is 1", memory => [memory[0] with { UnionBytes = 1 }, .. memory.Skip(1)]);
            yield return Memory("weights are beyond the capacity",
                memory => [memory[0] with { UnionBytes = 0, CapacityBytes = memory[0].WeightBytes - 1, KvCacheBytes = 0,
                ActivationBytes = 0 }, .. memory.Skip(1)]);
            yield return Memory("the capacity is a byte short",
                memory => [memory[0] with { CapacityBytes = memory[0].UnionBytes - 1 }, .. memory.Skip(1)]);
            yield return Memory("weights are 0", memory => [memory[0] with { WeightBytes = 0 }, .. memory.Skip(1)]);
            yield return Memory("weights are tenfold",
                memory => [memory[0] with { WeightBytes = memory[0].WeightBytes * 10 }, .. memory.Skip(1)]);
        }
    }

    private static DamageKind Facts(string name, Func<NodeFacts, NodeFacts> change) =>
        new("numbers", name, graph => graph.ChangeFacts(_ => true, change));

    private static DamageKind Header(string name, Func<DagHeader, DagHeader?> change) => new("header", name, graph =>
    {
        if (change(graph.Header) is not DagHeader header)
            return false;
        graph.Header = header;
        return true;
    });

    private static DamageKind Phase(string name, Func<DagPhase, DagPhase?> change) => Header(name, header =>
        change(header.Phases[0]) is DagPhase phase ? header with { Phases = [phase, .. header.Phases.Skip(1)] } : null);

    private static DamageKind Memory(string name, Func<IReadOnlyList<DagMemory>, IReadOnlyList<DagMemory>?> change) =>
        Header(name, header =>
        change(header.Memory!) is { } memory ? header with { Memory = memory } : null);

    private static Dictionary<string,
        int> Changed(IReadOnlyDictionary<string, int> axes, string axis, int degree) => new(axes) { [axis] = degree };

    private static bool ChangeBytes(GraphUnderDamage graph, Func<long, long> change, int times)
    {
        int[] edges = [.. Enumerable.Range(0, graph.Edges.Count).Where(edge => graph.Edges[edge].Facts.Bytes is > 0 and not 7)];
        graph.Random.Shuffle(edges);
        foreach (int edge in edges.Take(times))
            graph.Edges[edge] = graph.Edges[edge] with { Facts =
                graph.Edges[edge].Facts with { Bytes = change(graph.Edges[edge].Facts.Bytes) } };
        return edges.Length > 0;
    }

    private static bool All_(GraphUnderDamage graph, Func<NodeFacts, NodeFacts> change)
    {
        for (int i = 0; i < graph.Nodes.Count; i++)
            graph.Nodes[i] = graph.Nodes[i] with { Facts = change(graph.Nodes[i].Facts) };
        return true;
    }
}
