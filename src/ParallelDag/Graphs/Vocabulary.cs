using ParallelDag.Precisions;

namespace ParallelDag;

/// <summary>How finely a DAG is drawn. Every level is a contraction of <see cref="Device"/>.</summary>
public enum DetailLevel
{
    /// <summary>Per phase and stage a chain of blocks over all the stage's layers.</summary>
    Overview,

    /// <summary>An operator of a layer per split coordinate: the deployment picture.</summary>
    Operator,

    /// <summary>An operator of a layer on one GPU; a collective on one process group.</summary>
    Device,
}

/// <summary>The two halves of inference.</summary>
public enum PhaseKind
{
    /// <summary>The whole prompt at once.</summary>
    Prefill,

    /// <summary>One new token per sequence against a KV cache.</summary>
    Decode,
}

/// <summary>What a node does, which decides its shape in a picture.</summary>
public enum NodeKind
{
    /// <summary>Arithmetic on local tensors; drawn as a box.</summary>
    Computation,

    /// <summary>A collective or a point-to-point transfer; drawn as an ellipse.</summary>
    Communication,

    /// <summary>Top-k selection or a split of the entry; drawn as a parallelogram.</summary>
    Routing,

    /// <summary>The weighted sum of expert outputs or a gather; drawn as a parallelogram.</summary>
    Aggregation,

    /// <summary>Where a phase begins; drawn as a box.</summary>
    Input,

    /// <summary>Where a phase ends; drawn as a box.</summary>
    Output,
}

/// <summary>What an edge stands for.</summary>
public enum EdgeKind
{
    /// <summary>A tensor that the target reads.</summary>
    Data = 0,

    /// <summary>A gate's choice of experts; drawn dashed.</summary>
    Gate = 1,

    /// <summary>Hidden states on their way to the next stage; drawn with a label.</summary>
    Pipeline = 2,

    /// <summary>KV cache handed from prefill to decode.</summary>
    Kv = 3,

    /// <summary>Nothing passes: the target runs after the source on the same GPUs, as the next micro-batch on a stage does.</summary>
    Order = 4,

    /// <summary>The sampled tokens of prefill, with which decode begins.</summary>
    Token = 5,
}

/// <summary>The collective of a communication node.</summary>
public enum CollectiveKind
{
    /// <summary>Not a collective.</summary>
    None,

    /// <summary>Every member ends with the concatenation of all pieces.</summary>
    AllGather,

    /// <summary>Every member ends with the sum.</summary>
    AllReduce,

    /// <summary>Every member ends with its piece of the sum.</summary>
    ReduceScatter,

    /// <summary>Every member sends a piece to every other.</summary>
    AllToAll,

    /// <summary>Point to point.</summary>
    SendRecv,
}

/// <summary>The machine-readable names of the vocabulary, as files carry them.</summary>
public static class VocabularyText
{
    /// <summary>The name that files use: <c>all-gather</c>; null for <see cref="CollectiveKind.None"/>.</summary>
    public static string? ToName(this CollectiveKind collective) => collective switch
    {
        CollectiveKind.AllGather => "all-gather",
        CollectiveKind.AllReduce => "all-reduce",
        CollectiveKind.ReduceScatter => "reduce-scatter",
        CollectiveKind.AllToAll => "all-to-all",
        CollectiveKind.SendRecv => "send-recv",
        _ => null,
    };

    /// <summary>The name that people read: <c>All-Gather</c>.</summary>
    public static string ToTitle(this CollectiveKind collective) => collective switch
    {
        CollectiveKind.AllGather => "All-Gather",
        CollectiveKind.AllReduce => "All-Reduce",
        CollectiveKind.ReduceScatter => "Reduce-Scatter",
        CollectiveKind.AllToAll => "All-to-All",
        CollectiveKind.SendRecv => "Send/Recv",
        _ => "none",
    };

    /// <summary>The name that files use: <c>computation</c>.</summary>
    public static string ToName(this NodeKind kind) => kind switch
    {
        NodeKind.Computation => "computation",
        NodeKind.Communication => "communication",
        NodeKind.Routing => "routing",
        NodeKind.Aggregation => "aggregation",
        NodeKind.Input => "input",
        _ => "output",
    };

    /// <summary>The name that files use: <c>data</c>, <c>gate</c>, <c>pipeline</c>, <c>kv</c>, <c>order</c>, <c>token</c>.</summary>
    public static string ToName(this EdgeKind kind) => kind switch
    {
        EdgeKind.Data => "data",
        EdgeKind.Gate => "gate",
        EdgeKind.Pipeline => "pipeline",
        EdgeKind.Kv => "kv",
        EdgeKind.Order => "order",
        _ => "token",
    };

    /// <summary>The name that people read: <c>Prefill</c> or <c>Decode</c>.</summary>
    public static string ToTitle(this PhaseKind phase) => phase == PhaseKind.Prefill ? "Prefill" : "Decode";

    /// <summary>The name that files use: <c>prefill</c> or <c>decode</c>.</summary>
    public static string ToName(this PhaseKind phase) => phase == PhaseKind.Prefill ? "prefill" : "decode";

    /// <summary>The name that files use: <c>overview</c>, <c>operator</c>, <c>device</c>.</summary>
    public static string ToName(this DetailLevel detail) => detail switch
    {
        DetailLevel.Overview => "overview",
        DetailLevel.Operator => "operator",
        _ => "device",
    };

    /// <summary>The name that files use for a value of any of these vocabularies; null for <see cref="CollectiveKind.None"/>.</summary>
    public static string? NameOf<T>(T value)
        where T : struct, Enum => value switch
    {
        CollectiveKind collective => collective.ToName(),
        NodeKind kind => kind.ToName(),
        EdgeKind kind => kind.ToName(),
        PhaseKind phase => phase.ToName(),
        DetailLevel detail => detail.ToName(),
        PeakRate rate => rate.ToName(),
        PoolKind pool => pool.ToName(),
        TimeBound bound => bound.ToName(),
        _ => value.ToString(),
    };

    /// <summary>Reads the name of a phase, without regard to case.</summary>
    public static bool TryParse(string? name, out PhaseId phase) => PhaseId.TryParse(name, out phase);

    /// <summary>Reads a name that <c>ToName</c> writes, without regard to case.</summary>
    public static bool TryParse<T>(string? name, out T value)
        where T : struct, Enum
    {
        foreach (T candidate in Enum.GetValues<T>())
        {
            string? text = NameOf(candidate);
            if (text is not null && string.Equals(text, name, StringComparison.OrdinalIgnoreCase))
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }
}
