using ParallelDag.Drawings;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD026: attention is broken down. In a graph that states its operators every layer with a token mixer has its projection, its core and
/// its output projection as nodes of their own.
/// In a drawing, where a layer (or, without layers, the whole graph) speaks of attention, some node speaks of the projection of queries,
/// keys and values, and another of attention itself.
/// </summary>
internal static class AttentionParts
{
    private static readonly OperatorRole[] Parts = [OperatorRole.Projection, OperatorRole.Core, OperatorRole.OutputProjection];

    public static CheckRule Rule { get; } = new(
        "PD026",
        "Attention is broken down",
        "Looks at the nodes of attention in every layer: projection, core and output are nodes of their own; a drawing needs nodes "
            + "that name the projection of Q, K and V apart from attention. Skipped where nothing speaks of attention.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        if (dag.Detail == DetailLevel.Overview)
            return inspection.Conclude("an overview draws attention as a block");
        var blocks = new LayerBlocks(dag);
        byte[] partsOfFacts = new byte[dag.FactsTable.Length];
        for (int i = 0; i < partsOfFacts.Length; i++)
            partsOfFacts[i] = inspection.IsDrawing ? PartsDrawn(dag.FactsTable[i]) : PartsOf(dag.FactsTable[i]);
        byte[] have = new byte[blocks.Count];
        int[] first = new int[blocks.Count];
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            byte parts = partsOfFacts[dag.FactsColumn[node]];
            if (parts == 0)
                continue;
            int block = blocks.Of(dag, node);
            if (have[block] == 0)
                first[block] = node;
            have[block] |= parts;
        }

        foreach (IGrouping<int, int> like in blocks.Like(inspection))
        {
            foreach (int block in like)
                (have[block], first[block]) = (have[like.Key], first[like.Key]);
        }

        byte anywhere = have.Aggregate((byte)0, (all, parts) => (byte)(all | parts));
        int layers = 0;
        for (int block = 0; block < have.Length; block++)
        {
            // In a drawing an output projection alone may be the LM head, and a node without a layer may belong to any.
            NodeScope scope = blocks.Scopes[block];
            if (inspection.IsDrawing && (have[block] & 3) == 0)
                continue;
            if (inspection.IsDrawing && scope is { Layer: null, Layers: null })
                have[block] |= anywhere;
            if (have[block] == 0)
                continue;
            layers++;

            // A drawing may write the output's projection into the collective that follows.
            int needed = inspection.IsDrawing ? 2 : Parts.Length;
            for (int part = 0; part < needed; part++)
            {
                if ((have[block] & (1 << part)) == 0)
                    inspection.NodeFault(
                        first[block], $"of attention without {TitleOf(Parts[part])}",
                        $"{blocks.NameOf(block)}: draw it as a node of its own");
            }
        }

        return layers == 0 && !inspection.HasFaults
            ? inspection.Survey.IsStated
                ? inspection.Conclude("no layer has a token mixer") : inspection.Skip("node that speaks of attention")
            : inspection.Conclude(
                $"{Words.Count(layers, "layer")} of phases and micro-batches with projection, core and output of attention as "
                    + $"nodes of their own");
    }

    private static string TitleOf(OperatorRole role) => role switch
    {
        OperatorRole.Projection => "a projection of queries, keys and values",
        OperatorRole.Core => "its core",
        _ => "its output projection",
    };

    /// <summary>Which part of attention the operator of a node is, as a bit.</summary>
    private static byte PartsOf(NodeFacts facts) => (byte)(facts.Operator is { Place: OperatorPlace.Mixer } row
        && Array.IndexOf(Parts, row.Role) is int part and >= 0 ? 1 << part : 0);

    /// <summary>Which parts of attention a node of a drawing stands for, as bits.</summary>
    private static byte PartsDrawn(NodeFacts facts)
    {
        if (facts.Kind != NodeKind.Computation)
            return 0;
        DrawnParts parts = OperatorText.Read(facts);
        return (byte)(parts.HasFlag(DrawnParts.Projection) ? 1 : parts.HasFlag(DrawnParts.Core) ? 2
            : parts.HasFlag(DrawnParts.OutputProjection) ? 4 : 0);
    }
}
