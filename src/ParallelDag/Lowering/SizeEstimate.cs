using System.Globalization;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Units;

namespace ParallelDag.Lowering;

/// <summary>
/// How large a plan's Device graph will be, from the degrees alone, before anything is allocated. Nodes and edges of the phases are exact
/// (edges between differently grouped collectives are counted one per rank, at most a few too many). The KV hand-off is counted as one
/// transfer per layer and receiver, the most that there can be; its edges are rough: as if one rank of each part of the prompt held what a
/// receiver needs.
/// </summary>
/// <param name="Nodes">Nodes.</param>
/// <param name="Edges">Edges.</param>
public sealed record SizeEstimate(long Nodes, long Edges)
{
    /// <summary>Columns and rows of a node: facts, scope and GPUs, and its place in the rows of both directions.</summary>
    private const int BytesPerNode = 20;

    /// <summary>A link in each direction.</summary>
    private const int BytesPerEdge = 8;

    // Measured on the JSON of the example plans at Device level.
    private const int JsonBytesPerNode = 640;
    private const int JsonBytesPerEdge = 130;

    /// <summary>Bytes of the graph in memory.</summary>
    public long MemoryBytes => (Nodes * BytesPerNode) + (Edges * BytesPerEdge);

    /// <summary>Bytes of the graph as JSON, roughly; DOT is of the same size.</summary>
    public long FileBytes => (Nodes * JsonBytesPerNode) + (Edges * JsonBytesPerEdge);

    /// <summary>Estimates the Device graph of the given phases.</summary>
    public static SizeEstimate OfDeviceGraph(DeploymentPlan plan, IReadOnlyList<PhaseLayout> phases)
    {
        Int128 nodes = 0, edges = 0;
        foreach (PhaseLayout layout in phases)
        {
            foreach (var batches in layout.Passes.GroupBy(pass => (pass.Sequences, pass.Ends)))
            {
                PhaseSections sections = plan.Sections(layout, batches.First());
                Count(sections.Entry, batches.Count());
                if (batches.Key.Ends)
                    Count(sections.Exit, batches.Count());
                for (int kind = 0; kind < sections.Kinds.Count; kind++)
                    Count(sections.Kinds[kind], (long)batches.Count() * plan.Model.KindOfLayer.Count(other => other == kind));
                Int128 sends = (Int128)(layout.Stages.Count - 1) * layout.StageMesh.Size * batches.Count();
                if (sections.Receive is OperatorProgram receive)
                    Count(receive, (long)batches.Count() * (layout.Stages.Count - 1));
                nodes += sends;
                edges += sends;
            }

            nodes += 2;
            if (layout.Strategy.Schedule == PhaseSchedule.Gpipe)
                edges += (Int128)(layout.Passes.Count - 1) * layout.Mesh.Size;
        }

        foreach (HandedSets sets in phases.Select(layout => layout.Phase).Distinct().Count() > 1 ? HandedSets.Of(plan) : [])
        {
            Int128 receivers = (Int128)plan.Model.Layers.Count * sets.Decode.StageMesh.Size;
            nodes += receivers;
            edges += receivers * (1 + sets.Prefill.Strategy.Sp) * sets.Decode.Workload.MicroBatches;
            edges += (Int128)sets.Prefill.Workload.MicroBatches * sets.Prefill.StageMesh.Size;
        }

        return new SizeEstimate((long)Int128.Min(nodes, long.MaxValue / 1000), (long)Int128.Min(edges, long.MaxValue / 1000));

        void Count(OperatorProgram program, long times)
        {
            foreach (OperatorStep step in program.Steps)
            {
                nodes += (Int128)times * step.Mesh.Size / step.Mesh.Degree(step.GroupAxes);
                foreach (var source in step.Sources.GroupBy(source => (source.Producer, source.Kind)))
                    edges += (Int128)times * EdgesBetween(source.Key.Producer, step, source.Key.Kind);
            }
        }
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

    private static long EdgesBetween(OperatorStep? producer, OperatorStep consumer, EdgeKind kind)
    {
        long ranks = consumer.Mesh.Size;
        if (kind == EdgeKind.Gate)
            return ranks * consumer.Mesh.Degree(Axis.Ep);

        // Groups that both sides share meet as a whole: one edge for their ranks.
        if (producer is null || !producer.Mesh.Axes.SequenceEqual(consumer.Mesh.Axes))
            return ranks;
        return ranks / consumer.Mesh.Degree(consumer.GroupAxes.Intersect(producer.GroupAxes));
    }
}
