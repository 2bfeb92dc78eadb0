namespace ParallelDag.Graphs;

/// <summary>What an edge carries beside its ends and its kind.</summary>
/// <param name="Label">The text on the edge, or null.</param>
/// <param name="Bytes">The tensor that one GPU of the target reads along the edge; 0 for gate edges and where unknown.</param>
public readonly record struct EdgeFacts(string? Label, long Bytes)
{
    /// <summary>
    /// The style as the DOT file that the edge was read from spells it (<c>dashed</c>), empty when that file gives none;
    /// null when the DAG was not read from a drawing: then the kind decides.
    /// </summary>
    public string? Style { get; init; }
}

/// <summary>Answers for the facts of each edge without an object per edge.</summary>
public interface IEdgeFactsSource
{
    /// <summary>The facts of one edge of <paramref name="dag"/>.</summary>
    EdgeFacts this[Dag dag, int source, int edge] { get; }
}

/// <summary>Facts listed edge by edge, for DAGs that were read from files. A null list says that nothing is known.</summary>
public sealed class ListedEdgeFacts(EdgeFacts[]? facts) : IEdgeFactsSource
{
    /// <inheritdoc/>
    public EdgeFacts this[Dag dag, int source, int edge] => facts is null ? default : facts[edge];
}
