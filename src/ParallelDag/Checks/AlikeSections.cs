using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>
/// Which sections of a graph are alike, so that a rule which judges a node by itself and its neighbours looks at one of them alone. Two
/// sections are alike when
/// <list type="number">
/// <item>they belong to the same phase and stage, and to the same chunk of a prompt;</item>
/// <item>node by node they have the same facts and GPUs;</item>
/// <item>edge by edge, in and out, the other end is the same node of the section, or a node with the same facts and GPUs that stands as
/// many layers and micro-batches away; edges of a file carry the same bytes in the same style.</item>
/// </list>
/// The first of those that are alike is their model. Layers of one kind are alike but for the first and last of a stage, and so are
/// micro-batches. The stages between the first and the last are alike in turn, on GPUs of their own (<see cref="SectionGpus"/>), for rules
/// that ask of GPUs only where they lie in their stage: of a million nodes some tens of thousands are left. What somebody changed is like
/// nothing else and is looked at.
/// </summary>
internal sealed class AlikeSections
{
    // Sections with the same nodes whose edges differ are compared with so many models; a file could hold any number of them.
    private const int MostTried = 4;

    private readonly Dag _dag;
    private readonly SectionIndex _sections;
    private readonly int[] _models;
    private readonly int[] _weights;
    private readonly HashSet<int> _split;

    private AlikeSections(GraphSurvey survey, int[] models, HashSet<int> split)
    {
        _dag = survey.Dag;
        _sections = survey.Sections;
        _models = models;
        _split = split;
        _weights = new int[models.Length];
        foreach (int model in models)
            _weights[model]++;
        Nodes = ModelNodes();
    }

    /// <summary>The nodes to look at, section by section.</summary>
    public int[] Nodes { get; }

    /// <summary>
    /// The sections of a graph that states its plan, those of each stage for themselves; null for a drawing and for an overview, whose
    /// nodes are each of their own kind. O(V + E).
    /// </summary>
    public static AlikeSections? Of(GraphSurvey survey)
    {
        if (survey.IsDrawing || !survey.IsStated || survey.Dag.Detail == DetailLevel.Overview)
            return null;
        HashSet<int> split = SplitLayers(survey.Sections);
        return new AlikeSections(survey, ModelsOfStages(survey, split), split);
    }

    /// <summary>
    /// The same with sections of several stages; itself where no two stages can stand for each other. O(nodes and edges of models).
    /// </summary>
    public AlikeSections AcrossStages(GraphSurvey survey)
    {
        var gpusOf = new Dictionary<PhaseKind, SectionGpus>();
        foreach (DagPhase phase in _dag.Phases)
        {
            if (SectionGpus.Of(survey, phase) is SectionGpus gpus)
                gpusOf[phase.Phase] = gpus;
        }

        if (gpusOf.Count == 0)
            return this;
        var likeness = new SectionLikeness(survey);
        var known = new Dictionary<(int Hash, int Length, PhaseKind Phase), List<int>>();
        int[] models = [.. _models];
        for (int section = 0; section < models.Length; section++)
        {
            NodeScope scope = _sections.Scopes[section];
            if (models[section] == section && !_split.Contains(section) && scope is { Phase: PhaseKind phase, Stage: int stage }
                && gpusOf.TryGetValue(phase, out SectionGpus? gpus) && gpus.IsBetween(stage))
            {
                ReadOnlySpan<int> nodes = _sections.Nodes(section);
                models[section] = ModelOf(section, (HashOf(_dag, nodes, gpus), nodes.Length, phase), known,
                    other => likeness.AreAlike(other, section, gpus));
            }
            else
            {
                models[section] = models[models[section]]; // A model comes before those that are like it.
            }
        }

        return new AlikeSections(survey, models, _split);
    }

    /// <summary>The section that stands for a section; itself where it is like none before it.</summary>
    public int ModelOf(int section) => _models[section];

    /// <summary>How many nodes a node of a model stands for.</summary>
    public int Weight(int node) => _weights[_sections.Of(_dag, node)];

    private static int[] ModelsOfStages(GraphSurvey survey, HashSet<int> split)
    {
        SectionIndex sections = survey.Sections;
        var likeness = new SectionLikeness(survey);
        var known = new Dictionary<(int Hash, int Length), List<int>>();
        int[] models = new int[sections.Count];
        for (int section = 0; section < models.Length; section++)
        {
            ReadOnlySpan<int> nodes = sections.Nodes(section);
            models[section] = split.Contains(section) ? section
                : ModelOf(section, (HashOf(survey.Dag, nodes, gpus: null), nodes.Length), known,
                    other => likeness.AreAlike(other, section));
        }

        return models;
    }

    /// <summary>The first section that a section is like, of those with its key; it joins them where it is like none.</summary>
    private static int ModelOf<TKey>(int section, TKey key, Dictionary<TKey, List<int>> known, Predicate<int> isAlike)
        where TKey : notnull
    {
        if (!known.TryGetValue(key, out List<int>? models))
            known.Add(key, models = []);
        int at = models.FindIndex(isAlike);
        if (at >= 0)
            return models[at];
        if (models.Count < MostTried)
            models.Add(section);
        return section;
    }

    /// <summary>The sections of layers that lie in several stages, which no sound graph has: rules see such a layer as a whole.</summary>
    private static HashSet<int> SplitLayers(SectionIndex sections)
    {
        var first = new Dictionary<(PhaseKind?, int?, int), int>();
        var split = new HashSet<int>();
        for (int section = 0; section < sections.Count; section++)
        {
            NodeScope scope = sections.Scopes[section];
            if (scope.Layer is null || first.TryAdd((scope.Phase, scope.Layer, scope.MicroBatch), section))
                continue;
            split.Add(section);
            split.Add(first[(scope.Phase, scope.Layer, scope.MicroBatch)]);
        }

        return split;
    }

    private int[] ModelNodes()
    {
        int[] models = [.. Enumerable.Range(0, _models.Length).Where(section => _models[section] == section)];
        int[] nodes = new int[models.Sum(section => _sections.Nodes(section).Length)];
        int length = 0;
        foreach (int section in models)
        {
            _sections.Nodes(section).CopyTo(nodes.AsSpan(length));
            length += _sections.Nodes(section).Length;
        }

        return nodes;
    }

    /// <summary>A hash of facts, GPUs and degrees of some of the nodes: sections that are alike have the same.</summary>
    private static int HashOf(Dag dag, ReadOnlySpan<int> nodes, SectionGpus? gpus)
    {
        const int Stride = 8; // The rest is compared anyway.
        ReadOnlySpan<int> facts = dag.FactsColumn, column = dag.GpuColumn, ins = dag.Topology.InOffsets, outs = dag.Topology.OutOffsets;
        uint hash = 2166136261; // FNV-1a, of words.
        for (int i = 0; i < nodes.Length; i += Stride)
        {
            int node = nodes[i], set = gpus?.ShapeOf(column[node]) ?? column[node];
            uint degrees = ((uint)(ins[node + 1] - ins[node]) << 16) ^ (uint)(outs[node + 1] - outs[node]);
            hash = (((((hash ^ (uint)facts[node]) * 16777619) ^ (uint)set) * 16777619) ^ degrees) * 16777619;
        }

        return (int)hash;
    }
}
