using ParallelDag.Formulas;
using ParallelDag.Precisions;

namespace ParallelDag.Tensors;

/// <summary>A tensor as the ranks of a stage hold it. Immutable, safe to share between threads.</summary>
public interface ITensor
{
    /// <summary>The tensor's name where an operator has several, else null.</summary>
    string? Name { get; }

    /// <summary>How its elements are stored.</summary>
    NumberFormat Format { get; }

    /// <summary>The placement per axis of more than one rank.</summary>
    TensorPlacement Layout { get; }

    /// <summary>What <paramref name="rank"/> holds.</summary>
    TensorShape LocalShape(int rank);

    /// <summary>How many elements <paramref name="rank"/> holds; padding to the shape not counted.</summary>
    long LocalElements(int rank);

    /// <summary>How many bytes <paramref name="rank"/> holds.</summary>
    long LocalBytes(int rank) => Format.ElementBytes(LocalElements(rank));

    /// <summary>How many elements <paramref name="rank"/> holds, as a formula.</summary>
    internal T Elements<T>(int rank)
        where T : IExact<T>;

    /// <summary>How many bytes <paramref name="rank"/> holds, as a formula.</summary>
    internal T Bytes<T>(int rank)
        where T : IExact<T> => Format.ElementBytes(Elements<T>(rank));

    /// <summary>Tells apart ranks that hold different shapes.</summary>
    void Distinguish(RankClasses classes);
}
