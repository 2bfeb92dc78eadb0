using System.Globalization;

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

    /// <summary>Ranks of tp that share KV heads and split the cache by token (decode context parallelism).</summary>
    Dcp,

    /// <summary>Ranks of tp that hold other KV heads: tp is dcp * htp where the cache is split by token.</summary>
    Htp,

    /// <summary>Instances of a phase, each on GPUs of its own: outside every other axis.</summary>
    Replica,
}

/// <summary>Names of axes, as plans and files write them.</summary>
public static class Axes
{
    /// <summary>The order in which people read axes; every text, table and picture keeps it.</summary>
    internal static readonly Axis[] ReadingOrder = [Axis.Replica, Axis.Pp, Axis.Dp, Axis.Ep, Axis.Edp, Axis.Etp, Axis.Tp, Axis.Dcp,
        Axis.Htp, Axis.Sp];

    /// <summary><c>tp</c>, <c>sp</c>, ...</summary>
    public static string ToName(this Axis axis) => axis switch
    {
        Axis.Tp => "tp",
        Axis.Sp => "sp",
        Axis.Ep => "ep",
        Axis.Dp => "dp",
        Axis.Pp => "pp",
        Axis.Etp => "etp",
        Axis.Dcp => "dcp",
        Axis.Htp => "htp",
        Axis.Replica => "replica",
        _ => "edp",
    };

    /// <summary>
    /// Degrees as people write them, in the one order that every text and table keeps: <c>pp4 dp2 ep4 tp2 sp2</c>, folded factors behind
    /// <c>ep</c>.
    /// Degrees of one are left out, <c>tp1</c> stands for none.
    /// </summary>
    public static string Describe(IReadOnlyDictionary<string, int> degrees)
    {
        string[] parts =
            [.. ReadingOrder.Select(axis => axis.ToName()).Where(axis => degrees.GetValueOrDefault(axis, 1) > 1)
            .Select(axis => axis + degrees[axis].ToString(CultureInfo.InvariantCulture))];
        return parts.Length == 0 ? "tp1" : string.Join(' ', parts);
    }

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
