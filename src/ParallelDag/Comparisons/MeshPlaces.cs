using System.Runtime.InteropServices;
using System.Text;
using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Meshes;

namespace ParallelDag.Comparisons;

/// <summary>
/// Where a node stands in its stage, by coordinates in place of GPUs: <c>tp0 sp1</c>, an axis left out where the node covers all of it. So
/// nodes of two graphs meet whatever the order of ranks, and whatever the degree of axes that they do not depend on. Routed experts and
/// what moves tokens to them stand on the expert axes, everything else on those of attention.
/// </summary>
internal sealed class MeshPlaces
{
    private static readonly Axis[] AttentionAxes = [Axis.Replica, Axis.Dp, Axis.Ep, Axis.Tp, Axis.Sp];
    private static readonly Axis[] ExpertAxes = [Axis.Replica, Axis.Edp, Axis.Ep, Axis.Etp];

    private readonly Dag _dag;
    private readonly Dictionary<PhaseId, PhaseMesh?> _meshes = [];
    private readonly Dictionary<string, int> _known;
    private readonly Dictionary<(int Gpus, int Phase, bool Experts), int> _places = [];

    /// <param name="dag">The graph.</param>
    /// <param name="known">The places of both graphs, numbered.</param>
    public MeshPlaces(Dag dag, Dictionary<string, int> known)
    {
        (_dag, _known) = (dag, known);
        foreach (DagPhase phase in dag.Phases)
            _meshes.TryAdd(phase.Phase, PhaseMesh.Of(phase, out _));
    }

    /// <summary>The phases that the graph tells.</summary>
    public IEnumerable<PhaseId> Phases => _meshes.Keys;

    /// <summary>The mesh of a phase; null where the graph does not tell it.</summary>
    public PhaseMesh? Mesh(PhaseId phase) => _meshes.GetValueOrDefault(phase);

    /// <summary>The number of a node's place.</summary>
    public int Of(int node, PhaseId? phase, NodeFacts facts)
    {
        if (facts.Role == OperatorRole.CacheTransfer)
            return OfReceiver(node);
        int gpus = _dag.GpuColumn[node];
        PhaseMesh? mesh = phase is PhaseId known ? Mesh(known) : null;
        bool experts = mesh is { IsFolded: true } && IsRouted(facts.Role);
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _places, (gpus, PhaseId.Number(phase), experts), out bool exists);
        if (!exists)
            place = Number(_dag.GpuTable[gpus] is not GpuSet set ? "" : mesh is null ? $"GPUs {set}" : Text(mesh, set, experts));
        return place;
    }

    /// <summary>The coordinates of one GPU on the axes of more than one rank: <c>ep1 tp0</c>.</summary>
    public static string Coordinates(PhaseMesh mesh, int gpu) => string.Join(' ', Axes.ReadingOrder
        .Where(axis => axis is not (Axis.Pp or Axis.Edp or Axis.Dcp or Axis.Htp) && mesh.DegreeOf(axis) > 1)
        .Select(axis => Wording.Words.Invariant($"{axis.ToName()}{mesh.Coordinate(gpu, axis)}")));

    private static bool IsRouted(OperatorRole role) =>
        role is OperatorRole.Experts or OperatorRole.Dispatch or OperatorRole.Combine or OperatorRole.RoutedCollective;

    /// <summary>A transfer is known by who gets it: the first reader of the other phase. At levels where all get it, by nothing.</summary>
    private int OfReceiver(int node)
    {
        Topology graph = _dag.Topology;
        if (_dag.Detail != DetailLevel.Device || graph.OutDegree(node) == 0)
            return Number("");
        int reader = Topology.Node(graph.Out(node)[0]);
        return Of(reader, _dag.ScopeOf(reader).Phase, _dag.FactsOf(reader));
    }

    private int Number(string text)
    {
        ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, text, out bool exists);
        if (!exists)
            number = _known.Count - 1;
        return number;
    }

    private static string Text(PhaseMesh mesh, GpuSet gpus, bool experts)
    {
        var text = new StringBuilder();
        var positions = new HashSet<int>();
        foreach (int gpu in gpus)
            positions.Add(mesh.PositionInStage(gpu));
        positions.Remove(-1);
        long product = 1;
        foreach (Axis axis in experts ? ExpertAxes : AttentionAxes)
        {
            // A folded ep is no axis of attention.
            int degree = axis == Axis.Ep && mesh.IsFolded && !experts ? 1 : mesh.DegreeOf(axis);
            if (degree == 1)
                continue;
            var covered = new SortedSet<int>();
            foreach (int gpu in gpus)
                covered.Add(mesh.Coordinate(gpu, axis));
            covered.Remove(-1);
            product *= covered.Count;
            if (covered.Count < degree && covered.Count > 0)
                text.Append(text.Length > 0 ? " " : "").Append(axis.ToName()).Append(GpuSet.FromGpus(covered));
        }

        // Coordinates that are no whole box (uneven shards) are told one by one.
        if (product != positions.Count)
            text.Append(" of ").AppendJoin(';', gpus.AsEnumerable().Select(gpu =>
                Coordinates(mesh, gpu)).Distinct().Order(StringComparer.Ordinal));
        return text.ToString();
    }
}
