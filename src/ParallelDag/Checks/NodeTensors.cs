using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Checks;

/// <summary>
/// What the tensors of one node must tell in a graph that states its plan, whatever its neighbours say (rule PD005):
/// <list type="number">
/// <item>Each tensor of a node that is no end tells its placement on every axis of its mesh that has more than one rank: the attention
/// axes, or for tokens sorted by expert the experts' axes.</item>
/// <item>What computes keeps the dimensions that both sides name (of attention's output those of Q; the width of a head may change).</item>
/// </list>
/// </summary>
internal static class NodeTensors
{
    /// <summary>What is wrong with a node of the given facts, or null.</summary>
    /// <param name="facts">The node's facts.</param>
    /// <param name="mesh">The mesh of its phase.</param>
    /// <param name="receiving">The mesh of decode, where a KV transfer hands over.</param>
    /// <param name="merged">True for a block of an overview, which prints its first input and its last output.</param>
    public static string? FaultOf(NodeFacts facts, PhaseMesh mesh, PhaseMesh? receiving, bool merged)
    {
        if (facts.Kind is NodeKind.Input or NodeKind.Output)
            return null;
        foreach ((TensorList list, PlacementList? placements, string side) in new[] { (facts.Input, facts.InputPlacement, "input"),
            (facts.Output, facts.OutputPlacement, "output") })
        {
            for (int i = 0; i < list.Tensors.Count; i++)
            {
                if (placements?[i, list.Tensors.Count] is not TensorPlacement placement)
                    return $"that [does|do] not tell how each {side} is placed";
                if (!IsComplete(placement, facts.Role == OperatorRole.CacheTransfer && side == "output" ? receiving ?? mesh : mesh))
                    return $"whose {side} placement is not told on every axis of the mesh, or on others";
            }
        }

        return merged || facts.Kind == NodeKind.Communication || facts.Collective != CollectiveKind.None
            || facts.Role == OperatorRole.Split ? null : WithinFault(facts);
    }

    private static bool IsComplete(TensorPlacement placement, PhaseMesh mesh) =>
        Names(placement, mesh.TokenAxes) || Names(placement, mesh.ExpertAxes) || Names(placement, mesh.CacheAxes);

    private static bool Names(TensorPlacement placement, IReadOnlyList<Axis> axes)
    {
        if (placement.Axes.Length != axes.Count)
            return false;
        foreach (Axis axis in axes)
        {
            if (placement[axis] is null)
                return false;
        }

        return true;
    }

    private static string? WithinFault(NodeFacts facts)
    {
        if (facts.Input.Tensors.Count == 0)
            return null;
        TensorShape input = facts.Input.Tensors[0].Shape;
        foreach (NamedTensor output in facts.Output.Tensors)
        {
            foreach (Dimension dimension in output.Shape.Dimensions)
            {
                if (dimension.Name == "d_k" || (dimension.Name == "hidden" && facts.Op is Ops.LatentDown or Ops.LatentUp)
                    || dimension.Size is not long yielded || input[dimension.Name] is not long taken
                    || yielded == taken)
                    continue;
                return "that [yields|yield] other dimensions than [it takes|they take]";
            }
        }

        return null;
    }
}
