namespace ParallelDag;

/// <summary>How the kind of a node that was read from a drawing is known.</summary>
public enum KindSource
{
    /// <summary>The file states it: by <c>kind</c> or by <c>op</c>.</summary>
    Stated,

    /// <summary>The label's words say it (<c>All-Gather</c>, <c>Expert Aggregation</c>).</summary>
    Label,

    /// <summary>Only the shape says it.</summary>
    Shape,

    /// <summary>Nothing says it; the node is taken for a computation.</summary>
    Unknown,
}

/// <summary>
/// How the DOT file that a node was read from draws it. Generated DAGs and JSON files have none: there the kind decides shape and label.
/// </summary>
public sealed record NodeDrawing
{
    /// <summary>
    /// The label as people see it, lines parted by <c>\n</c>: escapes resolved, the tags of an HTML label taken away; null when the file
    /// gives none
    /// (Graphviz then shows the node's id).
    /// </summary>
    public string? Label { get; init; }

    /// <summary>The label as the file spells it, escapes or HTML tags included, without the enclosing quotes or angle brackets.</summary>
    public string? RawLabel { get; init; }

    /// <summary>True when <see cref="RawLabel"/> is an HTML-like label.</summary>
    public bool IsHtml { get; init; }

    /// <summary>
    /// The shape as the file spells it (<c>ellipse</c>, <c>box</c>, <c>rect</c>, <c>parallelogram</c>); null when it gives none (Graphviz
    /// then draws an ellipse).
    /// </summary>
    public string? Shape { get; init; }

    /// <summary>The style as the file spells it (<c>filled,dashed</c>); null when it gives none.</summary>
    public string? Style { get; init; }

    /// <summary>True for what explains the drawing and runs nowhere: a legend, a title, a note. Rules pass over it.</summary>
    public bool IsRemark { get; init; }

    /// <summary>True where the label, or that of a cluster around it, says that the node is split by tensor parallelism.</summary>
    public bool IsTensorParallel { get; init; }

    /// <summary>How the node's kind is known.</summary>
    public KindSource KindSource { get; init; } = KindSource.Unknown;
}
