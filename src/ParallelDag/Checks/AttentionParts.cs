using ParallelDag.Drawings;
using ParallelDag.Graphs;

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
        bool[] named = new bool[partsOfFacts.Length];
        for (int i = 0; i < partsOfFacts.Length; i++)
            (partsOfFacts[i], named[i]) = inspection.IsDrawing ? (PartsDrawn(dag.FactsTable[i]), true) : PartsOf(dag.FactsTable[i]);
        byte[] have = new byte[blocks.Count];
        int[] first = new int[blocks.Count];
        bool[] byName = new bool[blocks.Count];
        for (int node = 0; node < dag.NodeCount; node++)
        {
            inspection.Step(node);
            byte parts = partsOfFacts[dag.FactsColumn[node]];
            if (parts == 0)
                continue;
            int block = blocks.Of(dag, node);
            if (have[block] == 0)
                first[block] = node;
            have[block] |= parts;
            byName[block] |= named[dag.FactsColumn[node]];
        }

        byte anywhere = have.Aggregate((byte)0, (all, parts) => (byte)(all | parts));
        int layers = 0;
        for (int block = 0; block < have.Length; block++)
        {
            // In a drawing an output projection alone may be the LM head, and a node without a layer may belong to any.
            NodeScope scope = blocks.Scopes[block];
            if (byName[block] && (have[block] & 3) == 0)
                continue;
            if (byName[block] && scope is { Layer: null, Layers: null })
                have[block] |= anywhere;
            if (have[block] == 0)
                continue;
            layers++;

            // A drawing may write the output's projection into the collective that follows.
            int needed = byName[block] ? 2 : Parts.Length;
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
                $"{Inspection.Count(layers, "layer")} of phases and micro-batches with projection, core and output of attention as "
                    + $"nodes of their own");
    }

    private static string TitleOf(OperatorRole role) => role switch
    {
        OperatorRole.Projection => "a projection of queries, keys and values",
        OperatorRole.Core => "its core",
        _ => "its output projection",
    };

    /// <summary>Which parts of attention a node is, as bits, and whether its name alone says so.</summary>
    private static (byte Parts, bool Named) PartsOf(NodeFacts facts)
    {
        if (facts.Operator is Operator row)
            return ((byte)(Array.IndexOf(Parts, row.Role) is int part and >= 0 && row.Place == OperatorPlace.Mixer ? 1 << part : 0), false);
        return (0, false);
    }

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
