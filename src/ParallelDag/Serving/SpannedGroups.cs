using ParallelDag.Meshes;

namespace ParallelDag.Serving;

/// <summary>
/// The process groups of a stage with what they span: asked for by every collective of every section, worked out once. Not for several
/// threads at once.
/// </summary>
/// <param name="cluster">Domains and nodes.</param>
/// <param name="gpus">The GPU of each rank.</param>
internal sealed class SpannedGroups(ClusterSpec cluster, IReadOnlyList<int> gpus)
{
    private readonly List<OfAxes> _known = [];

    /// <summary>Domains and nodes.</summary>
    public ClusterSpec Cluster => cluster;

    /// <summary>The GPU of each rank.</summary>
    public IReadOnlyList<int> Gpus => gpus;

    /// <summary>The groups of some axes, in the order of their first ranks.</summary>
    /// <param name="mesh">The ranks.</param>
    /// <param name="axes">The axes.</param>
    /// <param name="distinct">True for the first of each span alone.</param>
    public (int[] Group, GroupSpan Span)[] Of(DeviceMesh mesh, IReadOnlyList<Axis> axes, bool distinct)
    {
        foreach (OfAxes known in _known)
        {
            if (ReferenceEquals(known.Mesh, mesh) && known.Axes.SequenceEqual(axes))
                return distinct ? known.First : known.All;
        }

        int[][] groups = mesh.Groups([.. axes]);
        var all = new (int[] Group, GroupSpan Span)[groups.Length];
        for (int group = 0; group < groups.Length; group++)
            all[group] = (groups[group], cluster.SpanOf(groups[group], gpus));
        (int[] Group, GroupSpan Span)[] first = [.. all.DistinctBy(group => group.Span)];
        _known.Add(new OfAxes(mesh, [.. axes], all, first));
        return distinct ? first : all;
    }

    private sealed record OfAxes(DeviceMesh Mesh, Axis[] Axes, (int[] Group, GroupSpan Span)[] All, (int[] Group, GroupSpan Span)[] First);
}
