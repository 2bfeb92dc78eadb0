using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// Items 2 and 3 of PD023: the parts of a layer, and that layers of one kind have the same steps and the same edges between steps.
/// What is missing or beyond measure is what differs from most layers of the kind.
/// </summary>
internal sealed class LayerParts
{
    // What a step reads that another section yields, and what the Input hands out, are the same thing wherever they come from.
    private const int Stream = 0, FromInput = 1, FirstStep = 2;

    private readonly Inspection _inspection;
    private readonly Dag _dag;
    private readonly StepKinds _steps;
    private readonly int _width;
    private readonly int[] _seen;
    private readonly Dictionary<Kind, List<Section>> _kinds = [];
    private readonly Dictionary<(PhaseId Phase, int? Layer), HashSet<int>> _microBatches = [];
    private readonly Dictionary<(PhaseId Phase, int Layer), List<Section>> _ofLayer = [];
    private readonly Dictionary<PhaseId, PhaseEnds> _ends = [];
    private readonly Dictionary<int, Section> _ofModel = [];
    private int _mark;

    public LayerParts(Inspection inspection)
    {
        _inspection = inspection;
        _dag = inspection.Dag;
        _steps = inspection.Survey.Steps;
        _width = _steps.Kinds.Count + FirstStep;
        _seen = new int[_width * _width * 2];
    }

    /// <summary>Collects what a section has and holds a layer against what a layer must have.</summary>
    public void Check(int section)
    {
        if (_dag.Detail == DetailLevel.Overview)
            return;
        NodeScope scope = _inspection.Survey.Sections.Scopes[section];
        if (scope.Phase is not PhaseId phase)
            return;
        Section found = _ofModel.TryGetValue(_inspection.Survey.Alike?.ModelOf(section) ?? section, out Section? model)
            ? model with { Index = section } : Read(section);
        _ofModel.TryAdd(section, found);
        PhaseEnds ends = _ends.GetValueOrDefault(phase);
        _ends[phase] = new PhaseEnds(ends.Inputs + found.Ends.Inputs, ends.Outputs + found.Ends.Outputs);
        if (found.Steps.Count == 0)
            return;
        int at = found.Steps.FindLastIndex(step => _steps.Kinds[step].Operator.Role == OperatorRole.Core);
        int core = at < 0 ? -1 : found.Steps[at];
        bool experts = found.Steps.Exists(step => _steps.Kinds[step].Operator.Role
            is OperatorRole.Experts or OperatorRole.Gate or OperatorRole.Selection or OperatorRole.Dispatch);
        if (scope.Layer is not null)
            CheckLayer(found, _inspection.Survey.Sections.Nodes(section)[0], experts);
        var key = (phase, scope.Layer);
        if (!_microBatches.TryGetValue(key, out HashSet<int>? batches))
            _microBatches.Add(key, batches = []);
        batches.Add(scope.MicroBatch);
        var kind = new Kind(phase, scope.Layer is not null ? 0 : scope.Stage ?? 0, core, experts, found.Options);
        if (scope.Layer is int layer)
        {
            if (!_ofLayer.TryGetValue((phase, layer), out List<Section>? batchesOfLayer))
                _ofLayer.Add((phase, layer), batchesOfLayer = []);
            batchesOfLayer.Add(found);
        }

        if (!_kinds.TryGetValue(kind, out List<Section>? alike))
            _kinds.Add(kind, alike = []);
        alike.Add(found);
    }

    /// <summary>Compares layers of one kind, and holds each phase against its header; call after all sections.</summary>
    public void CheckPhases()
    {
        if (_dag.Detail == DetailLevel.Overview)
            return;
        foreach (List<Section> alike in _kinds.Values)
            Compare(alike);
        foreach (List<Section> batches in _ofLayer.Values)
            Compare(batches);
        ComparePhases();
        foreach (DagPhase phase in _dag.Phases)
        {
            CheckEnds(phase);
            CheckMicroBatches(phase);
        }
    }

    /// <summary><c>2 kinds of layers, each with the same operators and edges throughout</c>.</summary>
    public string Summary()
    {
        int kinds = _kinds.Keys.Where(kind => kind.Outside == 0).Select(kind => (kind.Core, kind.Experts)).Distinct().Count();
        return _dag.Detail == DetailLevel.Overview ? "blocks are not compared"
            : $"{Words.Count(kinds, "kind of layer", "kinds of layers")} with the same operators and edges throughout";
    }

    private bool Mark(int from, int to, int plane = 0)
    {
        ref int seen = ref _seen[(((plane * _width) + from) * _width) + to];
        if (seen == _mark)
            return false;
        seen = _mark;
        return true;
    }

    /// <summary>The steps of a section, from where they read, and the ends of its phase that lie in it.</summary>
    private Section Read(int section)
    {
        var found = new Section(section, [], []);
        _mark++;
        foreach (int node in _inspection.Survey.Sections.Nodes(section))
        {
            int step = _steps.Of(_dag, node);
            if (step < 0)
                continue;
            Operator row = _steps.Kinds[step].Operator;
            if (row.Role == OperatorRole.CacheTransfer)
                continue; // Where and when cache moves depends on both phases (PD017).
            if (row.Role is OperatorRole.Input or OperatorRole.Output)
            {
                int input = row.Role == OperatorRole.Input ? 1 : 0;
                found = found with { Ends = new PhaseEnds(found.Ends.Inputs + input, found.Ends.Outputs + 1 - input) };
                continue;
            }

            if (Mark(0, step + FirstStep))
                found.Steps.Add(step);
            AddEdges(found, section, node, step);
        }

        return found with { Options = OptionsOf(found) + (Gates(found) ? " gated" : "") };
    }

    /// <summary>Notes from which steps a node reads; what other sections yield counts as one.</summary>
    private void AddEdges(Section found, int section, int node, int step)
    {
        foreach (int link in _dag.Topology.In(node))
        {
            EdgeKind kind = Topology.Kind(link);
            if (kind is EdgeKind.Kv or EdgeKind.Order or EdgeKind.Token)
                continue;
            int source = Topology.Node(link), from = _steps.Of(_dag, source);
            if (from < 0)
                continue;
            int relative = _steps.Kinds[from].Operator.Role == OperatorRole.Input ? FromInput
                : _inspection.Survey.Sections.Of(_dag, source) == section ? from + FirstStep : Stream;
            if (Mark(relative, step + FirstStep, 1))
                found.Edges.Add((relative, step));
        }
    }

    /// <summary>
    /// Item 2 for a layer. Where both parts read the stream side by side, one residual takes both (and one norm may feed both).
    /// </summary>
    private void CheckLayer(Section found, int first, bool experts)
    {
        int section = found.Index;
        var here = found.Steps.Select(step => _steps.Kinds[step].Operator).ToList();
        bool mixes = Has(OperatorPlace.Mixer, null), feeds = Has(OperatorPlace.FeedForward, null);
        bool parallel = mixes && feeds && found.Edges.Count(edge => _steps.Kinds[edge.To].Operator.Name == Ops.FfnResidual) > 2;
        Need(mixes || feeds, section, first, "attention and no FFN");
        if (mixes)
        {
            Need(Has(OperatorPlace.Mixer, OperatorRole.Norm), section, first, "norm before its attention");
            Need(parallel || Has(OperatorPlace.Mixer, OperatorRole.Residual), section, first, "residual add after its attention");
        }

        if (!feeds)
            return;
        Need(parallel || Has(OperatorPlace.FeedForward, OperatorRole.Norm), section, first, "norm before its FFN");
        Need(Has(OperatorPlace.FeedForward, OperatorRole.Residual), section, first, "residual add after its FFN");
        if (!experts)
        {
            bool computes =
                here.Exists(row => row is { Place: OperatorPlace.FeedForward, Role: OperatorRole.Plain, Kind: NodeKind.Computation });
            Need(computes, section, first, "FFN");
            return;
        }

        foreach (OperatorRole part in new[] { OperatorRole.Gate, OperatorRole.Selection, OperatorRole.Experts, OperatorRole.Aggregation })
            Need(here.Exists(row => row.Role == part), section, first, Ops.Table.First(row => row.Role == part).Title);

        bool Has(OperatorPlace place, OperatorRole? role) => here.Exists(row => row.Place == place && (role is null || row.Role == role));
    }

    private void NeedAlways(int section, int first, List<Operator> here, OperatorPlace place)
    {
        foreach (Operator row in Ops.Table.Where(row => row.Always && row.Place == place))
            Need(here.Contains(row), section, first, row.Title);
    }

    private void Need(bool there, int section, int first, string what)
    {
        if (there)
            return;
        _inspection.Fault($"{NameOf(section)} has no {what}; add it");
        _inspection.MarkNode(first);
    }

    /// <summary>A layer has the same FFN and the same token mixer in both phases; only projections of latents stand elsewhere in
    /// decode.</summary>
    private void ComparePhases()
    {
        foreach (((PhaseId phase, int layer), List<Section> batches) in _ofLayer)
        {
            if (phase.Kind != PhaseKind.Decode)
                continue;
            List<Section>? before = _ofLayer.Where(item => item.Key.Phase.Kind == PhaseKind.Prefill && item.Key.Layer == layer)
                .OrderBy(item => item.Key.Phase).Select(item => item.Value).FirstOrDefault();
            if (before is null)
                continue;
            List<Operator> own = Lasting(batches[0]), others = Lasting(before[0]);
            foreach (Operator row in others.Except(own))
                Tell(batches[0], $"lacks {row.Title}, which prefill has; add it");
            foreach (Operator row in own.Except(others))
                Tell(before[0], $"lacks {row.Title}, which decode has; add it");
        }
    }

    private List<Operator> Lasting(Section section) => [.. section.Steps.Select(step => _steps.Kinds[step].Operator).Distinct()
        .Where(row => row.Kind == NodeKind.Computation && row.Name != Ops.BranchAdd // Where shared experts join follows from the dispatch.
            && (row.Place == OperatorPlace.FeedForward || row.Role == OperatorRole.Core))];

    /// <summary>The steps by which kinds of attention and of FFNs differ: what computes beyond norms, residuals and what every kind
    /// has.</summary>
    private string OptionsOf(Section found) => string.Join(' ', found.Steps.Select(step => _steps.Kinds[step].Operator)
        .Where(row => row is { Role: OperatorRole.Plain or OperatorRole.SharedExperts, Kind: NodeKind.Computation }).Select(row => row.Name)
            .Order(StringComparer.Ordinal));

    /// <summary>True where a merge of partial attention also reads the projection: its gate.</summary>
    private bool Gates(Section found) => found.Edges.Exists(edge => edge.From >= FirstStep
        && _steps.Kinds[edge.To].Operator.Name == Ops.AttentionMerge
        && _steps.Kinds[edge.From - FirstStep].Operator.Role == OperatorRole.Projection);

    private void CheckEnds(DagPhase phase)
    {
        PhaseEnds ends = _ends.GetValueOrDefault(phase.Phase);
        if (ends.Inputs != 1 || ends.Outputs != 1)
            _inspection.Fault(Words.Invariant(
                $"{phase} has {ends.Inputs} Inputs and {ends.Outputs} Outputs; one of each belongs to a phase"));
    }

    /// <summary>Every layer, and the entry and exit of every stage that has one, are there for every micro-batch.</summary>
    private void CheckMicroBatches(DagPhase phase)
    {
        int batches = _microBatches.Where(item => item.Key.Phase == phase.Phase).SelectMany(item => item.Value).DefaultIfEmpty(-1)
            .Max() + 1;
        const int MostNamed = 3;
        int named = 0;
        int last = Math.Min(phase.Stages.Max(stage => stage.LastLayer), 1 << 16);
        for (int layer = 1; layer <= last && named < MostNamed; layer++)
        {
            if (!_microBatches.TryGetValue((phase.Phase, layer), out HashSet<int>? have) || have.Count == batches)
                continue; // A layer without any node is the business of PD010.
            int missing = Enumerable.Range(0, batches).First(batch => !have.Contains(batch));
            _inspection.Fault(Words.Invariant($"{phase} layer {layer} is missing for micro-batch {missing} of {batches}"));
            named++;
        }

        foreach ((int stage, string name, OperatorPlace place) in new[] { (1, "entry", OperatorPlace.Entry),
            (phase.Stages.Count, "exit", OperatorPlace.Exit) })
        {
            var ends = _kinds.Where(item => item.Key.Phase == phase.Phase && item.Key.Outside == stage).SelectMany(item => item.Value)
                .Where(section => section.Steps.Exists(step => _steps.Kinds[step].Operator.Place == place)).ToList();
            foreach (Section section in ends)
            {
                var here = section.Steps.Select(step => _steps.Kinds[step].Operator).ToList();
                NeedAlways(section.Index, _inspection.Survey.Sections.Nodes(section.Index)[0], here, place);
                bool splits = place == OperatorPlace.Entry && _inspection.Survey.MeshOf(phase.Phase)?.SplitsTokens == true;
                if (here.Exists(row => row.Role == OperatorRole.Split) != splits && place == OperatorPlace.Entry
                    && _inspection.Survey.MeshOf(phase.Phase) is not null)
                    Need(!splits, section.Index, _inspection.Survey.Sections.Nodes(section.Index)[0], "SPLIT of batch or sequence");
            }

            int have = ends.Count, due = place == OperatorPlace.Exit ? batches / _inspection.Survey.Chunks.Of(phase.Phase) : batches;
            if (have != due)
                _inspection.Fault(Words.Invariant(
                    $"{phase} has {have} of {due} times the {name} of a micro-batch, in stage {stage}"));
        }
    }

    /// <summary>Item 3.</summary>
    private void Compare(List<Section> alike)
    {
        // Sections that are like one another share their lists.
        List<Section> different = [.. alike.DistinctBy(section => section.Edges)];
        if (different.TrueForAll(section => different[0].Steps.ToHashSet().SetEquals(section.Steps)
            && different[0].Edges.ToHashSet().SetEquals(section.Edges)))
        {
            return;
        }

        var steps = alike.SelectMany(section => section.Steps).GroupBy(step => step).Where(group => group.Count() < alike.Count).ToList();
        foreach (IGrouping<int, int> step in steps)
        {
            string name = Inspection.OneLine(_steps.Kinds[step.Key].Name);
            bool missing = 2 * step.Count() >= alike.Count;
            foreach (Section section in alike.Where(section => section.Steps.Contains(step.Key) != missing))
                Tell(section, missing ? $"lacks {name}, which like ones have; add it" : $"has {name}, which like ones do not have");
        }

        if (steps.Count > 0)
            return;
        foreach (IGrouping<(int From, int To),
            (int From, int To)> edge in alike.SelectMany(section => section.Edges).GroupBy(edge => edge)
            .Where(group => group.Count() < alike.Count))
        {
            string from = edge.Key.From switch { Stream => "what comes before", FromInput => "the Input",
                _ => Inspection.OneLine(_steps.Kinds[edge.Key.From - FirstStep].Name) };
            bool missing = 2 * edge.Count() >= alike.Count;
            foreach (Section section in alike.Where(section => section.Edges.Contains(edge.Key) != missing))
                Tell(section, $"has {(missing ? "no edge" : "an edge")} from {from} to "
                    + $"{Inspection.OneLine(_steps.Kinds[edge.Key.To].Name)}, "
                    + $"{(missing ? "which like ones have; add it" : "which like ones do not have")}");
        }
    }

    private void Tell(Section section, string fault)
    {
        _inspection.Fault($"{NameOf(section.Index)} {fault}");
        _inspection.MarkNode(_inspection.Survey.Sections.Nodes(section.Index)[0]);
    }

    private string NameOf(int section) => _inspection.Survey.Sections.NameOf(section);

    /// <summary>What layers of one kind agree in; sections outside the layers go by their stage.</summary>
    private readonly record struct Kind(PhaseId Phase, int Outside, int Core, bool Experts, string Options);

    /// <summary>The steps of a section, and from where each step reads.</summary>
    private sealed record Section(int Index, List<int> Steps, List<(int From, int To)> Edges)
    {
        /// <summary>The steps by which kinds of attention and of FFNs differ.</summary>
        public string Options { get; init; } = "";

        /// <summary>Inputs and Outputs among its nodes.</summary>
        public PhaseEnds Ends { get; init; }
    }

    /// <summary>How many ends a phase has.</summary>
    private readonly record struct PhaseEnds(int Inputs, int Outputs);
}
