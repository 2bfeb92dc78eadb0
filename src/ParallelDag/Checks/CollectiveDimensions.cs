using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// What a collective of n members does to the dimensions and placements of what it carries, tensor by tensor. Local shapes are those of the
/// member that holds most, so n pieces of size p make up P when (p-1)*n &lt; P &lt;= p*n.
/// <code>
/// All-Gather       dimensions grow from a piece to the whole; their axes go from Shard to Replicate
/// Reduce-Scatter   dimensions shrink from the whole to a piece; their axes go from Partial to Shard
/// All-Reduce       nothing changes; its axes go from Partial to Replicate
/// All-to-All       one dimension grows, another shrinks; its axes go from Shard to Shard
/// Send/Recv        nothing changes
/// dispatch         [.., top_k, hidden] to [experts, tokens, hidden]; combine the reverse; hidden stays
/// expert gather    (and its Reduce-Scatter) tokens grow (shrink); pieces differ with the routing
/// gather           one position of each sequence is kept
/// kv_transfer      the elements of a head stay; the rest follows from the two phases' placements
/// </code>
/// </summary>
internal static class CollectiveDimensions
{
    /// <summary>What is wrong, or null.</summary>
    public static string? FaultOf(NodeFacts facts, PlacedTensor[] inputs, PlacedTensor[] outputs, bool folded)
    {
        if (facts.Role is OperatorRole.Dispatch or OperatorRole.Combine)
            return Kept(inputs, outputs, "hidden") && KeepsPartial(inputs, outputs) ? null : Wording(facts);
        if (facts.Role == OperatorRole.CacheTransfer)
            return Kept(inputs, outputs, "d_k") && Kept(inputs, outputs, "latent_dim") ? null : Wording(facts);
        if (inputs.Length != outputs.Length)
            return $"that [takes|take] {inputs.Length} tensors and [yields|yield] {outputs.Length}";
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].Name != outputs[i].Name || !Carries(facts, inputs[i].Shape, outputs[i].Shape, out Changed changed))
                return Wording(facts);
            if (!PlacementsFollow(facts, inputs[i], outputs[i], changed, folded))
                return $"whose placements do not change as {Remedy.Article(facts.Collective)} changes them";
        }

        return null;
    }

    private static string Wording(NodeFacts facts) =>
        Words.Invariant(
            $"whose output is not what {Remedy.Article(facts.Collective)}{(facts.GroupSize > 0 ? $" of {facts.GroupSize}" : "")} makes "
                + $"of the input");

    /// <summary>True when the shapes change as the collective says; the names of the dimensions that grow and shrink.</summary>
    private static bool Carries(NodeFacts facts, TensorShape input, TensorShape output, out Changed changed)
    {
        changed = new Changed([], []);
        if (input.Dimensions.Count != output.Dimensions.Count)
            return false;
        int n = Math.Max(1, facts.GroupSize);
        Int128 piece = 1, least = 1, whole = 1;
        for (int i = 0; i < input.Dimensions.Count; i++)
        {
            Dimension before = input.Dimensions[i], after = output.Dimensions[i];
            if (before.Name != after.Name)
                return false;
            if (before.Size is not long from || after.Size is not long to || from == to)
                continue;
            if (facts.Role == OperatorRole.LastGather && before.Name == "seq_len" && to == 1)
                continue;
            (to > from ? changed.Grown : changed.Shrunk).Add(before.Name);
            if (facts.Role == OperatorRole.RoutedCollective && before.Name == "tokens")
                continue; // By expert: pieces differ with the routing.
            if (facts.Collective == CollectiveKind.AllToAll && !MakesUp(Math.Min(from, to), n, Math.Max(from, to)))
                return false;
            (piece, least, whole) = (piece * Math.Min(from, to), least * (Math.Min(from, to) - 1), whole * Math.Max(from, to));
        }

        (int grown, int shrunk) = (changed.Grown.Count, changed.Shrunk.Count);
        bool routed = facts.Role == OperatorRole.RoutedCollective;
        return facts.Collective switch
        {
            CollectiveKind.AllGather => shrunk == 0 && (grown > 0 || routed || facts.Role == OperatorRole.LastGather) && Pieces(),
            CollectiveKind.ReduceScatter => grown == 0 && (shrunk > 0 || routed) && Pieces(),
            CollectiveKind.AllToAll => grown == 1 && shrunk == 1,
            _ => grown == 0 && shrunk == 0,
        };

        bool Pieces() => whole == 1 || (least * n < whole && whole <= piece * n);
    }

    /// <summary>n pieces, the largest of <paramref name="piece"/>, make up the whole.</summary>
    private static bool MakesUp(long piece, int n, long whole) =>
        (Int128)(piece - 1) * n < whole && whole <= (Int128)piece * n;

    private static bool PlacementsFollow(NodeFacts facts, PlacedTensor input, PlacedTensor output, Changed changed, bool folded)
    {
        if (input.Placement is null || output.Placement is null)
            return true;
        int changes = 0;
        foreach ((Axis axis, Placement to) in output.Placement.Axes)
        {
            if (input.Placement[axis] is not Placement from || from == to)
                continue;
            changes++;
            string? sharded = from.Dimension, scattered = to.Dimension;
            bool legal = facts.Collective switch
            {
                CollectiveKind.AllGather => sharded is not null && to == Placement.Replicate
                    && (Fits(changed.Grown, sharded) || facts.Role == OperatorRole.LastGather),
                CollectiveKind.AllReduce => from == Placement.Partial && to == Placement.Replicate,
                CollectiveKind.ReduceScatter => from == Placement.Partial && scattered is not null && Fits(changed.Shrunk, scattered),
                CollectiveKind.AllToAll =>
                    sharded is not null && scattered is not null && Fits(changed.Grown, sharded) && Fits(changed.Shrunk, scattered),
                _ => false,
            };
            if (!legal)
                return false;
        }

        // A folded sum over etp is owed in the experts' factoring, which the attention axes do not show.
        return changes > 0 || folded || facts.Collective is CollectiveKind.SendRecv or CollectiveKind.None;

        static bool Fits(List<string> dimensions, string dimension) => dimensions.Count == 0 || dimensions.Contains(dimension);
    }

    /// <summary>The dimensions that a collective makes larger and smaller.</summary>
    private sealed record Changed(List<string> Grown, List<string> Shrunk);

    /// <summary>A sum that is owed over another axis rides through an All-to-All and stays owed.</summary>
    private static bool KeepsPartial(PlacedTensor[] inputs, PlacedTensor[] outputs)
    {
        foreach (PlacedTensor input in inputs)
        {
            foreach ((Axis axis, Placement from) in (input.Placement ?? TensorPlacement.None).Axes)
            {
                foreach (PlacedTensor output in outputs)
                {
                    if (output.Placement?[axis] is Placement to && (from == Placement.Partial) != (to == Placement.Partial))
                        return false;
                }
            }
        }

        return true;
    }

    /// <summary>True unless both sides have a dimension of that name and no size agrees.</summary>
    private static bool Kept(PlacedTensor[] inputs, PlacedTensor[] outputs, string dimension)
    {
        var sizes = inputs.Select(tensor => tensor.Shape[dimension]).OfType<long>().ToHashSet();
        return sizes.Count == 0 || outputs.All(tensor => tensor.Shape[dimension] is not long size || sizes.Contains(size));
    }
}
