using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Checks;

/// <summary>How a tensor that a producer yields relates to one that its consumer takes.</summary>
internal enum Fit
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A part of it: the consumer joins it with what other producers yield, or reads a part of it.</summary>
    Part,

    /// <summary>
    /// The same but for a shard that is one element larger or smaller than the largest, which is what a node of several GPUs prints.
    /// </summary>
    Uneven,

    /// <summary>The same names, sizes and placements.</summary>
    Same,
}

/// <summary>
/// What rule PD005 allows between an output tensor O of a producer and an input tensor I of its consumer. In this order:
/// <code>
/// (1) names and sizes agree; on every axis the placement agrees                                    Same
/// (2) as (1), but one of the nodes is a collective, whose members may differ and which prints the
///     largest shard: a sharded dimension differs by one, tokens of experts by what the routing
///     makes of them                                                                                Uneven
/// (3) Replicate to Shard(d) on some axes, and I holds that share of d: a local split                Part
/// (4) what an operator reads of a dimension (<see cref="Operator.Reads"/>):
///     split, embedding     batch_size of the Input: one micro-batch of it
///     output               batch_size: the sequences of all data-parallel ranks and micro-batches meet
///     lm_head              seq_len: the last position of each sequence
///     attention            seq_len of K, V and KV: other positions come from the cache or around the ring
///     ulysses_all_to_all   kv_heads: a head is copied where a rank has fewer than sp of them
/// (5) dispatch (experts and their gather, where nothing is dispatched) joins the tokens [.., hidden] and the choice [.., top_k];
///     expert_aggregation reads [experts, tokens, hidden] as [.., top_k, hidden] where nothing is combined. Sizes of shared names agree.
/// Part
/// </code>
/// In an overview a block prints the first input and the last output of its operators only, so there it is enough that the names which both
/// sides share agree.
/// </summary>
internal sealed class TensorMatch(DetailLevel detail)
{
    /// <summary>The best relation between two tensors; <paramref name="fault"/> tells why there is none.</summary>
    public Fit Between(NodeFacts producer, PlacedTensor output, NodeFacts consumer, PlacedTensor input,
        IReadOnlyDictionary<string, int>? axes, out string? fault)
    {
        fault = null;
        if (consumer.Role == OperatorRole.Core && output.Shape["positions"] is not null)
            return Fit.Part; // Which positions an indexer chose, for all that attention reads.
        if (output.Name is not null && input.Name is not null && output.Name != input.Name)
            return detail == DetailLevel.Overview && consumer.Kind == NodeKind.Computation ? Fit.Part : Fit.None;
        Fit fit = SameNames(output.Shape, input.Shape)
            ? OfEqualNames(producer, output, consumer, input, axes, out fault)
            : OfOtherNames(producer, output, consumer, input);
        if (fit == Fit.None && detail == DetailLevel.Overview
            && (consumer.Kind == NodeKind.Computation || SharedAgree(output.Shape, input.Shape, consumer.Operator?.Reads?.Dimension) > 0))
        {
            return Fit.Part; // A block of several steps reads for the later ones too.
        }

        return fit;
    }

    private Fit OfEqualNames(NodeFacts producer, PlacedTensor output, NodeFacts consumer, PlacedTensor input,
        IReadOnlyDictionary<string, int>? axes, out string? fault)
    {
        fault = null;
        bool several = PrintsLargest(producer) || PrintsLargest(consumer);
        bool differs = false, part = false;
        string? split = null;
        for (int i = 0; i < input.Shape.Dimensions.Count; i++)
        {
            Dimension yielded = output.Shape.Dimensions[i], taken = input.Shape.Dimensions[i];
            if (yielded.Size is not long before || taken.Size is not long after || before == after)
                continue;
            differs = true;
            if (consumer.Operator?.Reads?.Allows(producer.Operator, taken.Name, before, after) == true
                || (detail == DetailLevel.Overview && taken.Name == "seq_len" && input.Name is "K" or "V" or "KV" && after > before))
                part = true;
            else if (several && (taken.Name == "tokens"
                || (Math.Abs(before - after) == 1 && (output.Shards(taken.Name) || input.Shards(taken.Name)))))
                continue;
            else if (axes is not null && split is null && IsLocalSplit(output, input, taken.Name, before, after, axes))
                split = taken.Name;
            else
                return Fit.None;
        }

        // What attention reads of a ring lies whole on every rank of it, piece by piece.
        bool ring = part && (input.Name is "K" or "V" or "KV"
            || consumer.Operator?.Reads is { Dimension: "seq_len", Amount: ReadAmount.More });
        fault = ring ? null : PlacementFault(output, input, split);
        return fault is not null ? Fit.None : part || split is not null ? Fit.Part : differs ? Fit.Uneven : Fit.Same;
    }

    /// <summary>A collective of a group joins GPUs whose shards may differ; every other node stands for GPUs of one local shape.</summary>
    public static bool PrintsLargest(NodeFacts facts) => facts.GroupSize > 1 && facts.Role != OperatorRole.Send;

    /// <summary>Row (3): the share of one rank, up to unevenness.</summary>
    private static bool IsLocalSplit(PlacedTensor output, PlacedTensor input, string dimension, long before, long after,
        IReadOnlyDictionary<string, int> axes)
    {
        if (output.Placement is null || input.Placement is null)
            return false;
        long degree = 1;
        foreach ((Axis axis, Placement placement) in input.Placement.Axes)
        {
            if (placement.Dimension == dimension && output.Placement[axis] == Placement.Replicate)
                degree *= axes.GetValueOrDefault(axis.ToName(), 1);
        }

        return degree > 1 && after >= before / degree && after <= (before + degree - 1) / degree;
    }

    /// <summary>An axis whose placement changes though nothing is sent: anything but Replicate to Shard.</summary>
    private static string? PlacementFault(PlacedTensor output, PlacedTensor input, string? splitOf)
    {
        if (output.Placement is null || input.Placement is null)
            return null;
        foreach ((Axis axis, Placement to) in input.Placement.Axes)
        {
            if (output.Placement[axis] is not Placement from || from == to)
                continue;
            if (splitOf is null || from != Placement.Replicate || to.Dimension != splitOf)
                return $"{axis.ToName()} goes from {from} to {to}";
        }

        return null;
    }

    /// <summary>Row (5).</summary>
    private Fit OfOtherNames(NodeFacts producer, PlacedTensor output, NodeFacts consumer, PlacedTensor input)
    {
        if (detail == DetailLevel.Overview && consumer.Role is OperatorRole.Experts or OperatorRole.RoutedCollective)
            return Fit.Part;
        bool joins = consumer.Role switch
        {
            OperatorRole.Dispatch => SharedAgree(output.Shape, input.Shape) == output.Shape.Dimensions.Count
                || (producer.Role == OperatorRole.Selection && input.Shape["top_k"] is null && SharedAgree(output.Shape, input.Shape) > 0),
            OperatorRole.Experts or OperatorRole.RoutedCollective =>
                producer.Role == OperatorRole.Selection || SharedAgree(output.Shape, input.Shape) > 0,
            OperatorRole.Aggregation =>
                producer.Role is OperatorRole.Experts or OperatorRole.RoutedCollective && SharedAgree(output.Shape, input.Shape) > 0,
            _ => false,
        };
        return joins && !OwesMore(output, input) ? Fit.Part : Fit.None;
    }

    /// <summary>True when the producer owes a sum that the consumer does not know of.</summary>
    private static bool OwesMore(PlacedTensor output, PlacedTensor input)
    {
        foreach ((Axis axis, Placement from) in (output.Placement ?? TensorPlacement.None).Axes)
        {
            if (from == Placement.Partial && input.Placement?[axis] is not null && input.Placement[axis] != Placement.Partial)
                return true;
        }

        return false;
    }

    /// <summary>
    /// How many names both shapes have, all of equal size (one apart where sharded data meets a node of several GPUs); -1 when a shared
    /// name disagrees.
    /// </summary>
    public static int SharedAgree(TensorShape left, TensorShape right, string? except = null)
    {
        int shared = 0;
        foreach (Dimension dimension in left.Dimensions)
        {
            foreach (Dimension other in right.Dimensions)
            {
                if (dimension.Name != other.Name || dimension.Name == except)
                    continue;
                if (dimension.Size is long a && other.Size is long b && a != b
                    && !((a - b is 1 or -1) && (dimension.Name is "batch_size" or "seq_len")))
                    return -1;
                shared++;
            }
        }

        return shared;
    }

    private static bool SameNames(TensorShape left, TensorShape right)
    {
        if (left.Dimensions.Count != right.Dimensions.Count)
            return false;
        for (int i = 0; i < left.Dimensions.Count; i++)
        {
            if (left.Dimensions[i].Name != right.Dimensions[i].Name)
                return false;
        }

        return true;
    }
}
