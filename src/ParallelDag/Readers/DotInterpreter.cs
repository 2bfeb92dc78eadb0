using System.Globalization;
using System.Runtime.InteropServices;
using ParallelDag.Graphs;
using ParallelDag.Wording;
using ParallelDag.Writers;
using ParallelDag.Tensors;

namespace ParallelDag.Readers;

/// <summary>Turns the syntax of a DOT file into a DAG.</summary>
internal sealed class DotInterpreter
{
    /// <summary>All labels and values together may be this long, defaults counted once for each node that they apply to.</summary>
    private const long MaxCharacters = 1L << 27;

    private const int CancellationStride = 1 << 12;

    private readonly DotGraph _graph;
    private readonly string? _file;
    private readonly CancellationToken _cancellation;
    private readonly string _name;
    private readonly bool _isOurs;
    private readonly DagBuilder _builder = new();
    private readonly Dictionary<NodeScope, int> _scopes = [];
    private readonly Dictionary<string, TensorList> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PlacementList> _placements = new(StringComparer.Ordinal);
    private readonly NodeScope[] _clusterScopes;
    private long _characters;

    public DotInterpreter(DotGraph graph, string? file, CancellationToken cancellation)
    {
        _graph = graph;
        _file = file;
        _cancellation = cancellation;
        _name = graph.Name ?? (file is null ? "graph" : Path.GetFileNameWithoutExtension(file));
        string? schema = graph.Subgraphs[0].Attributes[DotAttribute.Schema]?.Text;
        _isOurs = schema == DotWriter.Schema;
        if (!_isOurs && schema is not null && schema.StartsWith("paralleldag.", StringComparison.Ordinal))
            throw new InputException(file, graph.Position, $"the schema '{OneLine.Quote(schema)}' is not known here; known is '{DotWriter.Schema}'");
        _clusterScopes = new NodeScope[graph.Subgraphs.Count];
    }

    public Dag Read()
    {
        DagHeader header = new DotHeader(_graph, _file, _name, _isOurs).Read();
        if (!_isOurs)
            ReadClusters();
        var nodePositions = new TextPosition[_graph.Nodes.Count];
        for (int i = 0; i < nodePositions.Length; i++)
        {
            if (i % CancellationStride == 0)
                _cancellation.ThrowIfCancellationRequested();
            nodePositions[i] = _graph.Nodes[i].Position;
            AddNode(_graph.Nodes[i]);
        }

        var edgePositions = new TextPosition[_graph.Edges.Count];
        DotAttributes? lastAttributes = null;
        (EdgeKind Kind, EdgeFacts Facts) last = default;
        for (int i = 0; i < edgePositions.Length; i++)
        {
            if (i % CancellationStride == 0)
                _cancellation.ThrowIfCancellationRequested();
            DotEdge edge = _graph.Edges[i];
            edgePositions[i] = edge.Position;

            // Edges of one statement share their attributes; only a label may speak of the edge itself.
            if (!ReferenceEquals(edge.Attributes, lastAttributes) || last.Facts.Label is not null)
                last = FactsOf(edge);
            lastAttributes = edge.Attributes;
            _builder.AddEdge(edge.Tail, edge.Head, last.Kind, last.Facts);
        }

        return _builder.Build(header, source: new SourceMap(_file ?? _name, nodePositions, edgePositions));
    }

    /// <summary>What the labels of clusters say of the nodes inside, outer clusters first.</summary>
    private void ReadClusters()
    {
        _clusterScopes[0] = NodeScope.Unknown;
        for (int i = 1; i < _clusterScopes.Length; i++)
        {
            NodeScope around = _clusterScopes[_graph.Subgraphs[i].Parent];
            _clusterScopes[i] = _graph.Subgraphs[i].Attributes[DotAttribute.Label] is DotValue label
                ? DrawnFacts.ScopeOfCluster(Shown(label, ""), around) : around;
        }
    }

    private void AddNode(DotNode node)
    {
        if (_isOurs && !node.IsDeclared)
            throw Fault(node.Position, $"the node '{OneLine.Quote(node.Id)}' stands in an edge only; declare it with its facts, or correct its name");
        DotValue? rawLabel = node.Attributes[DotAttribute.Label];
        string? label = rawLabel is DotValue value ? Shown(value, node.Id) : null;
        string? shape = Text(node, DotAttribute.Shape);
        string words = _isOurs ? "" : label is null ? node.Id : IsRecord(shape) ? RecordText(label) : label;
        string name = Text(node, DotAttribute.Name) ?? FirstLine(words) ?? node.Id;
        string? op = Text(node, DotAttribute.Op);
        if (op is not null && Ops.Find(op) is null)
            op = _isOurs ? throw Fault(node.Position, $"'{OneLine.Quote(op)}' is no operator of the vocabulary (node '{OneLine.Quote(node.Id)}')") : null;

        (NodeKind kind, KindSource source) = KindOf(node, op, name, shape);
        CollectiveKind collective = Named<CollectiveKind>(node, DotAttribute.Collective)
            ?? (_isOurs || kind is not (NodeKind.Communication or NodeKind.Aggregation) ? CollectiveKind.None : DrawnFacts.CollectiveNamed(name));
        var facts = new NodeFacts
        {
            Name = name,
            Op = op ?? (_isOurs ? null : DrawnFacts.OpNamed(name)),
            Kind = kind,
            Experts = Text(node, DotAttribute.Experts) ?? (_isOurs ? null : DrawnFacts.ExpertsIn(words)),
            Input = Tensors(node, Text(node, DotAttribute.Input) ?? DrawnFacts.InputIn(words)),
            Output = Tensors(node, Text(node, DotAttribute.Output) ?? DrawnFacts.OutputIn(words)),
            InputPlacement = Placements(node, DotAttribute.InputPlacement),
            OutputPlacement = Placements(node, DotAttribute.OutputPlacement),
            Collective = collective,
            GroupSize = (int)(Integer(node, DotAttribute.GroupSize, GraphLimits.Gpus) ?? 0),
            Groups = IntegerOrVaries(node, DotAttribute.Groups),
            Bytes = IntegerOrVaries(node, DotAttribute.Bytes),
            WireBytes = Integer(node, DotAttribute.WireBytes, long.MaxValue) ?? 0,
            Flops = Flops(node),
            HbmBytes = Integer(node, DotAttribute.HbmBytes, long.MaxValue) ?? 0,
            Members = Integer(node, DotAttribute.Members, long.MaxValue) ?? 1,
            Drawing = new NodeDrawing
            {
                Label = label,
                RawLabel = rawLabel?.Text,
                IsHtml = rawLabel is { IsHtml: true },
                Shape = shape,
                Style = Text(node, DotAttribute.Style),
                KindSource = source,
            },
        };
        _builder.AddNode(node.Id, _builder.AddFacts(facts), ScopeIndex(ScopeOf(node, words)), _builder.AddGpus(GpusOf(node, words)));
    }

    private (NodeKind Kind, KindSource Source) KindOf(DotNode node, string? op, string name, string? shape)
    {
        if (Named<NodeKind>(node, DotAttribute.Kind) is NodeKind stated)
            return (stated, KindSource.Stated);
        if (_isOurs)
            throw Fault(node.Position, $"the node '{OneLine.Quote(node.Id)}' states no kind; write kind=computation, communication, routing, aggregation, input or output");
        if (Ops.Find(op) is Operator row)
            return (row.Kind, KindSource.Stated);
        if (DrawnFacts.KindNamed(name) is NodeKind named)
            return (named, KindSource.Label);
        return DrawnFacts.KindDrawn(shape, name) is NodeKind drawn ? (drawn, KindSource.Shape) : (NodeKind.Computation, KindSource.Unknown);
    }

    private NodeScope ScopeOf(DotNode node, string words)
    {
        NodeScope scope = NodeScope.Unknown;
        if (!_isOurs)
        {
            scope = DrawnFacts.ScopeIn(words, _clusterScopes[node.Subgraph]);
            if (scope.Phase is null && node.Id.StartsWith("prefill", StringComparison.OrdinalIgnoreCase))
                scope = scope with { Phase = PhaseKind.Prefill };
            else if (scope.Phase is null && node.Id.StartsWith("decode", StringComparison.OrdinalIgnoreCase))
                scope = scope with { Phase = PhaseKind.Decode };
        }

        int? layer = (int?)Integer(node, DotAttribute.Layer, GraphLimits.Degree);
        string? layers = Text(node, DotAttribute.Layers);
        if (_isOurs)
            (layer, layers) = (LayerNotation.Layer(layer ?? 0, layers), LayerNotation.Layers(layer ?? 0, layers));
        return new NodeScope
        {
            Phase = Named<PhaseKind>(node, DotAttribute.Phase) ?? scope.Phase,
            Stage = (int?)Integer(node, DotAttribute.Stage, GraphLimits.Degree) ?? scope.Stage,
            Layer = layer ?? (layers is null ? scope.Layer : null),
            Layers = layer is null ? layers ?? scope.Layers : null,
            MicroBatch = (int)(Integer(node, DotAttribute.Microbatch, int.MaxValue) ?? scope.MicroBatch),
        };
    }

    private int ScopeIndex(NodeScope scope)
    {
        if (!_scopes.TryGetValue(scope, out int index))
        {
            index = _builder.AddScope(scope);
            _scopes.Add(scope, index);
        }

        return index;
    }

    private GpuSet? GpusOf(DotNode node, string words)
    {
        if (Text(node, DotAttribute.Gpus) is string stated)
        {
            if (GraphLimits.TryGpus(stated, out GpuSet? gpus))
                return gpus;
            if (_isOurs && !stated.AsSpan().ContainsAnyInRange('0', '9'))
                return null; // Words that number none ("all GPUs") name no GPUs.
            if (_isOurs)
                throw Fault(node.Position, $"gpus=\"{OneLine.Quote(stated)}\" of node '{OneLine.Quote(node.Id)}' is not a set of GPUs below {GraphLimits.Gpus} such as 0-1,4-5");
        }

        return DrawnFacts.GpusIn(words);
    }

    private (EdgeKind Kind, EdgeFacts Facts) FactsOf(DotEdge edge)
    {
        DotAttributes attributes = edge.Attributes;
        string? label = attributes[DotAttribute.Label] is DotValue raw ? Shown(raw, $"{_graph.Nodes[edge.Tail].Id}->{_graph.Nodes[edge.Head].Id}") : null;
        string style = DotLabel.Fact(attributes[DotAttribute.Style]?.Text ?? "");
        long bytes = 0;
        if (attributes[DotAttribute.Bytes]?.Text is string stated && !TryInteger(stated, long.MaxValue, out bytes) && _isOurs)
            throw Fault(edge.Position, $"bytes={OneLine.Quote(stated)} of this edge is not an integer from 0 to 2^63-1");
        EdgeKind? kind = null;
        if (attributes[DotAttribute.Kind]?.Text is string named)
        {
            if (VocabularyText.TryParse(named, out EdgeKind known))
                kind = known;
            else if (_isOurs)
                throw Fault(edge.Position, $"kind={OneLine.Quote(named)} of this edge is not data, gate, pipeline or kv");
        }

        return (kind ?? DrawnFacts.KindOfEdge(label, style), new EdgeFacts(label, bytes) { Style = style });
    }

    /// <summary>Many nodes have the same tensors; they share one list.</summary>
    private TensorList Tensors(DotNode node, string text)
    {
        if (text.Length > GraphLimits.TensorText)
            throw Fault(node.Position, $"the tensors of node '{OneLine.Quote(node.Id)}' take more than {GraphLimits.TensorText} characters; state a handful of them");
        ref TensorList? tensors = ref CollectionsMarshal.GetValueRefOrAddDefault(_tensors, text, out _);
        return tensors ??= text.Length == 0 ? TensorList.None : TensorList.Parse(text);
    }

    private PlacementList? Placements(DotNode node, DotAttribute attribute)
    {
        if (Text(node, attribute) is not string text)
            return null;
        ref PlacementList? placements = ref CollectionsMarshal.GetValueRefOrAddDefault(_placements, text, out _);
        return placements ??= PlacementList.Parse(text);
    }

    /// <summary>The value of one of our own attributes as text.</summary>
    private string? Text(DotNode node, DotAttribute attribute) =>
        node.Attributes[attribute]?.Text is string raw ? DotLabel.Fact(Counted(raw)) : null;

    private T? Named<T>(DotNode node, DotAttribute attribute)
        where T : struct, Enum
    {
        if (node.Attributes[attribute]?.Text is not string text)
            return null;
        if (VocabularyText.TryParse(text, out T value))
            return value;
        return !_isOurs ? null : throw Fault(node.Position, $"{attribute.ToName()}={OneLine.Quote(text)} of node '{OneLine.Quote(node.Id)}' is not one of "
            + string.Join(", ", Enum.GetValues<T>().Select(candidate => VocabularyText.NameOf(candidate)).Where(name => name is not null)));
    }

    private long? Integer(DotNode node, DotAttribute attribute, long limit)
    {
        if (node.Attributes[attribute]?.Text is not string text)
            return null;
        if (TryInteger(text, limit, out long value))
            return value;
        return !_isOurs ? null : throw Fault(node.Position, string.Create(CultureInfo.InvariantCulture, $"{attribute.ToName()}={OneLine.Quote(text)} of node '{OneLine.Quote(node.Id)}' is not an integer from 0 to {limit}"));
    }

    private long? IntegerOrVaries(DotNode node, DotAttribute attribute) =>
        node.Attributes[attribute]?.Text == "varies" ? null : Integer(node, attribute, long.MaxValue) ?? 0;

    private decimal Flops(DotNode node)
    {
        if (node.Attributes[DotAttribute.Flops]?.Text is not string text)
            return 0;
        if (decimal.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out decimal flops))
            return flops;
        return !_isOurs ? 0 : throw Fault(node.Position, $"flops={OneLine.Quote(text)} of node '{OneLine.Quote(node.Id)}' is not an integer from 0 to 2^96-1");
    }

    private static bool TryInteger(string text, long limit, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= limit;

    /// <summary>A label as people see it.</summary>
    private string Shown(DotValue label, string node)
    {
        string text = label.IsHtml ? DotLabel.HtmlText(Counted(label.Text)) : DotLabel.Text(Counted(label.Text), _name, node);
        return Counted(text);
    }

    private string Counted(string text)
    {
        _characters += text.Length;
        return _characters <= MaxCharacters ? text
            : throw new InputException(_file, default, "its labels, with defaults repeated for each node, come to more than a hundred million characters; shorten the default label");
    }

    private static string? FirstLine(string label)
    {
        foreach (string line in label.Split('\n'))
        {
            if (!string.IsNullOrWhiteSpace(line))
                return line.Trim();
        }

        return null;
    }

    private static bool IsRecord(string? shape) =>
        string.Equals(shape, "record", StringComparison.OrdinalIgnoreCase) || string.Equals(shape, "Mrecord", StringComparison.OrdinalIgnoreCase);

    /// <summary>The fields of a record label, a line each.</summary>
    private static string RecordText(string label) => label.Replace('|', '\n').Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);

    private InputException Fault(TextPosition position, string message) => new(_file, position, message);
}
