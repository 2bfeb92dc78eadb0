using ParallelDag.Graphs;

namespace ParallelDag.Readers;

/// <summary>The ranges that hold for plans and so for the graphs that come from them; beyond them a file is refused.</summary>
internal static class GraphLimits
{
    /// <summary>GPU indices are below this.</summary>
    public const int Gpus = 1 << 20;

    /// <summary>The largest degree of a mesh axis, layer and stage.</summary>
    public const int Degree = 1 << 16;

    /// <summary>The longest list of tensors of a node, in characters: a node has a handful of them.</summary>
    public const int TensorText = 1 << 14;

    /// <summary>True when every GPU of the set is in range.</summary>
    public static bool Allows(GpuSet gpus) => gpus.Last < Gpus;

    /// <summary>Reads a GPU set whose members are in range.</summary>
    public static bool TryGpus(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out GpuSet? gpus)
    {
        // A longer number cannot be an index, and a sum of ranges stays countable only below the limit.
        gpus = null;
        try
        {
            return GpuSet.TryParse(text, out gpus) && Allows(gpus);
        }
        catch (OverflowException)
        {
            return false;
        }
    }
}
