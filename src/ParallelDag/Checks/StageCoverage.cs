using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD010: every layer is in exactly one stage; a stage's computation nodes cover exactly the stage's GPUs.
/// Four things are compared. (1) The stages that the header lists for a phase hold the layers 1..L once each, without a gap.
/// (2) A node of layer l stands in the stage that lists l, and every listed layer has computation nodes.
/// (3) The GPUs of a layer's computation nodes, taken together, are the GPUs of its stage; so are those of all of the stage's nodes.
/// (4) In a graph that states its plan every node's phase and stage are in the header; the entry stands in the first stage, the exit in the
/// last, layers' operators in a layer.
/// </summary>
internal static class StageCoverage
{
    public static CheckRule Rule { get; } = new(
        "PD010",
        "Layers and GPUs of every stage",
        "Looks at the stages in the graph's header and at the stage, layer and GPUs of every computation node: each layer is in one stage, "
            + "and the computation of each layer and stage covers exactly the stage's GPUs. Skipped where the graph lists no stages.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        if (dag.Phases.Count == 0 || dag.Phases.Any(phase => phase.Stages.Count == 0))
            return inspection.Skip("plan or stage list in the graph");

        foreach (DagPhase phase in dag.Phases)
            CheckList(inspection, phase);
        List<Place> places = Places(inspection);
        StageIndex stages = inspection.Survey.Stages;
        CheckNodes(inspection, places, stages);
        CheckPlaces(inspection);
        int layers = 0;
        var outside = new Dictionary<PlaceKey, DagStage>();
        foreach (DagPhase phase in dag.Phases)
            layers += CheckCover(inspection, phase, places, outside, stages);
        NameOutside(inspection, outside);
        return inspection.Conclude(
            $"{Words.Count(layers, "layer")}{(dag.Phases.Count > 1 ? " of both phases" : "")} in "
                + $"{Words.Count(dag.Phases.Sum(phase => phase.Stages.Count), "stage")} ({Summary(dag.Phases)}), each in one stage "
                + $"and computed on all of its GPUs");
    }

    /// <summary><c>prefill: 1-4 on 0-15, 5-8 on 16-31; decode: ...</c>; a line holds some stages of each phase.</summary>
    private static string Summary(IReadOnlyList<DagPhase> phases)
    {
        const int StagesInLine = 8, LongestGpus = 60;
        return string.Join("; ", phases.Select(phase => $"{phase}: {string.Join(", ", phase.Stages.Take(StagesInLine).Select(Place))}"
            + (phase.Stages.Count > StagesInLine ? ", ..." : "")));

        static string Place(DagStage stage) => Words.Invariant(
            $"{stage.FirstLayer}-{stage.LastLayer} on {Inspection.OneLine(stage.Gpus.ToString(), LongestGpus)}");
    }

    /// <summary>(1): the listed stages partition the layers 1..L.</summary>
    private static void CheckList(Inspection inspection, DagPhase phase)
    {
        int next = 1;
        foreach (DagStage stage in phase.Stages.OrderBy(stage => stage.FirstLayer))
        {
            if (stage.FirstLayer > stage.LastLayer)
                inspection.Fault(Words.Invariant($"{phase} stage {stage.Index} lists no layer"));
            else if (stage.FirstLayer < next)
                inspection.Fault(Words.Invariant($"{phase} layer {stage.FirstLayer} is in two stages"));
            else if (stage.FirstLayer > next)
                inspection.Fault(Words.Invariant($"{phase} layer {next} is in no stage"));
            next = Math.Max(next, stage.LastLayer + 1);
        }
    }

    /// <summary>The distinct scopes in use, each with its nodes' rows in the order of the columns.</summary>
    private static List<Place> Places(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        var places = new List<Place>();
        var index = new Dictionary<PlaceKey, Place>();
        SectionIndex sections = inspection.Survey.Sections;
        bool[] computes = new bool[dag.FactsTable.Length];
        for (int facts = 0; facts < computes.Length; facts++)
            computes[facts] = dag.FactsTable[facts].Kind == NodeKind.Computation;

        // Sections of a stage that are alike compute on the same GPU sets.
        var computing = new Dictionary<int, List<int>>();
        var seen = new HashSet<int>();
        foreach (int section in Enumerable.Range(0, sections.Count).Where(section => sections.Nodes(section).Length > 0)
            .OrderBy(section => sections.Nodes(section)[0]))
        {
            inspection.Cancellation.ThrowIfCancellationRequested();
            NodeScope scope = sections.Scopes[section];
            if (!index.TryGetValue(PlaceKey.Of(scope), out Place? place))
            {
                place = new Place(scope, sections.Nodes(section)[0]);
                index.Add(PlaceKey.Of(scope), place);
                places.Add(place);
            }

            int model = inspection.AlikeInStages?.ModelOf(section) ?? section;
            if (!computing.TryGetValue(model, out List<int>? nodes))
            {
                computing.Add(model, nodes = []);
                seen.Clear();
                foreach (int node in sections.Nodes(model))
                {
                    if (computes[dag.FactsColumn[node]] && seen.Add(dag.GpuColumn[node]))
                        nodes.Add(node);
                }
            }

            foreach (int node in nodes)
                place.Add(dag.GpuColumn[node], node);
        }

        return places;
    }

    /// <summary>(4): phase and stage of every node are in the header; entry and exit stand in the first and the last stage.</summary>
    private static void CheckPlaces(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        if (!inspection.Survey.IsStated)
            return;
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            NodeScope scope = dag.ScopeOf(node);
            if (inspection.Survey.Stages.PhaseOf(scope.Phase) is not DagPhase phase)
            {
                inspection.NodeFault(node, "of a phase that the header does not list", scope.Phase?.ToName() ?? "none");
                continue;
            }

            if (dag.FactsOf(node).Operator is not Operator row)
                continue; // PD023 names it.
            OperatorPlace place = row.Place;
            int first = place == OperatorPlace.Exit ? phase.Stages.Count : 1, last = place == OperatorPlace.Entry ? 1 : phase.Stages.Count;
            if (scope.Stage is null || scope.Stage < first || scope.Stage > last)
                inspection.NodeFault(node, $"of {phase} in a stage where [it does|they do] not belong",
                    Words.Invariant($"{dag.FactsOf(node).Op} in stage {scope.Stage} of {phase.Stages.Count}"));
            else if (place is OperatorPlace.Mixer or OperatorPlace.FeedForward && scope.Layer is null && scope.Layers is null)
                inspection.NodeFault(node, "of a layer that [does|do] not tell which", dag.FactsOf(node).Op);
            else if (place is OperatorPlace.Entry or OperatorPlace.Exit && (scope.Layer is not null || scope.Layers is not null))
                inspection.NodeFault(node, "of entry or exit that [stands|stand] in a layer", dag.FactsOf(node).Op);
        }
    }

    /// <summary>(2): nodes stand in the stage that lists their layer.</summary>
    private static void CheckNodes(Inspection inspection, List<Place> places, StageIndex stages)
    {
        foreach (Place place in places)
        {
            DagPhase? phase = stages.PhaseOf(place.Scope.Phase);
            if (phase is null || place.Layers.Count == 0)
                continue;
            foreach ((int first, int last) in place.Layers)
            {
                DagStage? stage = stages.Holding(phase, first, last);
                if (stage is null)
                    inspection.NodeFault(place.FirstNode, Words.Invariant($"of {phase} layers that are in no single stage"),
                        Words.Invariant($"layer {first}-{last}"));
                else if (stage.Index != place.Scope.Stage)
                    inspection.NodeFault(place.FirstNode, "in another stage than the one that lists [its|their] layer",
                        Words.Invariant($"stage {place.Scope.Stage}, layer {first} is in stage {stage.Index}"));
            }
        }
    }

    /// <summary>(3): the GPUs of each stage and of each of its layers are covered. Returns how many layers the phase has.</summary>
    private static int CheckCover(Inspection inspection, DagPhase phase, List<Place> places, Dictionary<PlaceKey, DagStage> outside,
        StageIndex stages)
    {
        int layers = 0;
        ILookup<int?, Place> byStage = places.Where(place => stages.PhaseOf(place.Scope.Phase) == phase && place.Entries.Count > 0)
            .ToLookup(place => place.Scope.Stage);
        foreach (DagStage stage in phase.Stages)
        {
            List<Place> here = [.. byStage[stage.Index]];
            if (here.Count == 0)
            {
                inspection.Fault(Words.Invariant($"{phase} stage {stage.Index} has no computation node"));
                continue;
            }

            var covered = new HashSet<int>();
            List<int>? previous = null;
            GpuSet union = GpuSet.Empty;
            foreach (Place place in here)
            {
                inspection.Cancellation.ThrowIfCancellationRequested();
                GpuSet own = previous is not null && previous.SequenceEqual(place.Entries)
                    ? union
                    : GpuSet.UnionAll(place.Gpus(inspection.Dag));
                (previous, union) = (place.Entries, own);
                foreach ((int first, int last) in place.Layers)
                {
                    for (int layer = Math.Max(first, stage.FirstLayer); layer <= Math.Min(last, stage.LastLayer); layer++)
                        covered.Add(layer);
                }

                if (place.Layers.Count > 0 && own != stage.Gpus)
                    Mismatch(inspection, phase, stage, own, [place],
                        Words.Invariant($"layer {place.Scope.Layers ?? place.Scope.Layer?.ToString(CultureInfo.InvariantCulture)}"),
                        outside);
                else if (!stage.Gpus.ContainsAll(own))
                    Mismatch(inspection, phase, stage, own, [place], "the rest of the stage", outside);
            }

            layers += covered.Count;
            if (covered.Count > 0)
            {
                for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
                {
                    if (!covered.Contains(layer))
                        inspection.Fault(Words.Invariant($"{phase} layer {layer} of stage {stage.Index} has no computation node"));
                }
            }
            else
            {
                GpuSet all = GpuSet.UnionAll(here.SelectMany(place => place.Gpus(inspection.Dag)));
                if (all != stage.Gpus)
                    Mismatch(inspection, phase, stage, all, here, "the stage", outside);
            }
        }

        return layers;
    }

    /// <summary>Tells which GPUs nobody computes on, and notes the places with nodes outside the stage's GPUs.</summary>
    private static void Mismatch(Inspection inspection, DagPhase phase, DagStage stage, GpuSet own,
        List<Place> places, string what, Dictionary<PlaceKey, DagStage> outside)
    {
        GpuSet missing = stage.Gpus.Except(own);
        if (!missing.IsEmpty)
        {
            inspection.Fault(Words.Invariant(
                $"{phase} stage {stage.Index}, {what}: no computation node on GPUs {Inspection.OneLine(missing.ToString())} of "
                    + $"{Inspection.OneLine(stage.Gpus.ToString())}"));
            inspection.MarkNode(places[0].FirstNode);
        }

        if (stage.Gpus.ContainsAll(own))
            return;
        foreach (Place place in places)
            outside[PlaceKey.Of(place.Scope)] = stage;
    }

    /// <summary>Names the computation nodes that stand outside the GPUs of their stage.</summary>
    private static void NameOutside(Inspection inspection, Dictionary<PlaceKey, DagStage> outside)
    {
        Dag dag = inspection.Dag;
        for (int node = 0; node < dag.NodeCount && outside.Count > 0; node++)
        {
            inspection.Step(node);
            if (dag.FactsOf(node).Kind == NodeKind.Computation && dag.GpusOf(node) is GpuSet gpus
                && outside.TryGetValue(PlaceKey.Of(dag.ScopeOf(node)), out DagStage? stage) && !stage.Gpus.ContainsAll(gpus))
            {
                inspection.NodeFault(node,
                    Words.Invariant($"outside the GPUs of {dag.ScopeOf(node).Phase?.ToName() ?? "their"} stage {stage.Index}"),
                    Inspection.OneLine(gpus.Except(stage.Gpus).ToString()));
            }
        }
    }

    /// <summary>What tells places apart: micro-batches share them.</summary>
    private readonly record struct PlaceKey(PhaseId? Phase, int? Stage, int? Layer, string? Layers)
    {
        public static PlaceKey Of(NodeScope scope) => new(scope.Phase, scope.Stage, scope.Layer, scope.Layers);
    }

    /// <summary>The computation nodes of one phase, stage and layer (or run of layers, in an overview).</summary>
    private sealed class Place(NodeScope scope, int firstNode)
    {
        private readonly List<int> _representatives = [];
        private readonly HashSet<int> _known = [];

        public NodeScope Scope { get; } = scope;

        public int FirstNode { get; } = firstNode;

        /// <summary>The distinct GPU sets as entries of the GPU table, in order of first use.</summary>
        public List<int> Entries { get; } = [];

        /// <summary>The layers as ranges; empty outside the layers.</summary>
        public IReadOnlyList<(int First, int Last)> Layers { get; } =
            scope.Layer is int layer ? [(layer, layer)] : IndexRanges.Parse(scope.Layers);

        public void Add(int entry, int node)
        {
            if (!_known.Add(entry))
                return;
            Entries.Add(entry);
            _representatives.Add(node);
        }

        public IEnumerable<GpuSet> Gpus(Dag dag)
        {
            foreach (int node in _representatives)
            {
                if (dag.GpusOf(node) is GpuSet gpus)
                    yield return gpus;
            }
        }
    }
}
