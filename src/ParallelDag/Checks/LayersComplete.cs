using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD023: complete. In a graph that states its plan:
/// <list type="number">
/// <item>The nodes of a step (an operator of a layer for one micro-batch) cover the GPUs of their stage, each exactly once, and stand for
/// as many members as they have GPUs (a collective: as it has groups).</item>
/// <item>A layer has a token mixer or an FFN or both, each beginning with a norm and ending with a residual, with whole experts: gate,
/// selection, experts, aggregation. Entry, exit and ends are there.</item>
/// <item>Layers of one kind (attention or another mixer, dense or MoE) have the same steps and the same edges between steps, in every
/// micro-batch.</item>
/// <item>No edge is there twice.</item>
/// </list>
/// </summary>
internal static class LayersComplete
{
    public static CheckRule Rule { get; } = new(
        "PD023",
        "Every layer is complete",
        "Looks at the operators of every layer, entry and exit: each covers the GPUs of its stage once, none is missing or doubled, "
            + "and layers of one kind have the same operators and edges. Skipped for a graph that does not state operators and stages.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        GraphSurvey survey = inspection.Survey;
        if (!survey.IsStated)
            return inspection.Skip(
                inspection.Dag.Phases.Count == 0 ? "plan or stage list in the graph" : "operator of a layer on any node");
        var steps = new StepCover(inspection);
        var parts = new LayerParts(inspection);
        for (int section = 0; section < survey.Sections.Count; section++)
        {
            inspection.Cancellation.ThrowIfCancellationRequested();
            steps.Check(section);
            parts.Check(section);
        }

        parts.CheckPhases();
        EdgesOnce(inspection);
        return inspection.Conclude(
            $"{Words.Count(survey.Sections.Count, "layer, entry or exit", "layers, entries and exits")} with "
                + $"{Words.Count(steps.Count, "operator step")}, each on all GPUs of its stage; {parts.Summary()}");
    }

    /// <summary>Item 4. Edges are rows of targets; a target seen in the same row twice is told.</summary>
    private static void EdgesOnce(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        Topology graph = dag.Topology;
        const int ShortRow = 64;
        var seen = new HashSet<int>();
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            int first = graph.FirstEdge(node);
            ReadOnlySpan<int> links = graph.Out(node);
            seen.Clear();
            for (int i = 0; i < links.Length; i++)
            {
                if (links.Length <= ShortRow ? links[..i].Contains(links[i]) : !seen.Add(links[i]))
                    inspection.EdgeFault(node, first + i, "that [is|are] there twice: draw each once");
            }
        }
    }
}
