using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Graphs;

/// <summary>
/// What is known of a node apart from where it stands (<see cref="NodeScope"/>) and which GPUs run it.
/// Immutable and shared: in a generated DAG thousands of nodes point to one <see cref="NodeFacts"/>.
/// </summary>
public sealed record NodeFacts
{
    /// <summary>The operator's name in the fixed vocabulary of <see cref="Ops"/>, or null when a foreign file does not tell.</summary>
    public string? Op
    {
        get;
        init
        {
            field = value;
            Operator = Ops.Find(value);
        }
    }

    /// <summary>The row of <see cref="Op"/> in the table of operators; null when it is not known.</summary>
    public Operator? Operator { get; private init; }

    /// <summary>What the operator is to the rules; Plain when it is not known.</summary>
    public OperatorRole Role => Operator?.Role ?? OperatorRole.Plain;

    /// <summary>What a person reads first: <c>QKV Projection</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What the node does.</summary>
    public required NodeKind Kind { get; init; }

    /// <summary>
    /// The operator's part of the node id: mostly <see cref="Op"/>, with a suffix where an operator occurs twice in a layer.
    /// </summary>
    public string IdStem { get; init; } = "";

    /// <summary>The shard's part of the node id (<c>sp0_tp1</c>); null: the first GPU (<c>g17</c>); empty: none.</summary>
    public string? Shard { get; init; } = "";

    /// <summary>False for the nodes that occur once for all micro-batches.</summary>
    public bool PerMicroBatch { get; init; }

    /// <summary>Local input tensors: what one GPU reads (the largest where they differ).</summary>
    public TensorList Input { get; init; } = TensorList.None;

    /// <summary>Local output tensors.</summary>
    public TensorList Output { get; init; } = TensorList.None;

    /// <summary>The placement per mesh axis of the inputs, or null where unknown.</summary>
    public PlacementList? InputPlacement { get; init; }

    /// <summary>The placement per mesh axis of the outputs, or null where unknown.</summary>
    public PlacementList? OutputPlacement { get; init; }

    /// <summary>The experts of an expert node as ranges (<c>0-3</c>), else null.</summary>
    public string? Experts { get; init; }

    /// <summary>The collective of a communication or gather node.</summary>
    public CollectiveKind Collective { get; init; }

    /// <summary>Members of one process group; 0 when not a collective.</summary>
    public int GroupSize { get; init; }

    /// <summary>
    /// How many groups (times layers and micro-batches, in an overview) the node stands for; null when they differ in kind or size.
    /// </summary>
    public long? Groups { get; init; } = 0;

    /// <summary>S of one group in bytes, as nccl-tests counts it; null when the node's groups differ.</summary>
    public long? Bytes { get; init; } = 0;

    /// <summary>Bytes on the wire over all GPUs and groups of the node.</summary>
    public long WireBytes { get; init; }

    /// <summary>Floating-point operations over all GPUs of the node; an integer. (A decimal: overview sums pass 2^63.)</summary>
    public decimal Flops { get; init; }

    /// <summary>
    /// The peak rate that bounds the operations, by their format; null for an operator that counts none, several in one block, or where
    /// it is unknown. A GPU whose share is empty has that of the others.
    /// </summary>
    public PeakRate? Rate { get; init; }

    /// <summary>
    /// Bytes that one GPU of the node moves through its memory: weights that it touches, inputs and outputs of the local shard; of an
    /// overview block the sum over its operators, layers and micro-batches.
    /// </summary>
    public long HbmBytes { get; init; }

    /// <summary>
    /// Its weights that are quantised in blocks and split over GPUs (<see cref="ParallelDag.Precisions.BlockedShard"/>), as text; null
    /// where there are none.
    /// </summary>
    public string? WeightBlocks { get; init; }

    /// <summary>The class of its kernel; None where it only communicates.</summary>
    public KernelClass Kernel { get; init; }

    /// <summary>
    /// The size that its kernel's efficiency grows with: the span of a prompt's attention, the rows of an expert with tokens; else 0.
    /// </summary>
    public double Extent { get; init; }

    /// <summary>The GPUs that send, of a message, where a file tells them; null: those of the predecessors.</summary>
    public GpuSet? Senders { get; init; }

    /// <summary>
    /// The time of the node where it is given rather than modelled: as a file says, or of an overview block the sum over its operators,
    /// layers and micro-batches on one GPU. Null: by the model.
    /// </summary>
    public NodeTime? Time { get; init; }

    /// <summary>How many Device nodes the node stands for.</summary>
    public long Members { get; init; } = 1;

    /// <summary>How the DOT file that the node was read from draws it; null for a DAG that was not read from a drawing.</summary>
    public NodeDrawing? Drawing { get; init; }
}

/// <summary>Where a node stands: phase, stage, layer, micro-batch. One per block of nodes.</summary>
public sealed record NodeScope
{
    /// <summary>The scope of a node of which nothing is known.</summary>
    public static NodeScope Unknown { get; } = new();

    /// <summary>The phase, or null when a foreign file does not tell.</summary>
    public PhaseId? Phase { get; init; }

    /// <summary>The pipeline stage; null when unknown. Plans count from 1, many drawings from 0.</summary>
    public int? Stage { get; init; }

    /// <summary>
    /// The layer; null outside the layers, for several of them, and when unknown. Plans count from 1, many drawings from 0.
    /// </summary>
    public int? Layer { get; init; }

    /// <summary>The layers of an overview block (<c>1-4</c>), else null.</summary>
    public string? Layers { get; init; }

    /// <summary>The micro-batch, from 0; 0 also for what occurs once for all of them.</summary>
    public int MicroBatch { get; init; }
}
