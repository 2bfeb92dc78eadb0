using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Checks;

/// <summary>
/// What a collective of n members does to the dimensions and placements of what it carries, tensor by tensor. Local shapes are those of the member that holds most,
/// so n pieces of size p make up P when (p-1)*n &lt; P &lt;= p*n.
/// <code>
/// All-Gather       one dimension grows from a piece to the whole; its axes go from Shard to Replicate
/// Reduce-Scatter   one dimension shrinks from the whole to a piece; its axes go from Partial to Shard
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
            return $"that take {inputs.Length} tensors and yield {outputs.Length}";
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].Name != outputs[i].Name || !Carries(facts, inputs[i].Shape, outputs[i].Shape, out string? grown, out string? shrunk))
                return Wording(facts);
            if (!PlacementsFollow(facts, inputs[i], outputs[i], grown, shrunk, folded))
                return $"whose placements do not change as {Article(facts.Collective)} changes them";
        }

        return null;
    }

    private static string Wording(NodeFacts facts) =>
        Inspection.Invariant($"whose output is not what {Article(facts.Collective)}{(facts.GroupSize > 0 ? $" of {facts.GroupSize}" : "")} makes of the input");

    private static string Article(CollectiveKind collective) => (collective is CollectiveKind.AllGather or CollectiveKind.AllReduce or CollectiveKind.AllToAll ? "an " : "a ") + collective.ToTitle();

    /// <summary>True when the shapes change as the collective says; the names of the dimensions that grow and shrink.</summary>
    private static bool Carries(NodeFacts facts, TensorShape input, TensorShape output, out string? grown, out string? shrunk)
    {
        grown = shrunk = null;
        if (input.Dimensions.Count != output.Dimensions.Count)
            return false;
        int n = Math.Max(1, facts.GroupSize);
        for (int i = 0; i < input.Dimensions.Count; i++)
        {
            Dimension before = input.Dimensions[i], after = output.Dimensions[i];
            if (before.Name != after.Name)
                return false;
            if (before.Size is not long from || after.Size is not long to || from == to)
                continue;
            if (facts.Role == OperatorRole.LastGather && before.Name == "seq_len" && to == 1)
                continue;
            bool routed = facts.Role == OperatorRole.RoutedCollective && before.Name == "tokens";
            if (to > from ? grown is not null || !(routed || MakesUp(from, n, to)) : shrunk is not null || !(routed || MakesUp(to, n, from)))
                return false;
            (grown, shrunk) = to > from ? (before.Name, shrunk) : (grown, before.Name);
        }

        return facts.Collective switch
        {
            CollectiveKind.AllGather => shrunk is null && (grown is not null || facts.Role is OperatorRole.LastGather or OperatorRole.RoutedCollective),
            CollectiveKind.ReduceScatter => grown is null && (shrunk is not null || facts.Role == OperatorRole.RoutedCollective),
            CollectiveKind.AllToAll => grown is not null && shrunk is not null,
            _ => grown is null && shrunk is null,
        };
    }

    /// <summary>n pieces, the largest of <paramref name="piece"/>, make up the whole.</summary>
    private static bool MakesUp(long piece, int n, long whole) =>
        (Int128)(piece - 1) * n < whole && whole <= (Int128)piece * n;

    private static bool PlacementsFollow(NodeFacts facts, PlacedTensor input, PlacedTensor output, string? grown, string? shrunk, bool folded)
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
                CollectiveKind.AllGather => sharded is not null && to == Placement.Replicate && (grown is null || sharded == grown || facts.Role == OperatorRole.LastGather),
                CollectiveKind.AllReduce => from == Placement.Partial && to == Placement.Replicate,
                CollectiveKind.ReduceScatter => from == Placement.Partial && scattered is not null && (shrunk is null || scattered == shrunk),
                CollectiveKind.AllToAll => sharded is not null && scattered is not null && (grown is null || sharded == grown) && (shrunk is null || scattered == shrunk),
                _ => false,
            };
            if (!legal)
                return false;
        }

        // A folded sum over etp is owed in the experts' factoring, which the attention axes do not show.
        return changes > 0 || folded || facts.Collective is CollectiveKind.SendRecv or CollectiveKind.None;
    }

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
