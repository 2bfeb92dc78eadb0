using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Precisions;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// One operator of a layer as all ranks of a stage run it, declared once: tensors in and out with their placements, weights, work.
/// A step knows nothing of detail levels, stages or layers; the lowering draws it per GPU, per shard or once. Immutable once it is part of
/// a program, and safe
/// to share between threads.
/// </summary>
public sealed class OperatorStep
{
    private readonly string? _idStem;
    private readonly KernelClass? _kernel;
    private IReadOnlyList<ITensor>? _inputs;
    private readonly IReadOnlyList<Axis> _split = [];
    private readonly IReadOnlyList<Axis> _groupAxes = [];

    /// <summary>The operator in the vocabulary of <see cref="Graphs.Ops"/>.</summary>
    public required string Op { get; init; }

    /// <summary>The title that people read.</summary>
    public required string Name { get; init; }

    /// <summary>The class of its kernel; that of its operator unless given.</summary>
    public KernelClass Kernel
    {
        get => _kernel ?? (Collective == CollectiveKind.None ? Ops.Find(Op)?.Kernel ?? KernelClass.None : KernelClass.None);
        init => _kernel = value;
    }

    /// <summary>What it does.</summary>
    public NodeKind Kind { get; init; } = NodeKind.Computation;

    /// <summary>The operator's part of a node id; differs from <see cref="Op"/> where an operator occurs twice in a layer.</summary>
    public string IdStem { get => _idStem ?? Op; init => _idStem = value; }

    /// <summary>Position in the program, from 0.</summary>
    public int Index { get; internal set; }

    /// <summary>The factoring of the stage's ranks that <see cref="Split"/> and <see cref="GroupAxes"/> speak of.</summary>
    public required DeviceMesh Mesh { get; init; }

    /// <summary>The axes of degree above 1 along which the Operator view draws separate nodes.</summary>
    public IReadOnlyList<Axis> Split { get => _split; init => _split = [.. value.Where(axis => Mesh.Degree(axis) > 1)]; }

    /// <summary>Where the inputs come from.</summary>
    public required IReadOnlyList<StepSource> Sources { get; init; }

    /// <summary>Tensors that a rank reads; those of its data sources unless given.</summary>
    public IReadOnlyList<ITensor> Inputs
    {
        get => _inputs ??= [.. Sources.Where(source => source.Kind == EdgeKind.Data).Select(source => source.Tensor)];
        init => _inputs = value;
    }

    /// <summary>Tensors that a rank yields.</summary>
    public required IReadOnlyList<ITensor> Outputs { get; init; }

    /// <summary>A tensor that lives only while the step runs (what an FFN holds between its gate and its product), or null.</summary>
    public ITensor? Scratch { get; init; }

    /// <summary>The states of sequences among its tensors: cache, not activations.</summary>
    public IReadOnlyList<ITensor> States { get; init; } = [];

    /// <summary>Weights that it reads.</summary>
    public IReadOnlyList<PlacedWeight> Weights { get; init; } = [];

    /// <summary>Its floating-point operations.</summary>
    public IReadOnlyList<Work> Work { get; init; } = [];

    /// <summary>The experts of each EP rank; null for other operators.</summary>
    public IExpertHomes? Experts { get; init; }

    /// <summary>The collective, or None.</summary>
    public CollectiveKind Collective { get; init; }

    /// <summary>The axes of the process group; empty when not a collective.</summary>
    public IReadOnlyList<Axis> GroupAxes { get => _groupAxes; init => _groupAxes = [.. value.Where(axis => Mesh.Degree(axis) > 1)]; }

    /// <summary>The traffic of a process group; null when not a collective.</summary>
    public IGroupTraffic? Traffic { get; init; }

    /// <summary>The rate that bounds its operations.</summary>
    public PeakRate Rate => Work.Count == 0 ? PeakRate.Bits16 : Work[0].Rate;

    /// <summary>Floating-point operations of a rank.</summary>
    public Int128 Flops(int rank)
    {
        Int128 flops = 0;
        foreach (Work work in Work)
            flops += work.Flops(rank);
        return flops;
    }

    /// <summary>The size on a rank that its kernel's efficiency grows with; 0 where none does.</summary>
    public double Extent(int rank)
    {
        double extent = 0;
        foreach (Work work in Work)
            extent = Math.Max(extent, work.Extent(rank));
        return extent;
    }

    /// <summary>Weight bytes that a rank holds for the operator.</summary>
    public long WeightBytes(int rank)
    {
        long bytes = 0;
        foreach (PlacedWeight weight in Weights)
            bytes = checked(bytes + weight.Bytes(rank));
        return bytes;
    }

    /// <summary>Bytes that a rank moves through its memory: the weights that it touches, its inputs and its outputs.</summary>
    public long HbmBytes(int rank)
    {
        long bytes = 0;
        foreach (PlacedWeight weight in Weights)
            bytes = checked(bytes + weight.TouchedBytes(rank));
        foreach (ITensor tensor in Inputs)
            bytes = checked(bytes + tensor.LocalBytes(rank));
        foreach (ITensor tensor in Outputs)
            bytes = checked(bytes + tensor.LocalBytes(rank));
        return bytes;
    }

    /// <summary>Of these, bytes that move whatever the batch is: weights, but for the rows that tokens look up.</summary>
    internal long FixedBytes(int rank)
    {
        long bytes = 0;
        foreach (PlacedWeight weight in Weights)
            bytes = checked(bytes + (weight.GrowsWithTokens ? 0 : weight.TouchedBytes(rank)));
        return bytes;
    }

    /// <summary>True when a tensor is the state of sequences.</summary>
    public bool IsState(ITensor tensor) => States.Count > 0 && States.Contains(tensor);

    /// <summary>The experts that a rank runs, as ranges; null for other operators.</summary>
    public GpuSet? ExpertsOf(int rank) => Experts?.ExpertsOf(Mesh.Coordinate(rank, Axis.Ep));

    /// <summary>Tells apart ranks for which the step has different numbers.</summary>
    public void Distinguish(RankClasses classes)
    {
        foreach (ITensor tensor in Inputs)
            tensor.Distinguish(classes);
        foreach (ITensor tensor in Outputs)
            tensor.Distinguish(classes);
        Scratch?.Distinguish(classes);
        foreach (PlacedWeight weight in Weights)
            weight.Distinguish(classes);
        foreach (Work work in Work)
            work.Distinguish(classes);
    }

    /// <summary>The operator and its placements.</summary>
    public override string ToString() =>
        $"{Op}: {string.Join("; ", Inputs.Select(tensor => tensor.Layout))} -> "
            + $"{string.Join("; ", Outputs.Select(tensor => tensor.Layout))}";
}

/// <summary>Which experts live on which EP rank.</summary>
public interface IExpertHomes
{
    /// <summary>The experts of an EP rank, as a set (printed as ranges).</summary>
    GpuSet ExpertsOf(int epRank);
}

/// <summary>One tensor on its way into a step.</summary>
/// <param name="Producer">The step that yields it, or null for what enters the section from outside.</param>
/// <param name="Kind">Data or gate.</param>
/// <param name="Tensor">The tensor.</param>
public sealed record StepSource(OperatorStep? Producer, EdgeKind Kind, ITensor Tensor)
{
    /// <summary>A source that carries a value as data.</summary>
    public static StepSource Data(StepValue value) => new(value.Producer, EdgeKind.Data, value.Tensor);

    /// <summary>A source that carries a step's first output as data.</summary>
    public static StepSource Data(OperatorStep step) => new(step, EdgeKind.Data, step.Outputs[0]);
}

/// <summary>A tensor together with the step that yields it.</summary>
/// <param name="Producer">The step, or null for what enters the section from outside.</param>
/// <param name="Tensor">The tensor.</param>
public sealed record StepValue(OperatorStep? Producer, ITensor Tensor)
{
    /// <summary>The tensor as one that is spread over a mesh.</summary>
    public ShardedTensor Sharded => (ShardedTensor)Tensor;
}
