using ParallelDag.Graphs;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD018: quantisation blocks divide the shards. A node of which a weight is quantised in blocks and split over GPUs tells the width that
/// each GPU holds (<see cref="BlockedShard"/>):
/// <list type="number">
/// <item>whole blocks make up the width, since a scale belongs to a block;</item>
/// <item>the width is a share of the whole, one of at least two;</item>
/// <item>where the node's shapes name the side (<c>ffn</c>), they agree with it.</item>
/// </list>
/// Engines refuse such shards when they load the weights; MXFP4 experts, which they pad, do not count.
/// </summary>
internal static class QuantisationBlocks
{
    public static CheckRule Rule { get; } = new(
        "PD018",
        "Quantisation blocks divide the shards",
        "Looks at weights that are quantised in blocks and split over GPUs: whole blocks make up what each GPU holds. Runs only where a "
            + "node tells such weights.",
        Check)
    {
        RunsWhere = dag =>
        {
            foreach (NodeFacts facts in dag.FactsTable)
            {
                if (facts.WeightBlocks is not null)
                    return true;
            }

            return false;
        },
    };

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        var judged = new (string? Fault, string Detail, int Shards)[dag.FactsTable.Length];
        for (int i = 0; i < judged.Length; i++)
            judged[i] = dag.FactsTable[i].WeightBlocks is string text ? Judge(dag.FactsTable[i], text) : default;
        long nodes = 0, shards = 0;
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            (string? fault, string detail, int count) = judged[dag.FactsColumn[node]];
            nodes += count > 0 ? inspection.Weight(node) : 0;
            shards += (long)count * inspection.Weight(node);
            if (fault is not null)
                inspection.NodeFault(node, fault, detail);
        }

        if (nodes == 0 && !inspection.HasFaults)
            return inspection.Skip("weight on any node that is quantised in blocks and split");
        return inspection.Conclude(
            $"{Words.Count(shards, "shard")} of weights on {Words.Count(nodes, "node")}, each of whole quantisation blocks");
    }

    private static (string? Fault, string Detail, int Shards) Judge(NodeFacts facts, string text)
    {
        if (BlockedShard.Parse(text) is not { } shards)
            return ("whose quantised weights are not told as name=width/whole:block", Inspection.OneLine(text), 0);
        foreach (BlockedShard shard in shards)
        {
            string name = Inspection.OneLine(shard.Module);
            if (!shard.IsWholeBlocks)
            {
                return ("whose weights are split into widths that their quantisation blocks do not divide",
                    Words.Invariant($"{name}: {shard.Width} of {shard.Whole} in blocks of {shard.Block}; {Remedy(shard)}"), 0);
            }

            if (shard.Whole / shard.Width < 2)
                return ("whose shard of a weight is no part of it", Words.Invariant($"{name}: {shard.Width} of {shard.Whole}"), 0);
            if (facts.Op is Ops.FfnUp or Ops.FfnDown && Inner(facts) is long inner && inner != shard.Width)
            {
                return ("whose shapes and quantised weights differ in width",
                    Words.Invariant($"{name}: {shard.Width}, the shape has {inner}"), 0);
            }
        }

        return (null, "", shards.Count);
    }

    /// <summary>The inner width of a dense FFN on one GPU, as the shapes of its node name it.</summary>
    private static long? Inner(NodeFacts facts) => (facts.Op == Ops.FfnUp ? facts.Output : facts.Input).Tensors is [NamedTensor tensor, ..]
        ? tensor.Shape["ffn"] : null;

    /// <summary>The largest number of GPUs, up to those that share the weight now, over which whole blocks can be spread.</summary>
    private static string Remedy(BlockedShard shard)
    {
        long degree = Math.Max(1, shard.Whole / shard.Width);
        while (degree > 1 && (shard.Whole % degree != 0 || shard.Whole / degree % shard.Block != 0))
            degree--;
        return Words.Invariant($"split it over {degree} GPUs");
    }
}
