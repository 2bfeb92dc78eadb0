using ParallelDag.Graphs;
using ParallelDag.Tensors;

namespace ParallelDag.Checks;

/// <summary>A tensor of a node with its placement per mesh axis, as the rules compare it.</summary>
/// <param name="Name">The tensor's name where the node has several, else null.</param>
/// <param name="Shape">Its local shape.</param>
/// <param name="Placement">How it lies on the mesh; null where the graph does not tell.</param>
internal sealed record PlacedTensor(string? Name, TensorShape Shape, TensorPlacement? Placement)
{
    /// <summary>The tensors that a node takes.</summary>
    public static PlacedTensor[] InputsOf(NodeFacts facts) => Place(facts.Input, facts.InputPlacement);

    /// <summary>The tensors that a node yields.</summary>
    public static PlacedTensor[] OutputsOf(NodeFacts facts) => Place(facts.Output, facts.OutputPlacement);

    /// <summary>True when some axis shards <paramref name="dimension"/>.</summary>
    public bool Shards(string dimension) => Placement?.Shards(dimension) == true;

    /// <summary>The tensor as evidence shows it.</summary>
    public override string ToString() => Name is null ? Shape.ToString() : $"{Name} {Shape}";

    private static PlacedTensor[] Place(TensorList list, PlacementList? placements)
    {
        var tensors = new PlacedTensor[list.Tensors.Count];
        for (int i = 0; i < tensors.Length; i++)
            tensors[i] = new PlacedTensor(list.Tensors[i].Name, list.Tensors[i].Shape, placements?[i, tensors.Length]);
        return tensors;
    }
}
