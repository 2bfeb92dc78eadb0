namespace ParallelDag.Layouts;

/// <summary>What a row holds.</summary>
internal enum RowKind
{
    /// <summary>Nodes side by side.</summary>
    Nodes,

    /// <summary>The heading of a stage.</summary>
    Heading,

    /// <summary>The note that layers are folded away.</summary>
    Fold,
}

/// <summary>
/// A row of a column: nodes that may run at the same time, side by side, or a heading. Between two rows of a column lies a channel
/// in which lines may run sideways; rows hold no lines but the gutters beside them do.
/// </summary>
internal sealed class Row
{
    public required RowKind Kind { get; init; }

    public required StageGroup Group { get; init; }

    /// <summary>The segment of the nodes or of the fold; null for a heading.</summary>
    public Segment? Segment { get; init; }

    /// <summary>The nodes from left to right.</summary>
    public int[] Nodes { get; set; } = [];

    public double Height { get; set; }

    /// <summary>For a heading: lines that are set at the left end of the lanes, relative to them and to the row.</summary>
    public List<DrawnText> Heading { get; set; } = [];

    public Column Column { get; set; } = null!;

    /// <summary>The place of the row in its column, from 0. The channel above it has the same number.</summary>
    public int Index { get; set; }

    /// <summary>The upper side.</summary>
    public double Y { get; set; }
}

/// <summary>
/// Rows below each other. From left to right: a strip for the headings of layers, a gutter, the lanes in which the nodes stand, a gutter.
/// Lines run up and down in the gutters.
/// </summary>
internal sealed class Column
{
    public required PhaseId? Phase { get; init; }

    public required int Index { get; init; }

    /// <summary>The shelf that the column stands on; shelves stand below each other, with a highway above each.</summary>
    public required int Shelf { get; init; }

    /// <summary>The place of the column on its shelf.</summary>
    public required int Place { get; init; }

    public List<Row> Rows { get; } = [];

    /// <summary>The number of the column's first channel among all channels.</summary>
    public int FirstChannel { get; set; }

    /// <summary>The width of the lanes.</summary>
    public required double LanesWidth { get; init; }

    /// <summary>The width of the strip with layer headings; 0 where no layer has one.</summary>
    public double StripWidth { get; set; }

    public double X { get; set; }

    public double LeftGutter { get; set; }

    public double RightGutter { get; set; }

    public double LanesX => X + StripWidth + LeftGutter;

    public double Width => StripWidth + LeftGutter + LanesWidth + RightGutter;

    public double Bottom { get; set; }
}
