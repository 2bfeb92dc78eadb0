using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Meshes;

namespace ParallelDag.Comparisons;

/// <summary>The process groups that nodes of a graph stand for, as the meshes of its header part their GPUs.</summary>
internal sealed class NodeGroups(Dag dag)
{
    private readonly Dictionary<PhaseId, PhaseMesh?> _meshes = [];

    /// <summary>The mesh of a phase; null where the graph does not tell it.</summary>
    public PhaseMesh? MeshOf(PhaseId phase)
    {
        if (!_meshes.TryGetValue(phase, out PhaseMesh? mesh))
        {
            DagPhase? drawn = dag.Phases.FirstOrDefault(one => one.Phase == phase);
            _meshes.Add(phase, mesh = drawn is null ? null : PhaseMesh.Of(drawn, out _));
        }

        return mesh;
    }

    /// <summary>The groups of a collective or of messages between stages; null where the graph does not tell them.</summary>
    public IReadOnlyList<int[]>? Of(int node)
    {
        if (dag.GpusOf(node) is not GpuSet gpus)
            return null;
        NodeFacts facts = dag.FactsOf(node);
        if (facts.Members <= 1)
            return [gpus.ToArray()];
        if (facts.Role == OperatorRole.CacheTransfer || dag.ScopeOf(node).Phase is not PhaseId phase
            || MeshOf(phase) is not PhaseMesh mesh)
            return null;
        var axes = new List<Axis>();
        foreach (string name in (LinkUse.AxisOf(dag, phase, facts) ?? "").Split('+'))
        {
            if (Axes.TryParse(name, out Axis axis))
                axes.Add(axis);
        }

        if (axes.Count == 0)
            return null;

        // Messages between stages pair GPUs of the same place in two stages.
        Func<int, int> groupOf = facts.Role == OperatorRole.Send ? mesh.PositionInStage
            : gpu => mesh.RankOf(gpu) is int rank and >= 0 ? mesh.Groups([.. axes]).GroupOfRank[rank] : -1;
        return [.. gpus.AsEnumerable().GroupBy(groupOf).Select(group => group.ToArray())];
    }
}
