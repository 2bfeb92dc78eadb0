namespace ParallelDag.Tensors;

/// <summary>How a tensor lies along one mesh axis, as in PyTorch DTensor.</summary>
public enum PlacementKind
{
    /// <summary>Every rank of the axis holds the same.</summary>
    Replicate,

    /// <summary>Each rank holds its part of one dimension.</summary>
    Shard,

    /// <summary>Each rank holds a summand: a sum is still owed.</summary>
    Partial,
}

/// <summary>A placement along one mesh axis: <c>Shard(dim)</c>, <c>Replicate</c> or <c>Partial</c>.</summary>
public readonly record struct Placement
{
    private Placement(PlacementKind kind, string? dimension)
    {
        Kind = kind;
        Dimension = dimension;
    }

    /// <summary>Every rank of the axis holds the same.</summary>
    public static Placement Replicate => default;

    /// <summary>Each rank of the axis holds a summand.</summary>
    public static Placement Partial => new(PlacementKind.Partial, null);

    /// <summary>Which of the three.</summary>
    public PlacementKind Kind { get; }

    /// <summary>The sharded dimension's name; null unless sharded.</summary>
    public string? Dimension { get; }

    /// <summary>Each rank of the axis holds its part of <paramref name="dimension"/>.</summary>
    public static Placement Shard(string dimension) => new(PlacementKind.Shard, dimension);

    /// <summary>Reads <c>S(heads)</c>, <c>R</c> or <c>P</c>.</summary>
    public static bool TryParse(string text, out Placement placement)
    {
        placement = text == "P" ? Partial : Replicate;
        if (text is not ['S', '(', _, .., ')'])
            return text is "P" or "R";
        placement = Shard(text[2..^1]);
        return true;
    }

    /// <summary><c>S(heads)</c>, <c>R</c> or <c>P</c>.</summary>
    public override string ToString() => Kind switch
    {
        PlacementKind.Shard => $"S({Dimension})",
        PlacementKind.Partial => "P",
        _ => "R",
    };
}
