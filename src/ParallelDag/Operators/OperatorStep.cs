using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// One operator of a layer as all ranks of a stage run it, declared once: tensors in and out with their placements, formulas per rank.
/// A step knows nothing of detail levels, stages or layers; the lowering draws it per GPU, per shard or once.
/// </summary>
public sealed class OperatorStep
{
    /// <summary>The operator in the vocabulary of <see cref="Graphs.Ops"/>.</summary>
    public required string Op { get; init; }

    /// <summary>The title that people read.</summary>
    public required string Name { get; init; }

    /// <summary>What it does.</summary>
    public required NodeKind Kind { get; init; }

    /// <summary>The operator's part of a node id; differs from <see cref="Op"/> where an operator occurs twice in a layer.</summary>
    public required string IdStem { get; init; }

    /// <summary>Position in the program, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The axes along which the Operator view draws separate nodes.</summary>
    public required IReadOnlyList<Axis> Split { get; init; }

    /// <summary>Tensors that a rank reads.</summary>
    public required IReadOnlyList<ITensor> Inputs { get; init; }

    /// <summary>Tensors that a rank yields.</summary>
    public required IReadOnlyList<ITensor> Outputs { get; init; }

    /// <summary>Where the inputs come from.</summary>
    public required IReadOnlyList<StepSource> Sources { get; init; }

    /// <summary>The collective, or None.</summary>
    public CollectiveKind Collective { get; init; }

    /// <summary>The factoring of the stage's ranks that <see cref="Split"/> and <see cref="GroupAxes"/> speak of.</summary>
    public required DeviceMesh Mesh { get; init; }

    /// <summary>The axes of the process group; empty when not a collective.</summary>
    public IReadOnlyList<Axis> GroupAxes { get; init; } = [];

    /// <summary>The traffic of one process group, given its ranks; null when not a collective.</summary>
    public Func<IReadOnlyList<int>, Traffic>? GroupTraffic { get; init; }

    /// <summary>Floating-point operations of a rank.</summary>
    public Func<int, Int128> Flops { get; init; } = static _ => 0;

    /// <summary>Weight bytes that a rank holds for the operator.</summary>
    public Func<int, long> WeightBytes { get; init; } = static _ => 0;

    /// <summary>The experts that a rank runs, as ranges; null for other operators.</summary>
    public Func<int, GpuSet>? Experts { get; init; }

    /// <summary>Bytes that a rank moves through its memory: weights + inputs + outputs.</summary>
    public long HbmBytes(int rank) =>
        checked(WeightBytes(rank) + Inputs.Sum(tensor => tensor.LocalBytes(rank)) + Outputs.Sum(tensor => tensor.LocalBytes(rank)));

    /// <summary>The operator and its placements.</summary>
    public override string ToString() => $"{Op}: {string.Join("; ", Inputs.Select(tensor => tensor.Layout))} -> {string.Join("; ", Outputs.Select(tensor => tensor.Layout))}";
}

/// <summary>One tensor on its way into a step.</summary>
/// <param name="Producer">The step that yields it, or null for what enters the section from outside.</param>
/// <param name="Kind">Data or gate.</param>
/// <param name="Tensor">The tensor.</param>
public sealed record StepSource(OperatorStep? Producer, EdgeKind Kind, ITensor Tensor);

/// <summary>The traffic of one process group.</summary>
/// <param name="Size">S in bytes, as nccl-tests counts it.</param>
/// <param name="WireBytes">The exact sum of bytes that members send to each other.</param>
public readonly record struct Traffic(long Size, long WireBytes);

/// <summary>A tensor together with the step that yields it.</summary>
/// <param name="Producer">The step, or null for what enters the section from outside.</param>
/// <param name="Tensor">The tensor.</param>
public sealed record StepValue(OperatorStep? Producer, ITensor Tensor)
{
    /// <summary>The tensor as one that is spread over a mesh.</summary>
    public ShardedTensor Sharded => (ShardedTensor)Tensor;
}
