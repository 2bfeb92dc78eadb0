namespace ParallelDag.Looks;

/// <summary>The outline of a node.</summary>
public enum NodeShape
{
    /// <summary>Computation, input, output.</summary>
    Box,

    /// <summary>Communication.</summary>
    Ellipse,

    /// <summary>Routing and aggregation; leans to the right.</summary>
    Parallelogram,
}

/// <summary>Which shape stands for which kind of node, as the reference document draws them.</summary>
public static class NodeShapes
{
    /// <summary>The outline of a node of kind <paramref name="kind"/>.</summary>
    public static NodeShape ToShape(this NodeKind kind) => kind switch
    {
        NodeKind.Communication => NodeShape.Ellipse,
        NodeKind.Routing or NodeKind.Aggregation => NodeShape.Parallelogram,
        _ => NodeShape.Box,
    };

    /// <summary>Graphviz's name of a shape, which is also the English word: <c>ellipse</c>.</summary>
    public static string ToName(this NodeShape shape) => shape switch
    {
        NodeShape.Ellipse => "ellipse",
        NodeShape.Parallelogram => "parallelogram",
        _ => "box",
    };

    /// <summary>What a legend says of a kind of node.</summary>
    public static string ToLegend(this NodeKind kind) => kind switch
    {
        NodeKind.Computation => "computation",
        NodeKind.Communication => "communication",
        NodeKind.Routing => "routing (selection, split)",
        NodeKind.Aggregation => "aggregation (sum, gather)",
        NodeKind.Input => "input",
        _ => "output",
    };

    /// <summary>What a legend says of a kind of edge.</summary>
    public static string ToLegend(this EdgeKind kind) => kind switch
    {
        EdgeKind.Data => "data",
        EdgeKind.Gate => "gate: the experts that are chosen",
        EdgeKind.Pipeline => "pipeline: on to the next stage",
        EdgeKind.Kv => "KV cache, from prefill to decode",
        EdgeKind.Order => "order: the next micro-batch of a stage",
        _ => "token: what prefill sampled, into decode",
    };
}
