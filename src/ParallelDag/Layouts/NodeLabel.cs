namespace ParallelDag.Layouts;

/// <summary>How a line of a label is set.</summary>
public enum LineStyle
{
    /// <summary>The node's name: bold, <see cref="NodeLabel.NameSize"/>.</summary>
    Name,

    /// <summary>GPUs and dimensions: regular, <see cref="NodeLabel.DetailSize"/>.</summary>
    Detail,

    /// <summary>The rule that the node breaks: bold, <see cref="NodeLabel.DetailSize"/>.</summary>
    Mark,
}

/// <summary>One line of a label.</summary>
/// <param name="Text">The text.</param>
/// <param name="Style">How it is set.</param>
/// <param name="Width">Its width.</param>
public readonly record struct LabelLine(string Text, LineStyle Style, double Width)
{
    /// <summary>The height of the line.</summary>
    public double Height => Style == LineStyle.Name ? NodeLabel.NameLine : NodeLabel.DetailLine;
}

/// <summary>The text of a node, broken into lines that fit its shape. Shared by the nodes that show the same text.</summary>
public sealed class NodeLabel
{
    /// <summary>Font size of names.</summary>
    public const double NameSize = 11;

    /// <summary>Font size of everything else.</summary>
    public const double DetailSize = 11;

    /// <summary>Height of a line with a name.</summary>
    public const double NameLine = 14;

    /// <summary>Height of any other line.</summary>
    public const double DetailLine = 13.5;

    internal NodeLabel(LabelLine[] lines, bool shortened)
    {
        Lines = lines;
        Shortened = shortened;
        foreach (LabelLine line in lines)
            Height += line.Height;
    }

    /// <summary>The lines from top to bottom, each centred.</summary>
    public IReadOnlyList<LabelLine> Lines { get; }

    /// <summary>True when some text had to be cut; the tooltip holds all of it.</summary>
    public bool Shortened { get; }

    /// <summary>The height of all lines.</summary>
    public double Height { get; }
}
