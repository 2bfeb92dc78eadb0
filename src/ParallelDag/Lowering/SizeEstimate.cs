using System.Globalization;
using ParallelDag.Plans;
using ParallelDag.Units;

namespace ParallelDag.Lowering;

/// <summary>
/// How large a plan's Device graph will be, before any of it is allocated: its nodes and its edges, counted from the degrees of each step
/// and the routes of each hand-off. A graph whose phases alone pass what a topology can hold is counted without its hand-off.
/// </summary>
/// <param name="Nodes">Nodes.</param>
/// <param name="Edges">Edges.</param>
public sealed record SizeEstimate(long Nodes, long Edges)
{
    /// <summary>Columns and rows of a node: facts, scope and GPUs, and its place in the rows of both directions.</summary>
    private const int BytesPerNode = 20;

    /// <summary>A link in each direction.</summary>
    private const int BytesPerEdge = 8;

    /// <summary>Bytes of the graph in memory.</summary>
    public long MemoryBytes => (Nodes * BytesPerNode) + (Edges * BytesPerEdge);

    /// <summary>Counts the Device graph of the given phases.</summary>
    public static SizeEstimate OfDeviceGraph(DeploymentPlan plan, IReadOnlyList<PhaseLayout> phases)
    {
        Int128 nodes = 0, edges = 0;
        var sampled = new Dictionary<PhaseLayout, long>();
        foreach (PhaseLayout layout in phases)
        {
            var count = new PhaseCount(plan, layout);
            nodes += count.Nodes;
            edges += count.Edges;
            sampled.Add(layout, count.Sampled);
        }

        if (phases.Select(layout => layout.Phase).Distinct().Count() > 1 && nodes <= Graphs.Topology.MaxNodes)
        {
            foreach (HandedSets sets in HandedSets.Of(plan))
            {
                var count = new HandOffCount(sets);
                nodes += count.Nodes;
                edges += count.Edges;
            }

            foreach ((PhaseLayout prefill, _) in HandedSets.InOrder(plan))
                edges += sampled[prefill];
        }

        return new SizeEstimate((long)Int128.Min(nodes, long.MaxValue / 1000), (long)Int128.Min(edges, long.MaxValue / 1000));
    }

    /// <summary>Refuses a graph that passes the machine's memory or what a topology can hold.</summary>
    /// <param name="plan">The plan's name, for the message.</param>
    /// <param name="availableBytes">Memory that the process may use.</param>
    /// <exception cref="InputException">The graph is too large; the message names what to ask for instead.</exception>
    public void Require(string plan, long availableBytes)
    {
        string size = string.Create(
            CultureInfo.InvariantCulture,
            $"the Device graph of {plan} has about {Quantity.FormatCount(Nodes)} nodes and {Quantity.FormatCount(Edges)} edges "
                + $"({Quantity.FormatBytes(MemoryBytes)} in memory)");
        const string Instead = "ask for the operator or overview detail, one phase, or fewer micro-batches";
        if (Nodes > Graphs.Topology.MaxNodes || Edges > Array.MaxLength)
            throw new InputException(
                $"{size}, more than a graph can hold ({Quantity.FormatCount(Graphs.Topology.MaxNodes)} nodes, "
                    + $"{Quantity.FormatCount(Array.MaxLength)} edges); {Instead}");
        if (MemoryBytes > availableBytes)
            throw new InputException($"{size}, but this machine has {Quantity.FormatBytes(availableBytes)}; {Instead}");
    }
}
