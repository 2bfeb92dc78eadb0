using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Layouts;
using ParallelDag.Pictures;

namespace ParallelDag.Commands.Exports;

/// <summary>Turns the parameters of the picture cmdlets into what the layout draws.</summary>
internal static class PictureSelection
{
    /// <summary>The options; stages and layers must each be one run, because a picture is one piece.</summary>
    /// <exception cref="ReportedException">More than one stage, or layers with gaps.</exception>
    public static DrawingOptions From(Dag dag, PhaseFilter phase, int[]? stages, int[]? layers, Folding folding, DagNode[]? highlight)
    {
        if (stages is { Length: > 1 })
            throw new ReportedException(
                ErrorRecords.ArgumentFault(
                "A picture shows one stage or all of them; give one number to -Stage.", string.Join(',', stages)));
        if (layers is { Length: > 0 } && layers.Distinct().Count() != layers.Max() - layers.Min() + 1)
            throw new ReportedException(
                ErrorRecords.ArgumentFault(
                "A picture shows layers without gaps; give -Layer a range such as (5..8).", string.Join(',', layers)));
        return new DrawingOptions
        {
            Phase = DagSource.ToPhase(phase),
            Stage = stages is { Length: 1 } ? stages[0] : null,
            Layers = layers is { Length: > 0 } ? (layers.Min(), layers.Max()) : null,
            Folding = folding,
            Marks = highlight is null ? null : [Highlight(dag, highlight)],
        };
    }

    /// <summary>The picture of a kind, and the plan that it is drawn of.</summary>
    /// <exception cref="ReportedException">There is a graph alone.</exception>
    public static PlanPicture OfPlan(PictureKind kind, DagSource source, out DeploymentPlan plan)
    {
        plan = source.Plan ?? throw new ReportedException(ErrorRecords.PictureNeedsPlan(source.Name));
        return PlanPictures.Of(kind);
    }

    /// <summary>The nodes by their ids, since a plan's DAG is generated anew, and the edges between them.</summary>
    private static DrawingMark Highlight(Dag dag, DagNode[] nodes)
    {
        HashSet<string> ids = [.. nodes.Select(node => node.Id)];
        HashSet<int> marked = [.. dag.Nodes.Where(node => ids.Contains(node.Id)).Select(node => node.Index)];
        if (marked.Count == 0)
            throw new ReportedException(ErrorRecords.NodeNotFound(nodes.Length == 0 ? "" : nodes[0].Id, dag));
        int[] edges =
            [.. dag.Edges.Where(edge => marked.Contains(edge.GetSource().Index) && marked.Contains(edge.GetTarget().Index))
            .Select(edge => edge.Index)];
        return new DrawingMark("", "highlighted", marked, edges);
    }
}
