using ParallelDag.Precisions;

namespace ParallelDag.Operators;

/// <summary>Which side of a weight matrix tensor parallelism splits.</summary>
public enum WeightSplit
{
    /// <summary>Neither: every rank holds the matrix.</summary>
    None,

    /// <summary>Rows, that is outputs (column-parallel in Megatron's words, whose matrices are transposed).</summary>
    Rows,

    /// <summary>Columns, that is inputs (row-parallel in Megatron's words).</summary>
    Columns,
}

/// <summary>
/// A weight of a layer as its checkpoint stores it: <see cref="Count"/> matrices of <see cref="Rows"/> outputs and <see cref="Columns"/>
/// inputs
/// (a vector has one column). Parameters, bytes, FLOPs and shards all follow from it.
/// </summary>
/// <param name="Module">The module's name in the layer, as quantisation configs name it: <c>self_attn.q_proj</c>.</param>
/// <param name="Class">What it is for.</param>
/// <param name="Rows">Outputs.</param>
/// <param name="Columns">Inputs.</param>
public sealed record WeightSpec(string Module, WeightClass Class, long Rows, long Columns)
{
    /// <summary>Matrices: one an expert, else 1.</summary>
    public long Count { get; init; } = 1;

    /// <summary>Which side tensor parallelism splits.</summary>
    public WeightSplit Split { get; init; }

    /// <summary>The side that tensor parallelism splits; the rows where it splits neither.</summary>
    public long SplitSide => Split == WeightSplit.Columns ? Columns : Rows;

    /// <summary>
    /// Parts of the split side that stay whole (heads); 0: every row or column is a part. With more ranks than parts each part is
    /// replicated, one a rank.
    /// </summary>
    public long Units { get; init; }

    /// <summary>A format of its own, whatever the precision says; null: by its class.</summary>
    public NumberFormat? Format { get; init; }

    /// <summary>True for vectors (norms, biases): no matrix product goes through them.</summary>
    public bool IsVector => Columns == 1;

    /// <summary>Parameters.</summary>
    /// <exception cref="OverflowException">More than 2^63-1.</exception>
    public long Elements => checked(Rows * Columns * Count);

    /// <summary>Bytes of the whole weight in a format.</summary>
    /// <exception cref="OverflowException">More than 2^63-1.</exception>
    public long Bytes(NumberFormat format) => checked(format.MatrixBytes(Rows, Columns) * Count);

    /// <summary>A vector, which is never quantised.</summary>
    public static WeightSpec Vector(string module, WeightClass weightClass, long size) => new(module, weightClass, size, 1);
}
