using ParallelDag.Accounting;
using ParallelDag.Layers;

namespace ParallelDag;

/// <summary>The size of a model.</summary>
/// <param name="Spec">Its layers and formats.</param>
/// <param name="TotalParameters">All parameters, without multi-token layers.</param>
/// <param name="ActiveParameters">Those that one token uses, the input embedding included.</param>
/// <param name="KvCacheBytesPerToken">Bytes of KV cache for one token over all layers.</param>
public sealed record ModelDescription(ModelSpec Spec, long TotalParameters, long ActiveParameters, long KvCacheBytesPerToken)
{
    /// <summary>The length at which a model alone tells its cache.</summary>
    public const long UsualLength = 131_072;

    /// <summary>Active parameters without the input embedding, which is looked up and not multiplied with.</summary>
    public required long ActiveParametersWithoutEmbedding { get; init; }

    /// <summary>Parameters of the layers that predict further tokens.</summary>
    public required long MultiTokenParameters { get; init; }

    /// <summary>Bytes of those layers in a checkpoint.</summary>
    public required long MultiTokenWeightBytes { get; init; }

    /// <summary>Bytes of all weights, without multi-token layers.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>The same by class and format.</summary>
    public required IReadOnlyList<WeightRow> Weights { get; init; }

    /// <summary>Bytes of state that a sequence keeps whatever its length.</summary>
    public required long StateBytesPerSequence { get; init; }

    /// <summary>Tokens of the sequence that the next two speak of.</summary>
    public required long CacheLength { get; init; }

    /// <summary>Bytes of cache and state of one sequence, under windows its last positions only.</summary>
    public required long CacheBytesPerSequence { get; init; }

    /// <summary>The same where an engine reserves the full length for windows too.</summary>
    public required long FullLengthCacheBytesPerSequence { get; init; }

    /// <summary>Bytes of cache of one token in each of <see cref="ModelSpec.LayerKinds"/>.</summary>
    public required IReadOnlyList<long> CacheBytesOfKind { get; init; }

    /// <summary>Bytes of state of one sequence in each of <see cref="ModelSpec.LayerKinds"/>.</summary>
    public required IReadOnlyList<long> StateBytesOfKind { get; init; }

    /// <summary>Fields of the config that are not counted, and why.</summary>
    public IReadOnlyList<UncountedField> NotCounted => Spec.NotCounted;

    internal static ModelDescription Of(ModelSpec model, long length = UsualLength)
    {
        IReadOnlyList<WeightRow> weights = WeightTable.Of(model);
        long perToken = ModelSize.KvCacheBytesPerToken(model), state = ModelSize.StateBytesPerSequence(model);
        return new(model, ModelSize.Parameters(model), ModelSize.ActiveParameters(model), perToken)
        {
            ActiveParametersWithoutEmbedding = ModelSize.ActiveParametersWithoutEmbedding(model),
            MultiTokenParameters = ModelSize.MultiTokenParameters(model),
            MultiTokenWeightBytes = ModelSize.MultiTokenWeightBytes(model),
            WeightBytes = WeightTable.Bytes(weights),
            Weights = weights,
            StateBytesPerSequence = state,
            CacheLength = length,
            CacheBytesPerSequence = ModelSize.CacheBytesOfSequence(model, length),
            FullLengthCacheBytesPerSequence = checked((perToken * length) + state),
            CacheBytesOfKind = [.. model.LayerKinds.Select(layer => ModelSize.CacheBytes(layer, model.Precision, perSequence: false))],
            StateBytesOfKind = [.. model.LayerKinds.Select(layer => ModelSize.CacheBytes(layer, model.Precision, perSequence: true))],
        };
    }
}
