namespace ParallelDag.Meshes;

/// <summary>The named axes of a device mesh.</summary>
public enum Axis
{
    /// <summary>Tensor parallelism.</summary>
    Tp,

    /// <summary>Sequence (context) parallelism.</summary>
    Sp,

    /// <summary>Expert parallelism.</summary>
    Ep,

    /// <summary>Data parallelism.</summary>
    Dp,

    /// <summary>Pipeline parallelism.</summary>
    Pp,

    /// <summary>Tensor parallelism within an expert (folded plans).</summary>
    Etp,

    /// <summary>Data parallelism of experts (folded plans).</summary>
    Edp,
}

/// <summary>Names of axes, as plans and files write them.</summary>
public static class Axes
{
    /// <summary><c>tp</c>, <c>sp</c>, ...</summary>
    public static string ToName(this Axis axis) => axis switch
    {
        Axis.Tp => "tp",
        Axis.Sp => "sp",
        Axis.Ep => "ep",
        Axis.Dp => "dp",
        Axis.Pp => "pp",
        Axis.Etp => "etp",
        _ => "edp",
    };

    /// <summary>Reads <c>tp</c>, <c>sp</c>, ..., without regard to case.</summary>
    public static bool TryParse(string name, out Axis axis)
    {
        foreach (Axis candidate in Enum.GetValues<Axis>())
        {
            if (string.Equals(candidate.ToName(), name, StringComparison.OrdinalIgnoreCase))
            {
                axis = candidate;
                return true;
            }
        }

        axis = default;
        return false;
    }
}
