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
            (partsOfFacts[i], named[i]) = PartsOf(dag.FactsTable[i]);
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

        int layers = 0;
        for (int block = 0; block < have.Length; block++)
        {
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
        if (facts.Kind != NodeKind.Computation)
            return (0, false);
        string name = facts.Name;
        bool projects = Has("qkv") || (Has("query") && Has("key"))
            || ((Has("proj") || Has("linear")) && (Has("query") || Has("key") || Has("value") || Has(" q ")));
        bool attends = Has("attention") || Has("attn") || Has("softmax") || Has("score");
        bool leaves = (Has("out") && Has("proj")) || Has("o_proj") || Has("o proj");
        return ((byte)(projects ? 1 : leaves ? 4 : attends && !Has("norm") && !Has("residual") ? 2 : 0), true);

        bool Has(string word) => name.Contains(word, StringComparison.OrdinalIgnoreCase);
    }
}
