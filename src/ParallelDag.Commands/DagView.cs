namespace ParallelDag;

/// <summary>How Show-ParallelDag shows a DAG.</summary>
public enum DagView
{
    /// <summary>A tree of phases and stages in the console.</summary>
    Tree,

    /// <summary>A picture, opened with the desktop's program for SVG.</summary>
    Svg,

    /// <summary>An interactive page, opened in the browser.</summary>
    Html,
}
