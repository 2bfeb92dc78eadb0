using System.Globalization;
using System.Text;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>One named dimension of a tensor. <see cref="Size"/> is null where a drawing leaves it open (<c>seq_len=?</c>).</summary>
/// <param name="Name">The dimension's name, such as <c>seq_len</c>.</param>
/// <param name="Size">Elements along the dimension.</param>
public readonly record struct Dimension(string Name, long? Size)
{
    /// <summary><c>seq_len=5120</c>.</summary>
    public override string ToString() =>
        Words.Invariant($"{Name}={(Size is long size ? size.ToString(CultureInfo.InvariantCulture) : "?")}");
}

/// <summary>An ordered list of named dimensions, printed as <c>[batch_size=1, seq_len=5120, heads=4, d_k=64]</c>.</summary>
public sealed class TensorShape : IEquatable<TensorShape>
{
    private readonly Dimension[] _dimensions;

    /// <summary>A shape of the given dimensions, outermost first.</summary>
    public TensorShape(params Dimension[] dimensions) => _dimensions = dimensions;

    /// <summary>The dimensions, outermost first.</summary>
    public IReadOnlyList<Dimension> Dimensions => _dimensions;

    /// <summary>The number of elements, or null when a dimension is open.</summary>
    /// <exception cref="OverflowException">More than 2^63-1 elements.</exception>
    public long? Elements
    {
        get
        {
            long product = 1;
            foreach (Dimension dimension in _dimensions)
            {
                if (dimension.Size is not long size)
                    return null;
                product = checked(product * size);
            }

            return product;
        }
    }

    /// <summary>The size of the dimension called <paramref name="name"/>, or null when there is none or it is open.</summary>
    public long? this[string name]
    {
        get
        {
            foreach (Dimension dimension in _dimensions)
            {
                if (dimension.Name == name)
                    return dimension.Size;
            }

            return null;
        }
    }

    /// <inheritdoc/>
    public bool Equals(TensorShape? other) => other is not null && _dimensions.AsSpan().SequenceEqual(other._dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorShape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (Dimension dimension in _dimensions)
            hash.Add(dimension);
        return hash.ToHashCode();
    }

    /// <summary><c>[batch_size=1, seq_len=5120]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", _dimensions)}]";
}

/// <summary>A shape with the tensor's name where a node has several: <c>Q [batch_size=1, ...]</c>.</summary>
/// <param name="Name">The tensor's name, or null where the node has only one.</param>
/// <param name="Shape">Its local shape: what one GPU holds.</param>
public sealed record NamedTensor(string? Name, TensorShape Shape)
{
    /// <summary><c>Q [batch_size=1, seq_len=5120, heads=4, d_k=64]</c>, without the name where there is none.</summary>
    public override string ToString() => Name is null ? Shape.ToString() : $"{Name} {Shape}";
}

/// <summary>
/// The tensors that a node takes or yields, as a person reads them: one unnamed shape, or <c>Q [..]; K [..]; V [..]</c>.
/// Text that does not follow this grammar (in a DOT file of somebody else's) is kept as it stands, with no tensors.
/// </summary>
public sealed class TensorList : IEquatable<TensorList>
{
    private readonly string? _text;

    /// <summary>A list of tensors.</summary>
    public TensorList(params NamedTensor[] tensors) => Tensors = tensors;

    private TensorList(string text)
    {
        Tensors = [];
        _text = text;
    }

    /// <summary>No tensors; prints as the empty string.</summary>
    public static TensorList None { get; } = new();

    /// <summary>The tensors in the order in which they are printed.</summary>
    public IReadOnlyList<NamedTensor> Tensors { get; }

    /// <summary>True when there is neither a tensor nor a text.</summary>
    public bool IsEmpty => Tensors.Count == 0 && string.IsNullOrEmpty(_text);

    /// <summary>True when the text was understood as tensors.</summary>
    public bool IsParsed => Tensors.Count > 0;

    /// <summary>The tensor called <paramref name="name"/>, or the only one when names are absent; null when there is none.</summary>
    public TensorShape? Find(string name)
    {
        foreach (NamedTensor tensor in Tensors)
        {
            if (tensor.Name == name || (tensor.Name is null && Tensors.Count == 1))
                return tensor.Shape;
        }

        return null;
    }

    /// <summary>A list with one unnamed tensor.</summary>
    public static TensorList Single(params Dimension[] dimensions) => new(new NamedTensor(null, new TensorShape(dimensions)));

    /// <summary>
    /// Reads <c>[a=1, b=2]</c> or <c>Q [a=1]; K [b=2]</c>; sizes may be <c>?</c>. What does not parse is kept as plain text.
    /// </summary>
    public static TensorList Parse(string text)
    {
        var tensors = new List<NamedTensor>();
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int open = part.IndexOf('[', StringComparison.Ordinal);
            if (open < 0 || part[^1] != ']')
                return new TensorList(text);
            string name = part[..open].Trim();
            var dimensions = new List<Dimension>();
            foreach (string item in part[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                int equals = item.IndexOf('=', StringComparison.Ordinal);
                if (equals <= 0)
                    return new TensorList(text);
                string size = item[(equals + 1)..].Trim();
                if (size == "?")
                    dimensions.Add(new Dimension(item[..equals].Trim(), null));
                else if (long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
                    dimensions.Add(new Dimension(item[..equals].Trim(), value));
                else
                    return new TensorList(text);
            }

            if (dimensions.Count == 0)
                return new TensorList(text);
            tensors.Add(new NamedTensor(name.Length == 0 ? null : name, new TensorShape([.. dimensions])));
        }

        return tensors.Count == 0 && text.Length > 0 ? new TensorList(text) : new TensorList([.. tensors]);
    }

    /// <inheritdoc/>
    public bool Equals(TensorList? other) =>
        other is not null && _text == other._text && Tensors.SequenceEqual(other.Tensors);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorList);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The text of the list, tensors joined by <c>; </c>.</summary>
    public override string ToString()
    {
        if (_text is not null)
            return _text;
        var text = new StringBuilder();
        foreach (NamedTensor tensor in Tensors)
            text.Append(text.Length == 0 ? "" : "; ").Append(tensor);
        return text.ToString();
    }
}
