using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Meshes;

namespace ParallelDag.Comparisons;

/// <summary>
/// What the groups of a node span: as generation noted it, or, of a node from a file that stands for several groups, as the meshes of the
/// header part its GPUs.
/// </summary>
internal sealed class GroupReach(Dag dag)
{
    private readonly Dictionary<(int Facts, int Gpus), GroupSpan?> _known = [];
    private readonly Dictionary<PhaseKind, PhaseMesh?> _meshes = [];

    /// <summary>The span of the node's widest group; null where the graph does not tell.</summary>
    public GroupSpan? Of(int node)
    {
        if (dag.Header.Cluster is not ClusterSpec cluster || dag.GpusOf(node) is not GpuSet gpus)
            return null;
        var key = (dag.FactsColumn[node], dag.GpuColumn[node]);
        if (!_known.TryGetValue(key, out GroupSpan? span))
            _known.Add(key, span = dag.SpanOf(node) ?? Widest(cluster, gpus, node));
        return span;
    }

    private GroupSpan? Widest(ClusterSpec cluster, GpuSet gpus, int node)
    {
        NodeFacts facts = dag.FactsOf(node);
        if (facts.Members <= 1)
            return cluster.SpanOf(gpus);
        if (facts.Role == OperatorRole.CacheTransfer || dag.ScopeOf(node).Phase is not PhaseKind phase
            || MeshOf(phase) is not PhaseMesh mesh)
            return null;
        string axes = LinkUse.AxisOf(dag, phase, facts) ?? "";
        Axis[] named = [.. axes.Split('+').Where(name => Axes.TryParse(name, out _)).Select(name =>
            Axes.TryParse(name, out Axis axis) ? axis : default)];
        if (named.Length == 0)
            return null;

        // Messages between stages pair GPUs of the same place in two stages.
        Func<int, int> groupOf = facts.Role == OperatorRole.Send ? mesh.PositionInStage
            : gpu => mesh.RankOf(gpu) is int rank and >= 0 ? mesh.Groups(named).GroupOfRank[rank] : -1;
        return gpus.AsEnumerable().GroupBy(groupOf).Select(group => cluster.SpanOf(group))
            .MaxBy(span => (span.Level, span.Domains, span.Nodes));
    }

    private PhaseMesh? MeshOf(PhaseKind phase)
    {
        if (!_meshes.TryGetValue(phase, out PhaseMesh? mesh))
        {
            DagPhase? drawn = dag.Phases.FirstOrDefault(one => one.Phase == phase);
            _meshes.Add(phase, mesh = drawn is null ? null : PhaseMesh.Of(drawn, out _));
        }

        return mesh;
    }
}
