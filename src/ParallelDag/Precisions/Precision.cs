namespace ParallelDag.Precisions;

/// <summary>
/// The formats of a deployment, per class of tensors. Embedding, LM head, norms, router, biases and other small parameters always keep the
/// 16-bit (or 32-bit)
/// base format, as quantised checkpoints do.
/// </summary>
public sealed record Precision
{
    private readonly NumberFormat? _experts;
    private readonly NumberFormat? _kvCache;
    private readonly NumberFormat? _dispatch;
    private readonly NumberFormat? _combine;

    /// <summary>Everything in bfloat16.</summary>
    public static Precision Bf16 { get; } = new();

    /// <summary>What is not quantised: embedding, head, norms, router, biases. bf16, fp16 or fp32.</summary>
    public NumberFormat Base { get; init; } = NumberFormat.Bf16;

    /// <summary>Linear layers.</summary>
    public NumberFormat Weights { get; init; } = NumberFormat.Bf16;

    /// <summary>Routed experts; <see cref="Weights"/> unless given.</summary>
    public NumberFormat Experts { get => _experts ?? Weights; init => _experts = value; }

    /// <summary>Activations between operators.</summary>
    public NumberFormat Activations { get; init; } = NumberFormat.Bf16;

    /// <summary>The KV cache; <see cref="Activations"/> unless given.</summary>
    public NumberFormat KvCache { get => _kvCache ?? Activations; init => _kvCache = value; }

    /// <summary>Tokens on their way to experts; <see cref="Activations"/> unless given.</summary>
    public NumberFormat Dispatch { get => _dispatch ?? Activations; init => _dispatch = value; }

    /// <summary>Tokens on their way back from experts; <see cref="Activations"/> unless given.</summary>
    public NumberFormat Combine { get => _combine ?? Activations; init => _combine = value; }

    /// <summary>
    /// The short form <c>dtype</c>: one format for weights and activations; an 8-bit or smaller one is that of the weights alone, with bf16
    /// activations, cache
    /// and base.
    /// </summary>
    public static Precision Of(NumberFormat dtype) =>
        dtype.IsQuantized ? new() { Weights = dtype } : new() { Base = dtype, Weights = dtype, Activations = dtype };

    /// <summary>The format of a class of weights.</summary>
    public NumberFormat FormatOf(WeightClass weightClass) => weightClass switch
    {
        WeightClass.Attention or WeightClass.Dense or WeightClass.Shared => Weights,
        WeightClass.Expert => Experts,
        _ => Base,
    };

    /// <summary><c>bf16</c>, or <c>fp8/128x128 weights, bf16 activations, fp8 cache</c>.</summary>
    public override string ToString()
    {
        if (Equals(Of(Weights)) && !Weights.IsQuantized)
            return Weights.Name;
        string text = $"{Weights} weights";
        if (Experts != Weights)
            text += $", {Experts} experts";
        return $"{text}, {Activations} activations, {KvCache} cache";
    }

    /// <summary>Equal when every class has the same format, however it was given.</summary>
    public bool Equals(Precision? other) => other is not null
        && (Base, Weights, Experts, Activations, KvCache, Dispatch, Combine)
            == (other.Base, other.Weights, other.Experts, other.Activations, other.KvCache, other.Dispatch, other.Combine);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Base, Weights, Experts, Activations, KvCache, Dispatch, Combine);
}
