namespace ParallelDag.Layouts;

/// <summary>When identical layers, stages and micro-batches are drawn once.</summary>
public enum Folding
{
    /// <summary>
    /// Where the picture would hold more than <see cref="DrawingOptions.FoldsAbove"/> nodes and layers are not asked for by number.
    /// </summary>
    Auto,

    /// <summary>Wherever there are any.</summary>
    Always,

    /// <summary>Never: everything is drawn.</summary>
    Never,
}

/// <summary>What is drawn of a DAG, and how.</summary>
public sealed record DrawingOptions
{
    /// <summary>The number of nodes beyond which a picture is folded by default: more than so many boxes nobody reads.</summary>
    public const int ReadableNodes = 150;

    /// <summary>The number of blocks beyond which an overview is folded by default.</summary>
    public const int ReadableBlocks = 40;

    /// <summary>
    /// The number of nodes beyond which a page is folded by default: it is searched and zoomed, so all is there as long as browsers are
    /// quick to load and to scroll it.
    /// </summary>
    public const int BrowsableNodes = 10_000;

    /// <summary>Draws this phase only; null draws all.</summary>
    public PhaseKind? Phase { get; init; }

    /// <summary>Draws this stage only; null draws all.</summary>
    public int? Stage { get; init; }

    /// <summary>Draws nothing outside these layers (both ends included); null draws all.</summary>
    public (int First, int Last)? Layers { get; init; }

    /// <summary>When identical layers, stages and micro-batches are drawn once.</summary>
    public Folding Folding { get; init; }

    /// <summary>The number of nodes beyond which <see cref="Folding.Auto"/> folds.</summary>
    public int FoldsAbove { get; init; } = ReadableNodes;

    /// <summary>What is marked as wrong; null marks the edges and nodes of a cycle, if there is one.</summary>
    public IReadOnlyList<DrawingMark>? Marks { get; init; }
}

/// <summary>Nodes and edges that break one rule, or that somebody chose; drawn in red, with the reason in the legend.</summary>
/// <param name="Rule">The rule: <c>PD001</c>; empty where no rule is broken.</param>
/// <param name="Title">What it asks: <c>no cycle</c>; or why they were chosen.</param>
/// <param name="Nodes">Indices of the nodes.</param>
/// <param name="Edges">Positions of the edges.</param>
public sealed record DrawingMark(string Rule, string Title, IReadOnlyCollection<int> Nodes, IReadOnlyCollection<int> Edges)
{
    /// <summary>The reason in two words: <c>breaks PD001</c>, or the title alone.</summary>
    public string Label => Rule.Length == 0 ? Title : $"breaks {Rule}";

    /// <summary>The whole reason: <c>breaks PD001: no cycle</c>, or the title alone.</summary>
    public string Reason => Rule.Length == 0 ? Title : $"breaks {Rule}: {Title}";
}
