namespace ParallelDag.Graphs;

/// <summary>
/// Layers as files carry them, in two fields: <c>layer</c> is the number, 0 where there is not exactly one; then <c>layers</c> lists them.
/// So <c>layer 3</c> is layer 3; <c>layer 0, layers 1-4</c> an overview block; <c>layer 0</c> alone a node outside the layers;
/// and <c>layer 0, layers 0-0</c> is layer 0 of a drawing that counts from 0.
/// </summary>
internal static class LayerNotation
{
    private const string LayerZero = "0-0";

    /// <summary>The two fields of a scope.</summary>
    public static (int Layer, string? Layers) Of(NodeScope scope) =>
        scope.Layer is int layer ? (layer, layer == 0 ? LayerZero : null) : (0, scope.Layers);

    /// <summary>The layer that the two fields tell; null where they do not tell exactly one.</summary>
    public static int? Layer(int layer, string? layers) => layer > 0 ? layer : layers == LayerZero ? 0 : null;

    /// <summary>The list that the two fields tell beside a single layer; null where there is none.</summary>
    public static string? Layers(int layer, string? layers) => layer > 0 || layers == LayerZero ? null : layers;
}
