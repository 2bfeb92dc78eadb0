using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Precisions;

namespace ParallelDag.Accounting;

/// <summary>
/// Parameters, bytes and cache of a model, exactly: sums over the weights and cached tensors that its layers declare.
/// Worked example: Llama-3.1-8B (h4096 L32 a32 kv8 ff14336 V128256, untied) has 8,030,261,248 parameters.
/// </summary>
public static class ModelSize
{
    /// <summary>All parameters, without multi-token layers.</summary>
    /// <exception cref="OverflowException">More than 2^63-1, as with every sum here.</exception>
    public static long Parameters(ModelSpec model) =>
        checked(Ends(model) + SumOfLayers(model, layer => Elements(layer.Weights(model.Hidden))));

    /// <summary>
    /// The parameters that one token uses: top-k experts in place of all of them, the router and the input embedding in full.
    /// </summary>
    public static long ActiveParameters(ModelSpec model) =>
        checked(Ends(model) + SumOfLayers(model, layer => ActiveElements(layer, model.Hidden)));

    /// <summary>
    /// The same without the input embedding, which is looked up and not multiplied with; a tied one stays, as it is the LM head.
    /// </summary>
    public static long ActiveParametersWithoutEmbedding(ModelSpec model) =>
        ActiveParameters(model) - (model.Vocabulary.Tied ? 0 : Elements(model.Vocabulary.EmbeddingWeights(model.Hidden)));

    /// <summary>
    /// Parameters of the multi-token layers as a checkpoint stores them: each is a layer with a projection of 2h to h and three norms
    /// (<c>2hh + 3h</c>), and where <see cref="ModelSpec.MultiTokenLayersStoreEnds"/> copies of embedding and head (<c>2Vh</c>).
    /// </summary>
    public static long MultiTokenParameters(ModelSpec model)
    {
        long sum = 0;
        foreach (LayerSpec layer in model.MultiTokenLayers)
        {
            sum = checked(sum + Elements(layer.Weights(model.Hidden)) + Elements(MultiTokenEnds(model)));
            if (model.MultiTokenLayersStoreEnds)
                sum = checked(sum + (2 * model.Vocabulary.Table(model.Hidden).Elements));
        }

        return sum;
    }

    /// <summary>Bytes of all weights in their formats, scales included, without multi-token layers.</summary>
    public static long WeightBytes(ModelSpec model) => WeightTable.Bytes(WeightTable.Of(model));

    /// <summary>Bytes of all weights by class.</summary>
    public static IReadOnlyDictionary<WeightClass, long> WeightBytesByClass(ModelSpec model)
    {
        var sums = new SortedDictionary<WeightClass, long>();
        foreach (WeightRow row in WeightTable.Of(model))
            sums[row.Class] = checked(sums.GetValueOrDefault(row.Class) + row.Bytes);
        return sums;
    }

    /// <summary>
    /// Bytes of the multi-token layers as a checkpoint stores them, with their copies of embedding and head where it has any.
    /// </summary>
    public static long MultiTokenWeightBytes(ModelSpec model)
    {
        long sum = 0;
        foreach (LayerSpec layer in model.MultiTokenLayers)
        {
            foreach (WeightSpec weight in layer.Weights(model.Hidden))
                sum = checked(sum + weight.Bytes(layer.FormatOf(weight, model.Precision)));
            foreach (WeightSpec weight in MultiTokenEnds(model))
                sum = checked(sum + weight.Bytes(model.Precision.Base));
            if (model.MultiTokenLayersStoreEnds)
                sum = checked(sum + (2 * model.Vocabulary.Table(model.Hidden).Bytes(model.Precision.Base)));
        }

        return sum;
    }

    /// <summary>
    /// Bytes of cache for one token over all layers, windows aside: GQA <c>2*k*d</c> elements a layer, MLA <c>kv_lora_rank +
    /// qk_rope_head_dim</c>.
    /// </summary>
    public static long KvCacheBytesPerToken(ModelSpec model) =>
        SumOfLayers(model, layer => CacheBytes(layer, model.Precision, perSequence: false));

    /// <summary>Bytes of state for one sequence over all layers, whatever its length.</summary>
    public static long StateBytesPerSequence(ModelSpec model) =>
        SumOfLayers(model, layer => CacheBytes(layer, model.Precision, perSequence: true));

    /// <summary>
    /// Bytes of cache and state of one sequence of <paramref name="length"/> tokens: under a window its last positions only.
    /// </summary>
    public static long CacheBytesOfSequence(ModelSpec model, long length) => SumOfLayers(model, layer => checked(
        CacheBytes(layer, model.Precision, perSequence: true)
        + (CacheBytes(layer, model.Precision, perSequence: false) * (layer.Mixer?.CachedPositions(length) ?? 0))));

    /// <summary>Bytes of cache of one token, or of state of one sequence, in a layer.</summary>
    public static long CacheBytes(LayerSpec layer, Precision precision, bool perSequence)
    {
        long sum = 0;
        foreach (CachedTensor tensor in layer.Mixer?.Cache ?? [])
            sum = checked(sum + (tensor.PerSequence == perSequence ? tensor.Bytes(precision) : 0));
        return sum;
    }

    private static long ActiveElements(LayerSpec layer, int hidden)
    {
        long all = Elements(layer.Weights(hidden));
        return layer.FeedForward?.Experts is MoeFeedForward moe
            ? checked(all - Elements(moe.Weights(hidden)) + moe.ActiveElements(hidden)) : all;
    }

    private static IEnumerable<WeightSpec> EndWeights(ModelSpec model) =>
        [.. model.Vocabulary.EmbeddingWeights(model.Hidden), .. model.Vocabulary.HeadWeights(model.Hidden)];

    private static IEnumerable<WeightSpec> MultiTokenEnds(ModelSpec model) =>
    [
        new WeightSpec("eh_proj", WeightClass.Dense, model.Hidden, 2L * model.Hidden),
        WeightSpec.Vector("enorm", WeightClass.Norm, model.Hidden),
        WeightSpec.Vector("hnorm", WeightClass.Norm, model.Hidden),
        WeightSpec.Vector("shared_head.norm", WeightClass.Norm, model.Hidden),
    ];

    private static long Ends(ModelSpec model) => Elements(EndWeights(model));

    private static long Elements(IEnumerable<WeightSpec> weights)
    {
        long sum = 0;
        foreach (WeightSpec weight in weights)
            sum = checked(sum + weight.Elements);
        return sum;
    }

    private static long SumOfLayers(ModelSpec model, Func<LayerSpec, long> ofLayer)
    {
        long[] ofKind = [.. model.LayerKinds.Select(ofLayer)];
        long sum = 0;
        foreach (int kind in model.KindOfLayer)
            sum = checked(sum + ofKind[kind]);
        return sum;
    }
}
