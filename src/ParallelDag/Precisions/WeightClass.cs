namespace ParallelDag.Precisions;

/// <summary>
/// What a weight is for, which decides the format that a precision gives it and the row of a weight table that it counts in.
/// </summary>
public enum WeightClass
{
    /// <summary>Projections of attention and other mixers.</summary>
    Attention,

    /// <summary>Matrices of a dense feed-forward part.</summary>
    Dense,

    /// <summary>Matrices of shared experts.</summary>
    Shared,

    /// <summary>Matrices of routed experts.</summary>
    Expert,

    /// <summary>The router's matrix and what belongs to it.</summary>
    Router,

    /// <summary>Norms.</summary>
    Norm,

    /// <summary>Biases, sinks, convolutions and other small parameters.</summary>
    Small,

    /// <summary>The token embedding and learned positions.</summary>
    Embedding,

    /// <summary>The LM head.</summary>
    Head,
}

/// <summary>Names of classes.</summary>
public static class WeightClasses
{
    /// <summary>The name that files use: <c>attention</c>.</summary>
    public static string ToName(this WeightClass weightClass) => weightClass.ToString().ToLowerInvariant();
}
