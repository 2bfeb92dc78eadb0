using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>A tensor of a node with its placement per mesh axis, as rule PD005 compares it.</summary>
/// <param name="Name">The tensor's name where the node has several, else null.</param>
/// <param name="Shape">Its local shape.</param>
/// <param name="Placements">Per axis <c>R</c>, <c>P</c> or <c>S(dim)</c>; null where the graph does not tell.</param>
internal sealed record PlacedTensor(string? Name, TensorShape Shape, IReadOnlyDictionary<string, string>? Placements)
{
    /// <summary>The placement text of a replicated axis.</summary>
    public const string Replicate = "R";

    /// <summary>The placement text of an axis that a sum is owed over.</summary>
    public const string Partial = "P";

    /// <summary>The tensors that a node takes.</summary>
    public static PlacedTensor[] InputsOf(NodeFacts facts) => Place(facts.Input, facts.InputPlacement);

    /// <summary>The tensors that a node yields.</summary>
    public static PlacedTensor[] OutputsOf(NodeFacts facts) => Place(facts.Output, facts.OutputPlacement);

    /// <summary>True when some axis shards <paramref name="dimension"/>.</summary>
    public bool Shards(string dimension)
    {
        if (Placements is null)
            return false;
        foreach (string placement in Placements.Values)
        {
            if (placement.Length == dimension.Length + 3 && placement.StartsWith("S(", StringComparison.Ordinal) && placement.AsSpan(2, dimension.Length).SequenceEqual(dimension))
                return true;
        }

        return false;
    }

    /// <summary>The dimension that <c>S(dim)</c> names, or null.</summary>
    public static string? ShardedDimension(string placement) =>
        placement.StartsWith("S(", StringComparison.Ordinal) && placement.EndsWith(')') ? placement[2..^1] : null;

    /// <summary>
    /// Placements stand once for all tensors of a node (<c>tp=R, sp=S(seq_len)</c>) or, parted by semicolons, one per tensor (<c>Q: tp=S(heads); K: tp=S(kv_heads)</c>).
    /// </summary>
    private static PlacedTensor[] Place(TensorList list, string? text)
    {
        string[] parts = text?.Split(';', StringSplitOptions.TrimEntries) ?? [];
        var tensors = new PlacedTensor[list.Tensors.Count];
        for (int i = 0; i < tensors.Length; i++)
        {
            string? own = text is null ? null : parts.Length == 1 ? parts[0] : parts.Length == tensors.Length ? parts[i] : null;
            tensors[i] = new PlacedTensor(list.Tensors[i].Name, list.Tensors[i].Shape, own is null ? null : Parse(own));
        }

        return tensors;
    }

    private static Dictionary<string, string>? Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        var placements = new Dictionary<string, string>();
        foreach (string item in text[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                return null;
            placements[item[..equals]] = item[(equals + 1)..];
        }

        return placements;
    }

    /// <summary>The tensor as evidence shows it.</summary>
    public override string ToString() => Name is null ? Shape.ToString() : $"{Name} {Shape}";
}
