using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Layers;

/// <summary>How the tokens of a group's members relate.</summary>
internal enum Distinctness
{
    /// <summary>All members hold the same tokens (or there is one member).</summary>
    Same,

    /// <summary>No two members hold the same tokens.</summary>
    Distinct,

    /// <summary>Some do, some do not.</summary>
    Mixed,
}

/// <summary>
/// Where the tokens of a stage lie: two ranks hold the same ones where they agree on every axis that splits batch or sequence.
/// Worked example: dp=2 outside tp=2, batch over dp. Ranks 0 and 1 hold the same tokens; groups [0,1] are alike, [0,2] distinct,
/// [0,1,2,3] mixed.
/// </summary>
internal static class TokenSpread
{
    /// <summary>The axes that split batch or sequence.</summary>
    public static Axis[] AxesOf(ShardedTensor tokens) => [.. tokens.Mesh.Axes.Where(axis => Splits(tokens, axis))];

    /// <summary>How the tokens of the members of groups relate.</summary>
    public static Distinctness Over(int[][] groups, ShardedTensor tokens)
    {
        int[] holder = tokens.Mesh.GroupOfRank([.. tokens.Mesh.Axes.Where(axis => !Splits(tokens, axis))], out _);
        bool same = true, distinct = true;
        int[] lastGroup = new int[holder.Length];
        for (int group = 0; group < groups.Length; group++)
        {
            int holders = 0;
            foreach (int rank in groups[group])
            {
                ref int last = ref lastGroup[holder[rank]];
                holders += last == group + 1 ? 0 : 1;
                last = group + 1;
            }

            same &= holders == 1;
            distinct &= holders == groups[group].Length;
        }

        return same ? Distinctness.Same : distinct ? Distinctness.Distinct : Distinctness.Mixed;
    }

    /// <summary>
    /// The axes of a mesh whose process groups are the given ones, those of one rank left out; null where groups cut an axis.
    /// </summary>
    public static Axis[]? AxesOfGroups(DeviceMesh mesh, int[][] groups)
    {
        Axis[] axes = [.. mesh.Axes.Where(axis => mesh.Degree(axis) > 1)];
        for (int subset = 0; subset < 1 << axes.Length; subset++)
        {
            Axis[] chosen = [.. axes.Where((_, index) => (subset >> index & 1) == 1)];
            if (mesh.Degree(chosen) == groups[0].Length && Joins(mesh, chosen, groups))
                return chosen;
        }

        return null;
    }

    private static bool Joins(DeviceMesh mesh, Axis[] axes, int[][] groups)
    {
        int[] groupOf = mesh.GroupOfRank(axes, out _);
        return groups.All(group => Array.TrueForAll(group, rank => groupOf[rank] == groupOf[group[0]]));
    }

    private static bool Splits(ShardedTensor tokens, Axis axis) =>
        tokens.Mesh.Degree(axis) > 1 && tokens.PlacementOn(axis).Dimension is "batch_size" or "seq_len";
}
