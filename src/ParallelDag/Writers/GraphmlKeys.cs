using System.Globalization;
using System.Text;
using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Writers;

/// <summary>The data that a GraphML file declares, and how the parts that nodes share become elements of it.</summary>
internal static class GraphmlKeys
{
    private static readonly (string Name, string Type)[] OfNodes =
    [
        ("label", "string"), ("op", "string"), ("kind", "string"), ("phase", "string"), ("stage", "int"), ("layer", "int"),
        ("layers", "string"), ("microBatch", "int"), ("gpus", "string"), ("gpuCount", "int"), ("members", "long"), ("experts", "string"),
        ("inputPlacement", "string"), ("outputPlacement", "string"), ("input", "string"), ("output", "string"), ("collective", "string"),
        ("groupSize", "int"), ("groups", "long"), ("bytes", "long"), ("wireBytes", "long"), ("flops", "long"), ("rate", "string"),
        ("hbmBytes", "long"), ("seconds", "double"), ("bound", "string"),
    ];

    /// <summary>
    /// False where an id holds what XML cannot carry: then nodes are numbered <c>n0</c>, <c>n1</c> and keep their ids as data.
    /// </summary>
    public static bool CanCarryIds(Dag dag)
    {
        char[] buffer = new char[4096];
        for (int node = 0; node < dag.NodeCount; node++)
        {
            ReadOnlySpan<char> id = dag.TryFormatId(node, buffer, out int length) ? buffer.AsSpan(0, length) : dag.IdOf(node);
            foreach (char letter in id)
            {
                if (MarkupWriter.Replacement(letter) == "\uFFFD" || char.IsSurrogate(letter) || char.IsWhiteSpace(letter))
                    return false;
            }

            if (id.IsEmpty)
                return false;
        }

        return true;
    }

    /// <summary>Everything before the first node.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="numbered">True where nodes are numbered and keep their ids as data.</param>
    public static string Header(Dag dag, bool numbered)
    {
        var text = new StringBuilder();
        text.Append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"")
            .Append(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns")
            .Append(" http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd\">\n");
        foreach (string name in new[] { "name", "detail", "pool" })
            Key(text, "graph", name, name, "string");
        if (numbered)
            Key(text, "node", "nodeId", "nodeId", "string");

        // Sums over a whole overview may pass what a long holds.
        bool huge = false;
        foreach (NodeFacts facts in dag.FactsTable)
            huge |= facts.Flops > long.MaxValue;
        foreach ((string name, string type) in OfNodes)
            Key(text, "node", name, name, name == "flops" && huge ? "double" : type);
        Key(text, "edge", "edgeKind", "kind", "string");
        Key(text, "edge", "edgeLabel", "label", "string");
        Key(text, "edge", "edgeBytes", "bytes", "long");
        text.Append("<graph edgedefault=\"directed\">");
        Data(text, "name", dag.Name);
        Data(text, "detail", dag.Detail.ToName());
        Data(text, "pool", dag.Pool?.ToString());
        return text.Append('\n').ToString();
    }

    /// <summary>What a node is and how much it does.</summary>
    public static void Facts(StringBuilder text, NodeFacts facts)
    {
        Data(text, "label", facts.Name);
        Data(text, "op", facts.Op);
        Data(text, "kind", facts.Kind.ToName());
        Number(text, "members", facts.Members);
        Data(text, "experts", facts.Experts);
        Data(text, "inputPlacement", facts.InputPlacement?.ToString());
        Data(text, "outputPlacement", facts.OutputPlacement?.ToString());
        Data(text, "input", facts.Input.IsEmpty ? null : facts.Input.ToString());
        Data(text, "output", facts.Output.IsEmpty ? null : facts.Output.ToString());
        if (facts.Collective.ToName() is string collective)
        {
            Data(text, "collective", collective);
            Number(text, "groupSize", facts.GroupSize);
            Number(text, "groups", facts.Groups);
            Number(text, "bytes", facts.Bytes);
            Number(text, "wireBytes", facts.WireBytes);
        }

        Data(text, "flops", decimal.Truncate(facts.Flops).ToString(CultureInfo.InvariantCulture));
        Data(text, "rate", facts.Rate?.ToName());
        Number(text, "hbmBytes", facts.HbmBytes);
    }

    /// <summary>Where a node stands.</summary>
    public static void Scope(StringBuilder text, NodeScope scope)
    {
        Data(text, "phase", scope.Phase?.ToName());
        Number(text, "stage", scope.Stage);
        Number(text, "layer", scope.Layer);
        Data(text, "layers", scope.Layers);
        Number(text, "microBatch", scope.MicroBatch);
    }

    /// <summary>Which GPUs run a node.</summary>
    public static void Gpus(StringBuilder text, GpuSet? gpus)
    {
        Data(text, "gpus", gpus?.ToString());
        Number(text, "gpuCount", gpus?.Count);
    }

    /// <summary>How long a node takes.</summary>
    public static void Time(StringBuilder text, NodeTime time)
    {
        Data(text, "seconds", time.Text);
        Data(text, "bound", time.Bound.ToName());
    }

    /// <summary>One fact; nothing where it is not known.</summary>
    public static void Data(StringBuilder text, string key, string? value)
    {
        if (value is null)
            return;
        text.Append("<data key=\"").Append(key).Append("\">");
        foreach (char character in value)
        {
            if (MarkupWriter.Replacement(character) is string replacement)
                text.Append(replacement);
            else
                text.Append(character);
        }

        text.Append("</data>");
    }

    private static void Number(StringBuilder text, string key, long? value) =>
        Data(text, key, value?.ToString(CultureInfo.InvariantCulture));

    private static void Key(StringBuilder text, string owner, string id, string name, string type) =>
        text.Append(CultureInfo.InvariantCulture, $"<key id=\"{id}\" for=\"{owner}\" attr.name=\"{name}\" attr.type=\"{type}\"/>\n");
}
