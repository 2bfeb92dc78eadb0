using ParallelDag.Meshes;
using ParallelDag.Operators;

namespace ParallelDag.Lowering;

/// <summary>How ranks are grouped into the nodes of a step at Device level: one each, or a process group of a collective.</summary>
/// <param name="Mesh">The ranks.</param>
/// <param name="GroupAxes">The axes of the groups; none for a node a rank.</param>
internal readonly record struct DeviceCells(DeviceMesh Mesh, IReadOnlyList<Axis> GroupAxes)
{
    /// <summary>The nodes of a step.</summary>
    public static DeviceCells Of(OperatorStep step) => new(step.Mesh, step.Collective == CollectiveKind.None ? [] : step.GroupAxes);

    /// <summary>How many nodes.</summary>
    public long Count => Mesh.Size / Mesh.Degree(GroupAxes);

    /// <summary>The node of each rank.</summary>
    public int[] OfRanks() => Mesh.GroupOfRank([.. GroupAxes], out _);

    /// <summary>
    /// How many pairs of a node of this and one of another step have a rank in common. Of two steps on one mesh a pair is a class of ranks
    /// that differ in the axes of both alone.
    /// </summary>
    public long PairsWith(DeviceCells other)
    {
        if (GroupAxes.Count == 0 || other.GroupAxes.Count == 0)
            return Mesh.Size;
        DeviceMesh mesh = Mesh;
        if (mesh.Axes.SequenceEqual(other.Mesh.Axes) && mesh.Axes.All(axis => mesh.Degree(axis) == other.Mesh.Degree(axis)))
            return mesh.Size / mesh.Degree(GroupAxes.Intersect(other.GroupAxes));
        return OfRanks().Zip(other.OfRanks()).Distinct().LongCount();
    }
}
