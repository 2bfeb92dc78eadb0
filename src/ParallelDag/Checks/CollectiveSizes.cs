using ParallelDag.Collectives;
using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>
/// How many elements S of a collective is, and how many bytes it puts on the wire, from the shapes on its node (the largest where members
/// differ) and from S:
/// <code>
/// All-Gather (also of the last position)  S = the output                    wire (n-1)*S per group
/// Reduce-Scatter                          S = the input                     (n-1)*S
/// All-Reduce                              S = the input                     2(n-1)*S
/// All-to-All                              S = the input                     (n-1)*S; less or more where heads or positions do not divide
/// pipeline Send/Recv                      S = the message                   S per pair
/// round of a ring                         S = n pieces                      S
/// dispatch                                S = the slots of one member       (n-1)*S where tokens spread evenly
///                                         of tokens without slots: at least once each, at most once to each rank
/// combine, gathers of tokens by expert    S = rows that arrive, at most what the shapes have room for
/// KV transfer                             S = wire, at most what all receivers read
/// </code>
/// </summary>
internal static class CollectiveSizes
{
    /// <summary>S in elements; null where a size is left open.</summary>
    public static SizeRange? ElementsOf(NodeFacts facts, long microBatches)
    {
        if (Elements(facts.Input) is not Int128 input || Elements(facts.Output) is not Int128 output)
            return null;
        int n = Math.Max(1, facts.GroupSize);
        return (facts.Role, facts.Collective) switch
        {
            (OperatorRole.CacheTransfer, _) => new SizeRange(1, output * facts.Members * microBatches),
            (OperatorRole.RoutedCollective, CollectiveKind.AllGather) when ByExpert(facts.Output) =>
                new SizeRange(Row(facts.Output), output),
            (OperatorRole.RoutedCollective, CollectiveKind.ReduceScatter) when ByExpert(facts.Output) =>
                new SizeRange(Row(facts.Output), output * n),

            // A token once to each rank: the shape tells the tokens, the routing how many ranks.
            (OperatorRole.Dispatch, _) when facts.Input.Tensors is [{ Shape: var tokens }] && tokens["top_k"] is null =>
                new SizeRange(AtLeast(facts.Input, input), input * n),
            (OperatorRole.Dispatch, _) => new SizeRange(AtLeast(facts.Input, input), input),
            (OperatorRole.Combine, _) => new SizeRange(Row(facts.Input), input),
            (OperatorRole.Send, _) => SizeRange.Of(input),
            (_, CollectiveKind.AllGather) => SizeRange.Of(output),
            (_, CollectiveKind.SendRecv) => new SizeRange(AtLeast(facts.Input, input) * n, input * n),
            _ => SizeRange.Of(input),
        };
    }

    /// <summary>Bytes on the wire of the whole node.</summary>
    /// <param name="facts">The node.</param>
    /// <param name="size">Its S.</param>
    /// <param name="groups">Its groups.</param>
    /// <param name="even">Whether the members of its groups have equally many tokens.</param>
    /// <param name="once">Whether tokens travel once to each rank, so that a combine brings back as many rows as a dispatch sent.</param>
    public static SizeRange WireOf(NodeFacts facts, long size, long groups, bool even, bool once)
    {
        int n = Math.Max(1, facts.GroupSize);
        Int128 plain = (Int128)Factor(facts.Collective, n) * size * groups;
        if (facts.Role == OperatorRole.CacheTransfer)
            return SizeRange.Of(size);
        bool oncePerRank = facts.Role == OperatorRole.Combine ? once : IsOncePerRank(facts);
        if (facts.Collective != CollectiveKind.AllToAll || (even && IsEven(facts) && !oncePerRank))
            return SizeRange.Of(plain);
        return new SizeRange(0, (Int128)n * size * groups);
    }

    /// <summary>The elements of all tensors of a list; null when a size is left open.</summary>
    public static Int128? Elements(TensorList list)
    {
        Int128 sum = 0;
        foreach (NamedTensor tensor in list.Tensors)
        {
            if (Elements(tensor.Shape) is not Int128 elements)
                return null;
            sum += elements;
        }

        return sum;
    }

    /// <summary>The elements of a shape; null when a size is left open or beyond any plan.</summary>
    public static Int128? Elements(TensorShape shape)
    {
        Int128 product = 1;
        foreach (Dimension dimension in shape.Dimensions)
        {
            if (dimension.Size is not long size || product > long.MaxValue)
                return null;
            product *= size;
        }

        return product;
    }

    /// <summary>What a shape holds at least, where sequences and positions are the largest of shards that differ by at most one.</summary>
    public static Int128 AtLeast(TensorList list, Int128 elements)
    {
        if (list.Tensors.Count == 0)
            return 0;
        TensorShape shape = list.Tensors[0].Shape;
        Int128 batch = Math.Max(1, shape["batch_size"] ?? 1), positions = Math.Max(1, shape["seq_len"] ?? 1);
        return Int128.Max(0, elements - (elements / batch) - (elements / positions));
    }

    private static int Factor(CollectiveKind collective, int n) => (int)CollectiveCost.WireBytes(collective, n, 1);

    /// <summary>The rows of one expert, the fullest: at least so many are real.</summary>
    private static Int128 Row(TensorList list) => list.Tensors.Count > 0 && Elements(list) is Int128 elements
        && list.Tensors[0].Shape["experts"] is long experts and > 0 ? elements / experts : 0;

    private static bool ByExpert(TensorList list) => list.Tensors is [NamedTensor first, ..] && first.Shape["experts"] is not null;

    /// <summary>True for a dispatch that sends a token once to each rank: it takes tokens without their choices.</summary>
    public static bool IsOncePerRank(NodeFacts facts) =>
        facts is { Role: OperatorRole.Dispatch, Input.Tensors: [{ Shape: var tokens }, ..] } && tokens["top_k"] is null;

    /// <summary>True when every member sends and receives the same: what arrives fills the room of the shapes.</summary>
    private static bool IsEven(NodeFacts facts) => Elements(facts.Input) == Elements(facts.Output);
}
