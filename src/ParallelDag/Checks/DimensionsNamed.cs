using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD004: every node has input and output dimensions, <c>[name=value, ...]</c>. A rule of presence: a node without them fails it.
/// </summary>
internal static class DimensionsNamed
{
    public static CheckRule Rule { get; } = new(
        "PD004",
        "Dimensions on every node",
        "Looks at the input and output dimensions of every node: each is at least one tensor [name=value, ...]. A size left open as "
            + "? is counted.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        if (dag.NodeCount == 0)
            return inspection.Skip("node in the graph");

        // Verdicts per entry of the facts table; thousands of nodes share one.
        const byte NoInput = 1, NoOutput = 2, TextInput = 4, TextOutput = 8, Open = 16;
        ReadOnlySpan<NodeFacts> table = dag.FactsTable;
        byte[] verdicts = new byte[table.Length];
        for (int i = 0; i < table.Length; i++)
        {
            inspection.Step(i);
            TensorList input = table[i].Input, output = table[i].Output;
            verdicts[i] = (byte)((input.IsEmpty ? NoInput : input.IsParsed ? 0 : TextInput)
                | (output.IsEmpty ? NoOutput : output.IsParsed ? 0 : TextOutput)
                | (IsOpen(input) || IsOpen(output) ? Open : 0));
        }

        long tensors = 0, open = 0;
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            byte verdict = verdicts[dag.FactsColumn[node]];
            NodeFacts facts = dag.FactsOf(node);
            int weight = inspection.Weight(node);
            tensors += weight * (facts.Input.Tensors.Count + facts.Output.Tensors.Count);
            open += (verdict & Open) != 0 ? weight : 0;
            if ((verdict & ~Open) == 0)
                continue;
            if ((verdict & NoInput) != 0)
                inspection.NodeFault(node, "without INPUT DIMENSION");
            if ((verdict & NoOutput) != 0)
                inspection.NodeFault(node, "without OUTPUT DIMENSION");
            if ((verdict & TextInput) != 0)
                inspection.NodeFault(node, "whose INPUT DIMENSION is not [name=value, ...]", Inspection.OneLine(facts.Input.ToString()));
            if ((verdict & TextOutput) != 0)
                inspection.NodeFault(node, "whose OUTPUT DIMENSION is not [name=value, ...]", Inspection.OneLine(facts.Output.ToString()));
        }

        string left = open == 0 ? "" : $"; {Words.Count(open, "node")} with a size left open";
        return inspection.Conclude(
            $"{Words.Count(dag.NodeCount, "node")} with input and output dimensions, {Words.Count(tensors, "tensor")} "
                + $"in all{left}");
    }

    private static bool IsOpen(TensorList list)
    {
        foreach (NamedTensor tensor in list.Tensors)
        {
            foreach (Dimension dimension in tensor.Shape.Dimensions)
            {
                if (dimension.Size is null)
                    return true;
            }
        }

        return false;
    }
}
