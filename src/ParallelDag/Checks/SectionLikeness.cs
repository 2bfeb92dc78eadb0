using System.Numerics;
using System.Runtime.InteropServices;
using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>
/// When two sections of a graph are alike (<see cref="AlikeSections"/>). O(nodes and edges of a section).
/// </summary>
internal sealed class SectionLikeness
{
    private readonly Dag _dag;
    private readonly Topology _graph;
    private readonly SectionIndex _sections;
    private readonly PromptChunks _chunks;
    private readonly bool _ownBytes;
    private (int From, int Matching, bool Is) _asFar;

    // How many stages the second of two sections lies behind the first, and the GPUs by which stages are compared.
    private int _stages;
    private SectionGpus? _gpus;

    public SectionLikeness(GraphSurvey survey)
    {
        _dag = survey.Dag;
        _graph = _dag.Topology;
        _sections = survey.Sections;
        _chunks = survey.Chunks;
        _ownBytes = _dag.EdgesTell;
    }

    /// <summary>True when two sections of one stage are alike.</summary>
    public bool AreAlike(int one, int other)
    {
        (_stages, _gpus) = (0, null);
        return Compare(one, other);
    }

    /// <summary>True when two sections of a phase are alike that lie in one stage or in two between the first and the last.</summary>
    public bool AreAlike(int one, int other, SectionGpus gpus)
    {
        (_stages, _gpus) = ((_sections.Scopes[other].Stage - _sections.Scopes[one].Stage) ?? 0, gpus);
        return Compare(one, other);
    }

    private bool Compare(int one, int other)
    {
        NodeScope scope = _sections.Scopes[one], like = _sections.Scopes[other];
        _asFar = (-1, -1, false);
        if (!IsAsFar(one, one, other, other)
            || (scope.Phase is PhaseKind phase && scope.MicroBatch % _chunks.Of(phase) != like.MicroBatch % _chunks.Of(phase)))
            return false;
        ReadOnlySpan<int> nodes = _sections.Nodes(one), others = _sections.Nodes(other);
        if (nodes.Length != others.Length)
            return false;
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
            && GpusAgree(node, match, count)
            && DegreesAgree(_graph.OutOffsets, node, match, count) && DegreesAgree(_graph.InOffsets, node, match, count)
            && LeadAlike(one, Outward(node, count), other, Outward(match, count), shift)
            && LeadAlike(one, Inward(node, count), other, Inward(match, count), shift)
            && (!_ownBytes || CarryAlike(node, match, count));

    private bool GpusAgree(int node, int match, int count)
    {
        ReadOnlySpan<int> gpus = _dag.GpuColumn.Slice(node, count), others = _dag.GpuColumn.Slice(match, count);
        if (_stages == 0)
            return gpus.SequenceEqual(others);
        for (int i = 0; i < gpus.Length; i++)
        {
            if (!_gpus!.AreAlike(gpus[i], others[i], _stages))
                return false;
        }

        return true;
    }

    /// <summary>True when so many nodes in a row have the same degrees as others.</summary>
    private static bool DegreesAgree(ReadOnlySpan<int> offsets, int node, int match, int count) =>
        DifferAlike(offsets.Slice(node, count + 1), offsets.Slice(match, count + 1), offsets[match] - offsets[node]) == count + 1;

    /// <summary>How many numbers of a list, from its first, another list exceeds by just so much.</summary>
    private static int DifferAlike(ReadOnlySpan<int> numbers, ReadOnlySpan<int> others, int by)
    {
        ReadOnlySpan<Vector<int>> left = MemoryMarshal.Cast<int, Vector<int>>(numbers),
        right = MemoryMarshal.Cast<int, Vector<int>>(others);
        var between = new Vector<int>(by);
        int at = 0;
        while (at < left.Length && right[at] - left[at] == between)
            at++;
        for (at *= Vector<int>.Count; at < numbers.Length && others[at] - numbers[at] == by;)
            at++;
        return at;
    }

    private ReadOnlySpan<int> Outward(int node, int count) => _graph.OutLinks[_graph.OutOffsets[node].._graph.OutOffsets[node + count]];

    private ReadOnlySpan<int> Inward(int node, int count) => _graph.InLinks[_graph.InOffsets[node].._graph.InOffsets[node + count]];

    /// <summary>Item 3 for the links of nodes in a row, whose degrees agree.</summary>
    private bool LeadAlike(int one, ReadOnlySpan<int> links, int other, ReadOnlySpan<int> matches, int shift)
    {
        if (links.Length != matches.Length)
            return false;
        // Mostly to a node of the section, and as far behind it as the other section is: those are passed over many at a time.
        ReadOnlySpan<int> nodes = _sections.Nodes(one);
        int first = nodes[0], count = shift == 0 ? 0 : nodes.Length, width = Vector<int>.Count;
        ReadOnlySpan<Vector<int>> many = MemoryMarshal.Cast<int, Vector<int>>(links), like = MemoryMarshal.Cast<int, Vector<int>>(matches);
        Vector<int> by = new(shift), mask = new(Topology.NodeMask), lowest = new(first);
        var size = new Vector<uint>((uint)count);
        for (int i = 0; i < many.Length; i++)
        {
            bool within = Vector.EqualsAll(like[i] - many[i], by)
                && Vector.LessThanAll(Vector.AsVectorUInt32((many[i] & mask) - lowest), size);
            if (!within && !LeadAlike(one, links.Slice(i * width, width), other, matches.Slice(i * width, width), shift, (first, count)))
                return false;
        }

        return LeadAlike(one, links[(many.Length * width)..], other, matches[(many.Length * width)..], shift, (first, count));
    }

    private bool LeadAlike(
        int one, ReadOnlySpan<int> links, int other, ReadOnlySpan<int> matches, int shift, (int First, int Count) nodes)
    {
        for (int i = 0; i < links.Length; i++)
        {
            bool within = matches[i] - links[i] == shift && (uint)(Topology.Node(links[i]) - nodes.First) < (uint)nodes.Count;
            if (!within && !LeadsAlike(one, links[i], other, matches[i]))
                return false;
        }

        return true;
    }

    /// <summary>Item 3 for one link of each section.</summary>
    private bool LeadsAlike(int one, int link, int other, int match)
    {
        if (Topology.Kind(link) != Topology.Kind(match))
            return false;
        int node = Topology.Node(link), like = Topology.Node(match);
        int section = _sections.Of(_dag, node), matching = _sections.Of(_dag, like);
        if (section == one && matching == other)
            return _sections.Nodes(one).BinarySearch(node) == _sections.Nodes(other).BinarySearch(like);
        return section != one && matching != other && _dag.FactsColumn[node] == _dag.FactsColumn[like]
            && GpusAgree(node, like, 1) && IsAsFar(one, section, other, matching);
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
    /// layers ties its end to the very layer; between stages, to the first or the last of its stage.
    /// </summary>
    private bool IsAsFar(int one, int from, int other, int matching)
    {
        if (_asFar.From == from && _asFar.Matching == matching)
            return _asFar.Is;
        NodeScope a = _sections.Scopes[one], b = _sections.Scopes[from], c = _sections.Scopes[other], d = _sections.Scopes[matching];
        bool layers = a.Layer.HasValue && b.Layer.HasValue ? b.Layer - a.Layer == d.Layer - c.Layer
            : _stages == 0 ? a.Layer == c.Layer && b.Layer == d.Layer
            : _gpus!.EndsOf(a) == _gpus.EndsOf(c) && _gpus.EndsOf(b) == _gpus.EndsOf(d);
        bool stages = _stages == 0 ? b.Stage == d.Stage : b.Phase == a.Phase && d.Stage - b.Stage == _stages;
        bool isAsFar = layers && stages && b.Phase == d.Phase && b.Layers == d.Layers
            && b.MicroBatch - a.MicroBatch == d.MicroBatch - c.MicroBatch;
        _asFar = (from, matching, isAsFar);
        return isAsFar;
    }
}
