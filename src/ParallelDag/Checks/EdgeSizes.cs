using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>
/// How many elements an edge carries: the tensor that one GPU of the target reads along it. Of a producer that computes, what it yields, as
/// its node prints the shape of each of its GPUs;
/// where it is a collective, what its consumer takes; between two collectives, which print their largest member, at most that. Of several
/// tensors those that both ends name.
/// </summary>
internal static class EdgeSizes
{
    /// <summary>The sizes that a data or pipeline edge may have, in elements; empty where a size is left open.</summary>
    public static IEnumerable<SizeRange> Of(NodeFacts producer, NodeFacts consumer)
    {
        if (producer.Output.Tensors.Count == 0 || consumer.Input.Tensors.Count == 0)
            yield break;
        if (CollectiveSizes.Elements(producer.Output) is not Int128 yielded || CollectiveSizes.Elements(consumer.Input) is not Int128 taken)
            yield break;
        if (producer.Op == Ops.RingKv)
        {
            // Its reader takes the pieces of all steps; an indexer those of one of the caches that pass.
            yield return new SizeRange(
                consumer.Op == Ops.Indexer ? 1 : CollectiveSizes.AtLeast(producer.Output, yielded), yielded);
            yield break;
        }

        bool largest = TensorMatch.PrintsLargest(producer);
        if (producer.Output.Tensors.Count > 1)
        {
            (Int128 common, Int128 read) = Common(producer.Output, consumer.Input);
            yield return new SizeRange(1, Int128.Max(common, read));
            yield break;
        }

        // A rank may send its part of what all tp ranks hold.
        if (consumer.Role == OperatorRole.Send)
        {
            yield return SizeRange.Of(taken);
            yield break;
        }

        // Token ids and the last position: a part of what is yielded.
        if (consumer.Operator?.Reads is not null || consumer.Role == OperatorRole.Output)
            yield return TensorMatch.PrintsLargest(consumer) ? new SizeRange(CollectiveSizes.AtLeast(consumer.Input, taken), taken)
                : SizeRange.Of(taken);
        if (ByExpert(producer.Output))
            yield return Routed(producer, yielded, largest, consumer, taken);
        else if (!largest)
            yield return SizeRange.Of(yielded);
        else if (!TensorMatch.PrintsLargest(consumer) && consumer.Input.Tensors.Count == 1 && SameNames(producer.Output, consumer.Input))
            yield return SizeRange.Of(taken);
        else
            yield return new SizeRange(CollectiveSizes.AtLeast(producer.Output, yielded), yielded);
    }

    /// <summary>What is wrong with the bytes of an edge of kind token: one 32-bit id for each sequence that the producer samples
    /// for.</summary>
    public static string? TokenFault(NodeFacts producer, long bytes) =>
        IsIndices(producer.Output) && CollectiveSizes.Elements(producer.Output) is Int128 ids && ids * 4 != bytes
            ? $"{LayerBlocks.Number(bytes)}, due {LayerBlocks.Number((long)(ids * 4))}" : null;

    /// <summary>The cached elements of a list, of so many positions (null: as it says).</summary>
    public static Int128? Cached(TensorList list, long? positions)
    {
        Int128 sum = 0;
        foreach (NamedTensor tensor in list.Tensors)
        {
            if (!ResidualsAndCaches.IsCached(tensor.Name))
                continue;
            if (CollectiveSizes.Elements(tensor.Shape) is not Int128 elements)
                return null;
            sum += positions is long handed && tensor.Shape["seq_len"] is long own and > 0 ? elements / own * handed : elements;
        }

        return sum;
    }

    /// <summary>
    /// How the elements of what a node yields are stored: tokens on their way to experts and back may be narrower, and K and V that were
    /// made of a cached latent are activations.
    /// </summary>
    public static TensorFormat FormatOfOutput(NodeFacts producer) => producer.Role == OperatorRole.RoutedCollective ? TensorFormat.Routed
        : producer.Op == Ops.KvUpProjection ? TensorFormat.Activations : FormatOf(producer.Output);

    /// <summary>How what passes along an edge is stored: as its producer yields it, or as it goes on its way to experts and back.</summary>
    public static TensorFormat FormatBetween(NodeFacts producer, NodeFacts consumer)
    {
        TensorFormat own = FormatOfOutput(producer);
        bool back = consumer is { Role: OperatorRole.RoutedCollective, Collective: CollectiveKind.ReduceScatter };
        return back && own == TensorFormat.Activations ? TensorFormat.Routed : own;
    }

    /// <summary>How the elements of a list's tensors are stored, as far as their names tell.</summary>
    public static TensorFormat FormatOf(TensorList list)
    {
        if (IsIndices(list))
            return TensorFormat.Indices;
        if (ByExpert(list))
            return TensorFormat.Routed;
        bool cached = false, plain = false;
        foreach (NamedTensor tensor in list.Tensors)
        {
            if (tensor.Name is not (null or "Q" or "K" or "V" or "KV" or "gate" or "routed" or "shared"))
                return TensorFormat.Several;
            cached |= ResidualsAndCaches.IsCached(tensor.Name);
            plain |= !ResidualsAndCaches.IsCached(tensor.Name);
        }

        return cached && plain ? TensorFormat.ActivationsAndCache : cached ? TensorFormat.Cache : TensorFormat.Activations;
    }

    /// <summary>True when both ends of a kv edge name the same tensors of positions, and no state or other cache beside them.</summary>
    public static bool SameCache(TensorList left, TensorList right) =>
        Cache(left).Count > 0
            && Cache(left).SequenceEqual(Cache(right)) && FormatOf(left) != TensorFormat.Several && FormatOf(right) != TensorFormat.Several;

    private static List<string> Cache(TensorList list) =>
        [.. list.Tensors.Where(tensor => ResidualsAndCaches.IsCached(tensor.Name)).Select(tensor => tensor.Name!)
            .Order(StringComparer.Ordinal)];

    /// <summary>True for a tensor of token ids or of choices, which are 32-bit integers: sequences, positions and choices are all its
    /// dimensions.</summary>
    public static bool IsIndices(TensorList list)
    {
        foreach (NamedTensor tensor in list.Tensors)
        {
            foreach (Dimension dimension in tensor.Shape.Dimensions)
            {
                if (dimension.Name is not ("batch_size" or "seq_len" or "top_k" or "positions"))
                    return false;
            }
        }

        return list.Tensors.Count > 0;
    }

    /// <summary>Tokens sorted by expert: at most what the shapes have room for, at least the fullest expert of whichever end speaks of
    /// single GPUs.</summary>
    private static SizeRange Routed(NodeFacts producer, Int128 yielded, bool largest, NodeFacts consumer, Int128 taken)
    {
        if (!largest)
            return new SizeRange(yielded / Math.Max(1, producer.Output.Tensors[0].Shape["experts"] ?? 1), yielded);
        return TensorMatch.PrintsLargest(consumer) || !ByExpert(consumer.Input)
            ? new SizeRange(0, yielded)
            : new SizeRange(taken / Math.Max(1, consumer.Input.Tensors[0].Shape["experts"] ?? 1), taken);
    }

    private static bool ByExpert(TensorList list) => list.Tensors is [NamedTensor first, ..] && first.Shape["tokens"] is not null;

    private static bool SameNames(TensorList left, TensorList right) =>
        left.Tensors[0].Shape.Dimensions
            .Select(dimension => dimension.Name).SequenceEqual(right.Tensors[0].Shape.Dimensions.Select(dimension => dimension.Name));

    /// <summary>The elements of the tensors that both ends name, as they are yielded and as they are taken.</summary>
    private static (Int128 Common, Int128 Read) Common(TensorList yielded, TensorList taken)
    {
        Int128 common = 0, read = 0;
        foreach (NamedTensor tensor in yielded.Tensors)
        {
            foreach (NamedTensor other in taken.Tensors)
            {
                if (other.Name != tensor.Name)
                    continue;
                common += CollectiveSizes.Elements(tensor.Shape) ?? 0;
                read += CollectiveSizes.Elements(other.Shape) ?? 0;
            }
        }

        return (common, read);
    }
}

/// <summary>How the elements of tensors are stored.</summary>
internal enum TensorFormat
{
    /// <summary>Token ids and choices.</summary>
    Indices,

    /// <summary>As activations are.</summary>
    Activations,

    /// <summary>Tokens sorted by expert, as activations are or narrower for the way.</summary>
    Routed,

    /// <summary>As the cache is.</summary>
    Cache,

    /// <summary>Some as activations, some as the cache.</summary>
    ActivationsAndCache,

    /// <summary>States, keys of an indexer and others with formats of their own.</summary>
    Several,
}
