using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;
using ParallelDag.Simulation;

namespace ParallelDag.Checks;

/// <summary>What several rules need to know of one DAG, found out once: meshes, stages, sections, steps, the first cycle. One rule at a
/// time uses it.</summary>
internal sealed class GraphSurvey
{
    private readonly CancellationToken _cancellation;
    private readonly List<string> _meshFaults = [];
    private readonly Dictionary<PhaseKind, SimulationResult?> _simulations = [];
    private Lazy<AlikeSections?>? _inStages;
    private Lazy<AlikeSections?>? _alike;
    private bool? _isStated;
    private bool? _handsPart;

    public GraphSurvey(OperatorPart part, CancellationToken cancellation)
    {
        Part = part;
        Dag dag = Dag = part.Dag;
        _cancellation = cancellation;
        Stages = new StageIndex(dag);
        var meshes = new Dictionary<PhaseKind, PhaseMesh>();
        foreach (DagPhase phase in dag.Phases)
        {
            if (PhaseMesh.Of(phase, out string? fault) is PhaseMesh mesh)
                meshes[phase.Phase] = mesh;
            else if (fault is not null)
                _meshFaults.Add($"{phase}: {fault}");
        }

        Meshes = meshes;
        Gpus = new GpuOverlaps(dag);
        Steps = new StepKinds(dag);
        foreach (NodeFacts facts in dag.FactsTable)
            IsDrawing |= facts.Drawing is { KindSource: not KindSource.Stated };
    }

    /// <summary>The graph, and of a drawing the part that runs.</summary>
    public OperatorPart Part { get; }

    /// <summary>The DAG under inspection: of a drawing the part that runs.</summary>
    public Dag Dag { get; }

    /// <summary>True for what somebody drew: what its nodes are is read from labels and shapes, not stated.</summary>
    public bool IsDrawing { get; }

    /// <summary>The graph that the plan to compare with generates; null where none is given.</summary>
    public Dag? Plan { get; init; }

    /// <summary>The mesh of each phase whose header tells one that fits its GPUs.</summary>
    public IReadOnlyDictionary<PhaseKind, PhaseMesh> Meshes { get; }

    /// <summary>Why a phase's axes make no mesh.</summary>
    public IReadOnlyList<string> MeshFaults => _meshFaults;

    /// <summary>The stages by number and layer.</summary>
    public StageIndex Stages { get; }

    /// <summary>How GPU sets of nodes overlap.</summary>
    public GpuOverlaps Gpus { get; }

    /// <summary>Nodes of one operator that belong together.</summary>
    public StepKinds Steps { get; }

    /// <summary>In how many chunks each phase passes its prompts. O(V) when first asked for.</summary>
    public PromptChunks Chunks => field ??= new PromptChunks(Dag, Facts);

    /// <summary>True when decode takes more sequences than prefill hands to it. O(V) when first asked for.</summary>
    public bool HandsPart => _handsPart ??= HandedBatch.IsPart(Dag, Facts);

    /// <summary>The nodes by their facts. O(V) when first asked for.</summary>
    public FactsIndex Facts => field ??= new FactsIndex(Dag);

    /// <summary>The tensors of nodes with their placements.</summary>
    public PlacedTensors Tensors => field ??= new PlacedTensors(Dag);

    /// <summary>The nodes of each layer, entry and exit. O(V) when first asked for.</summary>
    public SectionIndex Sections => field ??= new SectionIndex(Dag);

    /// <summary>Which sections of a stage are alike; null where none are. O(V + E) when first asked for.</summary>
    public AlikeSections? AlikeInStages => (_inStages ??= new(() => AlikeSections.Of(this))).Value;

    /// <summary>Which sections are alike, also those of several stages; null where none are. O(V + E) when first asked for.</summary>
    public AlikeSections? Alike => (_alike ??= new(() => AlikeInStages?.AcrossStages(this))).Value;

    /// <summary>All nodes, ascending. O(V) when first asked for.</summary>
    public int[] AllNodes => field ??= [.. Enumerable.Range(0, Dag.NodeCount)];

    /// <summary>
    /// A phase run on the streams of its GPUs; null where the graph tells no times, is an overview, or has a cycle. O(V + E) when first
    /// asked for.
    /// </summary>
    public SimulationResult? Simulate(PhaseKind phase)
    {
        if (!_simulations.TryGetValue(phase, out SimulationResult? result))
        {
            bool runs = Dag.Detail != DetailLevel.Overview && Dag.Times is not null && Cycle.Length == 0;
            result = runs ? DagSimulator.Run(Dag, new SimulationOptions { Phase = phase }, _cancellation) : null;
            _simulations.Add(phase, result);
        }

        return result;
    }

    /// <summary>The edges of a cycle in order; empty when there is none. O(V + E) when first asked for.</summary>
    public int[] Cycle => field ??= TopologicalOrder.Exists(Dag.Topology, _cancellation) ? []
        : CycleSearch.Find(Dag.Topology, _cancellation);

    /// <summary>
    /// True for a graph that states its plan: phases with stages in the header, and operators on its nodes. Such a graph is held to what
    /// its plan implies;
    /// of a drawing it is not known what it left out on purpose.
    /// </summary>
    public bool IsStated => _isStated ??= Dag.Phases.Count > 0 && Dag.Phases.All(phase => phase.Stages.Count > 0)
        && Steps.Kinds.Exists(kind => kind.Operator.Place is OperatorPlace.Mixer or OperatorPlace.FeedForward);

    /// <summary>The mesh of a node's phase; the only one where the node does not tell its phase.</summary>
    public PhaseMesh? MeshOf(PhaseKind? phase) =>
        phase is PhaseKind kind ? Meshes.GetValueOrDefault(kind) : Meshes.Count == 1 ? Meshes.Values.First() : null;
}
