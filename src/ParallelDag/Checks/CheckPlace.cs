using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>A witness of a result and where it stands.</summary>
/// <param name="Name">The node's id, or <c>source -> target</c>.</param>
/// <param name="IsEdge">True for an edge.</param>
/// <param name="File">The file, or null for a generated graph.</param>
/// <param name="Position">The place in the file; null for a generated graph.</param>
internal sealed record CheckPlace(string Name, bool IsEdge, string? File, TextPosition? Position)
{
    /// <summary>The witnesses of a result: edges first, as an edge says more than its ends do.</summary>
    public static IReadOnlyList<CheckPlace> Of(CheckResult result)
    {
        var places = new List<CheckPlace>(result.Nodes.Count + result.Edges.Count);
        for (int i = 0; i < result.Edges.Count; i++)
            places.Add(new CheckPlace(result.Edges[i], true, result.File, i < result.EdgePositions.Count ? result.EdgePositions[i] : null));
        for (int i = 0; i < result.Nodes.Count; i++)
            places.Add(
                new CheckPlace(result.Nodes[i], false, result.File, i < result.NodePositions.Count ? result.NodePositions[i] : null));
        return places;
    }
}
