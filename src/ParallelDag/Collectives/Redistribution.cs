using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Collectives;

/// <summary>
/// Which collective turns one placement into another along one mesh axis. The table, row by row as the code repeats it:
/// <code>
/// (1) same       -> same        nothing
/// (2) Shard(i)   -> Replicate   All-Gather
/// (3) Partial    -> Replicate   All-Reduce
/// (4) Partial    -> Shard(i)    Reduce-Scatter
/// (5) Shard(i)   -> Shard(j)    All-to-All
/// (6) Replicate  -> Shard(i)    local split, free
/// (7) anything else             an error that names both sides
/// </code>
/// Source: PyTorch DTensor's redistribution (torch/distributed/tensor/_redistribute.py), without its implicit Replicate -> Partial.
/// </summary>
public static class Redistribution
{
    /// <summary>The step between two placements of one axis.</summary>
    /// <exception cref="PlacementException">Row 7.</exception>
    public static Transition Between(Placement from, Placement to) => (from.Kind, to.Kind) switch
    {
        _ when from == to => Transition.None, // (1)
        (PlacementKind.Shard, PlacementKind.Replicate) => Transition.AllGather, // (2)
        (PlacementKind.Partial, PlacementKind.Replicate) => Transition.AllReduce, // (3)
        (PlacementKind.Partial, PlacementKind.Shard) => Transition.ReduceScatter, // (4)
        (PlacementKind.Shard, PlacementKind.Shard) => Transition.AllToAll, // (5)
        (PlacementKind.Replicate, PlacementKind.Shard) => Transition.LocalSplit, // (6)
        _ => throw new PlacementException($"no collective turns {from} into {to}"), // (7)
    };

    /// <summary>
    /// The steps that turn <paramref name="from"/> into <paramref name="to"/>: one per transition, axes that make the same transition of
    /// the same dimension together. Axes of degree 1 yield nothing. A Partial on one axis rides through an All-to-All on another, so no
    /// order between axes is imposed.
    /// </summary>
    /// <exception cref="PlacementException">An axis has no legal transition; the message names the axis and both placements.</exception>
    public static IReadOnlyList<RedistributionStep> Plan(ShardedTensor from, ShardedTensor to)
    {
        var steps = new List<RedistributionStep>();
        foreach (Axis axis in from.Mesh.Axes)
        {
            if (from.Mesh.Degree(axis) == 1)
                continue;
            Placement before = from.PlacementOn(axis), after = to.PlacementOn(axis);
            Transition transition;
            try
            {
                transition = Between(before, after);
            }
            catch (PlacementException exception)
            {
                throw new PlacementException(
                    $"axis {axis.ToName()} of {from.Name ?? "the tensor"} ({from.Layout} -> {to.Layout}): {exception.Message}");
            }

            if (transition == Transition.None)
                continue;
            int same = steps.FindIndex(step => step.Transition == transition && step.After == after && step.Before == before);
            if (same >= 0)
                steps[same] = steps[same] with { Axes = [.. steps[same].Axes, axis] };
            else
                steps.Add(new RedistributionStep(transition, [axis], before, after));
        }

        return steps;
    }
}

/// <summary>What happens along an axis between two placements.</summary>
public enum Transition
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Shard to Replicate.</summary>
    AllGather,

    /// <summary>Partial to Replicate.</summary>
    AllReduce,

    /// <summary>Partial to Shard.</summary>
    ReduceScatter,

    /// <summary>Shard to another Shard.</summary>
    AllToAll,

    /// <summary>Replicate to Shard: each rank keeps its part.</summary>
    LocalSplit,
}

/// <summary>One step of a redistribution.</summary>
/// <param name="Transition">What happens.</param>
/// <param name="Axes">The axes whose process group takes part.</param>
/// <param name="Before">The placement on these axes before.</param>
/// <param name="After">The placement on these axes after.</param>
public sealed record RedistributionStep(Transition Transition, IReadOnlyList<Axis> Axes, Placement Before, Placement After)
{
    /// <summary>The collective, or None for a local split.</summary>
    public CollectiveKind Collective => Transition switch
    {
        Transition.AllGather => CollectiveKind.AllGather,
        Transition.AllReduce => CollectiveKind.AllReduce,
        Transition.ReduceScatter => CollectiveKind.ReduceScatter,
        Transition.AllToAll => CollectiveKind.AllToAll,
        _ => CollectiveKind.None,
    };
}

/// <summary>
/// A producer and a consumer hold a tensor in placements that no collective joins. A fault of an operator's declaration, not of the user.
/// </summary>
public sealed class PlacementException : Exception
{
    /// <summary>Names both sides.</summary>
    public PlacementException(string message)
        : base(message)
    {
    }

    /// <summary>Names nothing.</summary>
    public PlacementException()
    {
    }

    /// <summary>Names both sides.</summary>
    public PlacementException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
