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
/// micro-batches: of a million nodes some tens of thousands are left. What somebody changed is like nothing else and is looked at.
/// </summary>
internal sealed class AlikeSections
{
    // Sections with the same nodes whose edges differ are compared with so many models; a file could hold any number of them.
    private const int MostTried = 4;

    private readonly Dag _dag;
    private readonly Topology _graph;
    private readonly SectionIndex _sections;
    private readonly PromptChunks _chunks;
    private readonly bool _ownBytes;
    private readonly int[] _models;
    private readonly int[] _weights;
    private (int From, int Matching, bool Is) _asFar;

    private AlikeSections(GraphSurvey survey)
    {
        _dag = survey.Dag;
        _graph = _dag.Topology;
        _sections = survey.Sections;
        _chunks = survey.Chunks;
        _ownBytes = _dag.EdgesTell;
        _models = new int[_sections.Count];
        _weights = new int[_sections.Count];
        FindModels();
        Nodes = ModelNodes();
    }

    /// <summary>The nodes to look at, section by section.</summary>
    public int[] Nodes { get; }

    /// <summary>
    /// The sections of a graph that states its plan; null for a drawing and for an overview, whose nodes are each of their own kind.
    /// O(V + E).
    /// </summary>
    public static AlikeSections? Of(GraphSurvey survey) =>
        survey.IsDrawing || !survey.IsStated || survey.Dag.Detail == DetailLevel.Overview ? null : new AlikeSections(survey);

    /// <summary>The section that stands for a section; itself where it is like none before it.</summary>
    public int ModelOf(int section) => _models[section];

    /// <summary>How many nodes a node of a model stands for.</summary>
    public int Weight(int node) => _weights[_sections.Of(_dag, node)];

    private void FindModels()
    {
        var known = new Dictionary<(int Hash, int Length), List<int>>();
        HashSet<int> split = SplitLayers();
        for (int section = 0; section < _models.Length; section++)
        {
            int model = section;
            if (!split.Contains(section))
            {
                ReadOnlySpan<int> nodes = _sections.Nodes(section);
                var key = (HashOf(nodes), nodes.Length);
                if (!known.TryGetValue(key, out List<int>? models))
                    known.Add(key, models = []);
                int at = models.FindIndex(other => AreAlike(other, section));
                if (at >= 0)
                    model = models[at];
                else if (models.Count < MostTried)
                    models.Add(section);
            }

            _models[section] = model;
            _weights[model]++;
        }
    }

    /// <summary>The sections of layers that lie in several stages, which no sound graph has: rules see such a layer as a whole.</summary>
    private HashSet<int> SplitLayers()
    {
        var first = new Dictionary<(PhaseId?, int?, int), int>();
        var split = new HashSet<int>();
        for (int section = 0; section < _sections.Count; section++)
        {
            NodeScope scope = _sections.Scopes[section];
            if (scope.Layer is null || first.TryAdd((scope.Phase, scope.Layer, scope.MicroBatch), section))
                continue;
            split.Add(section);
            split.Add(first[(scope.Phase, scope.Layer, scope.MicroBatch)]);
        }

        return split;
    }

    private int[] ModelNodes()
    {
        var nodes = new List<int>();
        for (int section = 0; section < _models.Length; section++)
        {
            if (_models[section] == section)
                nodes.AddRange(_sections.Nodes(section));
        }

        return [.. nodes];
    }

    /// <summary>A hash of facts, GPUs and degrees: unless numbers collide, sections of one hash have rows of equal lengths.</summary>
    private int HashOf(ReadOnlySpan<int> nodes)
    {
        ReadOnlySpan<int> facts = _dag.FactsColumn, gpus = _dag.GpuColumn, ins = _graph.InOffsets, outs = _graph.OutOffsets;
        uint hash = 2166136261; // FNV-1a, of words.
        foreach (int node in nodes)
        {
            uint degrees = ((uint)(ins[node + 1] - ins[node]) << 16) ^ (uint)(outs[node + 1] - outs[node]);
            hash = (((((hash ^ (uint)facts[node]) * 16777619) ^ (uint)gpus[node]) * 16777619) ^ degrees) * 16777619;
        }

        return (int)hash;
    }

    /// <summary>True when so many nodes in a row have the same degrees as others.</summary>
    private static bool DegreesAgree(ReadOnlySpan<int> offsets, int node, int match, int count)
    {
        int between = offsets[match] - offsets[node];
        for (int i = 1; i <= count; i++)
        {
            if (offsets[match + i] - offsets[node + i] != between)
                return false;
        }

        return true;
    }

    private bool AreAlike(int one, int other)
    {
        NodeScope scope = _sections.Scopes[one], like = _sections.Scopes[other];
        _asFar = (-1, -1, false);
        if (!IsAsFar(one, one, other, other)
            || (scope.Phase is PhaseId phase && scope.MicroBatch % _chunks.Of(phase) != like.MicroBatch % _chunks.Of(phase)))
            return false;
        ReadOnlySpan<int> nodes = _sections.Nodes(one), others = _sections.Nodes(other);
        if (nodes.Length == 0)
            return true;

        // Sections that lie in one piece, as those of a generated graph do, are compared in one go.
        bool whole = nodes[^1] - nodes[0] == nodes.Length - 1 && others[^1] - others[0] == others.Length - 1;
        if (whole)
            return AreAlike(one, nodes[0], other, others[0], nodes.Length, others[0] - nodes[0]);
        for (int i = 0; i < nodes.Length; i++)
        {
            if (!AreAlike(one, nodes[i], other, others[i], 1, 0))
                return false;
        }

        return true;
    }

    /// <summary>Items 2 and 3 for so many nodes in a row.</summary>
    /// <param name="one">A section.</param>
    /// <param name="node">The first of its nodes.</param>
    /// <param name="other">The other section.</param>
    /// <param name="match">The first of its nodes.</param>
    /// <param name="count">How many nodes.</param>
    /// <param name="shift">How far the other section lies behind the first, where both lie in one piece; else 0.</param>
    private bool AreAlike(int one, int node, int other, int match, int count, int shift) =>
        _dag.FactsColumn.Slice(node, count).SequenceEqual(_dag.FactsColumn.Slice(match, count))
            && _dag.GpuColumn.Slice(node, count).SequenceEqual(_dag.GpuColumn.Slice(match, count))
            && DegreesAgree(_graph.OutOffsets, node, match, count) && DegreesAgree(_graph.InOffsets, node, match, count)
            && LeadAlike(one, Outward(node, count), other, Outward(match, count), shift)
            && LeadAlike(one, Inward(node, count), other, Inward(match, count), shift)
            && (!_ownBytes || CarryAlike(node, match, count));

    private ReadOnlySpan<int> Outward(int node, int count) => _graph.OutLinks[_graph.OutOffsets[node].._graph.OutOffsets[node + count]];

    private ReadOnlySpan<int> Inward(int node, int count) => _graph.InLinks[_graph.InOffsets[node].._graph.InOffsets[node + count]];

    /// <summary>Item 3 for the links of nodes in a row, whose degrees agree.</summary>
    private bool LeadAlike(int one, ReadOnlySpan<int> links, int other, ReadOnlySpan<int> matches, int shift)
    {
        if (links.Length != matches.Length)
            return false;
        ReadOnlySpan<int> nodes = _sections.Nodes(one);
        int first = nodes[0], count = shift == 0 ? 0 : nodes.Length;
        for (int i = 0; i < links.Length; i++)
        {
            // Mostly a node of the section, and as far behind it as the other section is.
            int link = links[i];
            bool within = matches[i] - link == shift && (uint)(Topology.Node(link) - first) < (uint)count;
            if (!within && !LeadAlike(one, link, other, matches[i]))
                return false;
        }

        return true;
    }

    /// <summary>Item 3 for one link of each section.</summary>
    private bool LeadAlike(int one, int link, int other, int match)
    {
        if (Topology.Kind(link) != Topology.Kind(match))
            return false;
        int node = Topology.Node(link), like = Topology.Node(match);
        int section = _sections.Of(_dag, node), matching = _sections.Of(_dag, like);
        if (section == one && matching == other)
            return _sections.Nodes(one).BinarySearch(node) == _sections.Nodes(other).BinarySearch(like);
        return section != one && matching != other && _dag.FactsColumn[node] == _dag.FactsColumn[like]
            && _dag.GpuColumn[node] == _dag.GpuColumn[like] && IsAsFar(one, section, other, matching);
    }

    private bool CarryAlike(int node, int match, int count)
    {
        int first = _graph.FirstEdge(node), other = _graph.FirstEdge(match);
        for (int i = 0; i < _graph.OutOffsets[node + count] - first; i++)
        {
            EdgeFacts own = _dag.EdgeFactsOf(node, first + i), like = _dag.EdgeFactsOf(match, other + i);
            if (own.Bytes != like.Bytes || own.Style != like.Style)
                return false;
        }

        return true;
    }

    /// <summary>
    /// True when a section lies from <paramref name="one"/> as another does from <paramref name="other"/>. An edge into or out of the
    /// layers ties its end to the very layer.
    /// </summary>
    private bool IsAsFar(int one, int from, int other, int matching)
    {
        if (_asFar.From == from && _asFar.Matching == matching)
            return _asFar.Is;
        NodeScope a = _sections.Scopes[one], b = _sections.Scopes[from], c = _sections.Scopes[other], d = _sections.Scopes[matching];
        bool layers = a.Layer.HasValue && b.Layer.HasValue ? b.Layer - a.Layer == d.Layer - c.Layer
            : a.Layer == c.Layer && b.Layer == d.Layer;
        bool isAsFar = layers && b.Phase == d.Phase && b.Stage == d.Stage && b.Layers == d.Layers
            && b.MicroBatch - a.MicroBatch == d.MicroBatch - c.MicroBatch;
        _asFar = (from, matching, isAsFar);
        return isAsFar;
    }
}
