namespace ParallelDag.Tensors;

/// <summary>
/// The placements of the tensors that a node takes or yields, tensor by tensor as in its <see cref="TensorList"/>; the one place that
/// prints and parses them.
/// <code>
/// tp=R, sp=S(seq_len)                        all tensors alike
/// Q: tp=S(heads); K: tp=S(kv_heads)          one per tensor, named where the tensor has a name
/// </code>
/// Text of a file that does not follow this grammar is kept as it stands, with no placements. Immutable, equal by value.
/// </summary>
public sealed class PlacementList : IEquatable<PlacementList>
{
    private readonly TensorPlacement[] _placements;
    private readonly string _text;

    private PlacementList(TensorPlacement[] placements, string text)
    {
        _placements = placements;
        _text = text;
    }

    /// <summary>True when the text was understood.</summary>
    public bool IsParsed => _placements.Length > 0;

    /// <summary>
    /// The placements of tensors with the given names (null: a tensor without a name); once for all of them when they agree.
    /// </summary>
    public static PlacementList Of(params ReadOnlySpan<(string? Name, TensorPlacement Placement)> tensors)
    {
        bool alike = true;
        foreach ((_, TensorPlacement placement) in tensors)
            alike &= placement.Equals(tensors[0].Placement);
        if (alike)
            return tensors.IsEmpty ? Parse("") : new PlacementList([tensors[0].Placement], tensors[0].Placement.ToString());
        var placements = new TensorPlacement[tensors.Length];
        string[] parts = new string[tensors.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            (string? name, placements[i]) = tensors[i];
            parts[i] = name is null ? placements[i].ToString() : $"{name}: {placements[i]}";
        }

        return new PlacementList(placements, string.Join("; ", parts));
    }

    /// <summary>Reads a list as files carry it; what does not parse is kept as plain text. Prints again as it was written.</summary>
    public static PlacementList Parse(string text)
    {
        string[] parts = text.Split(';', StringSplitOptions.TrimEntries);
        var placements = new TensorPlacement[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            int colon = parts[i].IndexOf(':', StringComparison.Ordinal);
            if (!TensorPlacement.TryParse(parts[i][(colon + 1)..], out TensorPlacement? placement))
                return new PlacementList([], text);
            placements[i] = placement;
        }

        return new PlacementList(placements, text);
    }

    /// <summary>
    /// The placement of tensor <paramref name="index"/> of <paramref name="count"/>; null when the list does not tell it.
    /// </summary>
    public TensorPlacement? this[int index, int count] =>
        _placements.Length == 1 ? _placements[0] : _placements.Length == count ? _placements[index] : null;

    /// <inheritdoc/>
    public bool Equals(PlacementList? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PlacementList);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text of the list, as files carry it.</summary>
    public override string ToString() => _text;
}
