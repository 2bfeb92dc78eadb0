using System.Globalization;
using System.Runtime.InteropServices;
using ParallelDag.Drawings;
using ParallelDag.Graphs;
using ParallelDag.Precisions;
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
    private readonly DrawnClusters _clusters;
    private readonly int[] _sources;
    private readonly int[] _targets;
    private readonly bool[] _chooses;
    private readonly bool[] _isExpert;
    private long _characters;

    public DotInterpreter(DotGraph graph, DotSource source, string? file, CancellationToken cancellation)
    {
        _graph = graph;
        _file = file;
        _cancellation = cancellation;
        _name = graph.Name ?? (file is null ? "graph" : Path.GetFileNameWithoutExtension(file));
        string? schema = graph.Subgraphs[0].Attributes[DotAttribute.Schema]?.Text;
        _isOurs = schema == DotWriter.Schema;
        if (!_isOurs && schema is not null && schema.StartsWith("paralleldag.", StringComparison.Ordinal))
            throw new InputException(file, graph.Position,
                $"the schema '{OneLine.Quote(schema)}' is not known here; known is '{DotWriter.Schema}'");
        _builder.Drawn = _isOurs ? null : source;
        _clusters = _isOurs ? DrawnClusters.None : new DrawnClusters(graph, label => Shown(label, ""));
        _sources = new int[graph.Nodes.Count];
        _targets = new int[graph.Nodes.Count];
        _chooses = new bool[graph.Nodes.Count];
        _isExpert = new bool[graph.Nodes.Count];
        foreach (DotEdge edge in graph.Edges)
        {
            _targets[edge.Tail]++;
            _sources[edge.Head]++;
        }
    }

    public Dag Read()
    {
        DagHeader header = new DotHeader(_graph, _file, _name, _isOurs).Read();
        var nodePositions = new TextPosition[_graph.Nodes.Count];
        for (int i = 0; i < nodePositions.Length; i++)
        {
            if (i % CancellationStride == 0)
                _cancellation.ThrowIfCancellationRequested();
            nodePositions[i] = _graph.Nodes[i].Position;
            AddNode(i);
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

            // Edges of one statement share their attributes; only a label, or in a drawing what the ends are, may speak of the edge itself.
            if (!_isOurs || !ReferenceEquals(edge.Attributes, lastAttributes) || last.Facts.Label is not null)
                last = FactsOf(edge);
            lastAttributes = edge.Attributes;
            _builder.AddEdge(edge.Tail, edge.Head, last.Kind, last.Facts);
        }

        return _builder.Build(header, source: new SourceMap(_file ?? _name, nodePositions, edgePositions));
    }

    private void AddNode(int index)
    {
        DotNode node = _graph.Nodes[index];
        if (_isOurs && !node.IsDeclared)
            throw Fault(node.Position,
                $"the node '{OneLine.Quote(node.Id)}' stands in an edge only; declare it with its facts, or correct its name");
        DotValue? rawLabel = node.Attributes[DotAttribute.Label];
        string? label = rawLabel is DotValue value ? Shown(value, node.Id) : null;
        string? shape = Text(node, DotAttribute.Shape);
        string words = _isOurs ? "" : label is null ? node.Id : DrawnNames.IsRecord(shape) ? DrawnNames.RecordText(label) : label;
        string[] lines = words.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string name = Text(node, DotAttribute.Title) ?? DrawnNames.NameIn(lines) ?? node.Id;
        string? op = Text(node, DotAttribute.Op);
        if (op is not null && Ops.Find(op) is null)
            op = _isOurs
                ? throw Fault(node.Position, $"'{OneLine.Quote(op)}' is no operator of the vocabulary (node '{OneLine.Quote(node.Id)}')")
                    : null;

        (NodeKind kind, KindSource source) = KindOf(index, op, name, lines, shape);
        CollectiveKind collective = Named<CollectiveKind>(node, DotAttribute.Collective)
            ?? (_isOurs
                || kind is not (NodeKind.Communication or NodeKind.Aggregation)
                ? CollectiveKind.None : DrawnNames.CollectiveIn(name, lines));
        (string input, string output) = _isOurs ? ("", "") : TensorText.Read(words);
        if (!_isOurs && (input.Length == 0 || output.Length == 0)
            && (kind is NodeKind.Input or NodeKind.Output || KindText.EndOfPart(name) is not null))
            input = output = TensorText.ReadOnly(words);
        var facts = new NodeFacts
        {
            Name = name,
            Op = op ?? (_isOurs ? null : KindText.OperatorIn(name)),
            Kind = kind,
            Experts = Text(node, DotAttribute.Experts) ?? (_isOurs ? null : ExpertText.Read(words)),
            Input = Tensors(node, Text(node, DotAttribute.Input) ?? input),
            Output = Tensors(node, Text(node, DotAttribute.Output) ?? output),
            InputPlacement = Placements(node, DotAttribute.InputPlacement),
            OutputPlacement = Placements(node, DotAttribute.OutputPlacement),
            Collective = collective,
            GroupSize = (int)(Integer(node, DotAttribute.GroupSize, GraphLimits.Gpus) ?? 0),
            Groups = IntegerOrVaries(node, DotAttribute.Groups),
            Bytes = IntegerOrVaries(node, DotAttribute.Bytes),
            WireBytes = Integer(node, DotAttribute.WireBytes, long.MaxValue) ?? 0,
            Flops = Flops(node),
            Rate = Named<PeakRate>(node, DotAttribute.Rate),
            HbmBytes = Integer(node, DotAttribute.HbmBytes, long.MaxValue) ?? 0,
            WeightBlocks = Text(node, DotAttribute.WeightBlocks),
            Members = Integer(node, DotAttribute.Members, long.MaxValue) ?? 1,
            Time = Time(node),
            Drawing = new NodeDrawing
            {
                Label = label,
                RawLabel = rawLabel?.Text,
                IsHtml = rawLabel is { IsHtml: true },
                Shape = shape,
                Style = Text(node, DotAttribute.Style),
                IsTensorParallel = !_isOurs && (_clusters.IsTensorParallel(node.Subgraph) || TensorParallelText.Says(words)),
                KindSource = source,
            },
        };
        GpuSet? gpus = GpusOf(node, words, facts);
        if (!_isOurs
            && (_clusters.IsLegend(node.Subgraph) || RemarkText.IsRemark(facts, gpus, alone: _sources[index] + _targets[index] == 0)))
            facts = facts with { Drawing = facts.Drawing with { IsRemark = true } };
        _chooses[index] = facts.Op is Ops.Gate or Ops.TopK || (facts.Experts is null && KindText.Chooses(name));
        _isExpert[index] = facts.Op == Ops.Experts || (facts.Experts is not null && kind == NodeKind.Computation);
        _builder.AddNode(node.Id, _builder.AddFacts(facts), ScopeIndex(ScopeOf(node, words, gpus)), _builder.AddGpus(gpus));
    }

    private (NodeKind Kind, KindSource Source) KindOf(int index, string? op, string name, string[] lines, string? shape)
    {
        DotNode node = _graph.Nodes[index];
        if (Named<NodeKind>(node, DotAttribute.Kind) is NodeKind stated)
            return (stated, KindSource.Stated);
        if (_isOurs)
            throw Fault(node.Position,
                $"the node '{OneLine.Quote(node.Id)}' states no kind; "
                + "write kind=computation, communication, routing, aggregation, input or output");
        if (Ops.Find(op) is Operator row)
            return (row.Kind, KindSource.Stated);
        if (KindText.EndOfPart(name) is NodeKind end && (end == NodeKind.Input ? _sources : _targets)[index] == 0)
            return (end, KindSource.Label);
        DrawnShapes drawn = KindText.ShapeCalled(shape);
        if (KindText.Read(name, drawn) is (NodeKind named, _))
            return (named, KindSource.Label);

        // "Token Distribution" says nothing; "All-to-All Comm" on the line below does, if the shape agrees: further lines also tell of
        // neighbours and of speed.
        // A line that begins with the name of a collective tells what the node is, whatever its shape.
        foreach (string line in lines)
        {
            if (line != name && KindText.BeginsWithCollective(line))
                return (NodeKind.Communication, KindSource.Label);
            if (line != name && !GpuText.IsGpuLine(line) && !line.Contains('[', StringComparison.Ordinal)
                && !line.Contains(':', StringComparison.Ordinal)
                && KindText.Read(line, drawn) is (NodeKind told, DrawnShapes shapes) && (shapes & drawn) != 0)
            {
                return (told, KindSource.Label);
            }
        }

        return KindText.KindOf(drawn, name) is NodeKind shown ? (shown, KindSource.Shape) : (NodeKind.Computation, KindSource.Unknown);
    }

    private NodeScope ScopeOf(DotNode node, string words, GpuSet? gpus)
    {
        NodeScope scope = NodeScope.Unknown;
        if (!_isOurs)
        {
            scope = ScopeText.Read(words, ScopeText.ReadId(node.Id, _clusters.ScopeOf(node.Subgraph)));
            if (scope.Stage is null && gpus is not null)
                scope = scope with { Stage = _clusters.StageOn(gpus) };
        }

        int? layer = (int?)Integer(node, DotAttribute.Layer, GraphLimits.Degree);
        string? layers = Text(node, DotAttribute.Layers);
        if (_isOurs)
            (layer, layers) = (LayerNotation.Layer(layer ?? 0, layers), LayerNotation.Layers(layer ?? 0, layers));
        return new NodeScope
        {
            Phase = Phase(node) ?? scope.Phase,
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

    /// <summary>The GPUs that the node states, else that its label names, else its id, else the clusters around it.</summary>
    private GpuSet? GpusOf(DotNode node, string words, NodeFacts facts)
    {
        if (Text(node, DotAttribute.Gpus) is string stated)
        {
            if (GraphLimits.TryGpus(stated, out GpuSet? gpus))
                return gpus;
            if (_isOurs && !stated.AsSpan().ContainsAnyInRange('0', '9'))
                return null; // Words that number none ("all GPUs") name no GPUs.
            if (_isOurs)
                throw Fault(node.Position,
                    $"gpus=\"{OneLine.Quote(stated)}\" of node '{OneLine.Quote(node.Id)}' "
                    + $"is not a set of GPUs below {GraphLimits.Gpus} such as 0-1,4-5");
        }

        if (_isOurs)
            return null;
        bool moves = facts.Kind == NodeKind.Communication && facts.Collective is CollectiveKind.None or CollectiveKind.SendRecv;
        GpuReading reading = facts.Drawing!.Label is null ? GpuReading.Silent : GpuText.Read(words, moves);
        if (reading.Speech == GpuSpeech.Silent)
            reading = GpuText.ReadId(node.Id);
        return reading.Speech == GpuSpeech.Silent ? _clusters.GpusOf(node.Subgraph) : reading.Gpus;
    }

    private (EdgeKind Kind, EdgeFacts Facts) FactsOf(DotEdge edge)
    {
        DotAttributes attributes = edge.Attributes;
        string? label = attributes[DotAttribute.Label] is DotValue raw
            ? Shown(raw, $"{_graph.Nodes[edge.Tail].Id}->{_graph.Nodes[edge.Head].Id}") : null;
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

        return (kind ?? EdgeText.Read(label, style, _chooses[edge.Tail] || _isExpert[edge.Head]),
            new EdgeFacts(label, bytes) { Style = style });
    }

    /// <summary>Many nodes have the same tensors; they share one list.</summary>
    private TensorList Tensors(DotNode node, string text)
    {
        if (text.Length > GraphLimits.TensorText)
            throw Fault(node.Position,
                $"the tensors of node '{OneLine.Quote(node.Id)}' take more than "
                + $"{GraphLimits.TensorText} characters; state a handful of them");
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

    private PhaseId? Phase(DotNode node)
    {
        if (node.Attributes[DotAttribute.Phase]?.Text is not string text)
            return null;
        if (PhaseId.TryParse(text, out PhaseId phase))
            return phase;
        return !_isOurs ? null
            : throw Fault(node.Position, $"phase={OneLine.Quote(text)} of node '{OneLine.Quote(node.Id)}' is not one of prefill, decode");
    }

    private T? Named<T>(DotNode node, DotAttribute attribute)
        where T : struct, Enum
    {
        if (node.Attributes[attribute]?.Text is not string text)
            return null;
        if (VocabularyText.TryParse(text, out T value))
            return value;
        return !_isOurs ? null
            : throw Fault(node.Position, $"{attribute.ToName()}={OneLine.Quote(text)} of node '{OneLine.Quote(node.Id)}' is not one of "
            + string.Join(", ", Enum.GetValues<T>().Select(candidate => VocabularyText.NameOf(candidate)).Where(name => name is not null)));
    }

    private long? Integer(DotNode node, DotAttribute attribute, long limit)
    {
        if (node.Attributes[attribute]?.Text is not string text)
            return null;
        if (TryInteger(text, limit, out long value))
            return value;
        return !_isOurs ? null
            : throw Fault(node.Position,
                Words.Invariant($"{attribute.ToName()}={OneLine.Quote(text)} of node '{OneLine.Quote(node.Id)}' is not "
                    + $"an integer from 0 to {limit}"));
    }

    private long? IntegerOrVaries(DotNode node, DotAttribute attribute) =>
        node.Attributes[attribute]?.Text == "varies" ? null : Integer(node, attribute, long.MaxValue) ?? 0;

    private decimal Flops(DotNode node)
    {
        if (node.Attributes[DotAttribute.Flops]?.Text is not string text)
            return 0;
        if (decimal.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out decimal flops))
            return flops;
        return !_isOurs ? 0
            : throw Fault(node.Position,
                $"flops={OneLine.Quote(text)} of node '{OneLine.Quote(node.Id)}' is not an integer from 0 to 2^96-1");
    }

    private NodeTime? Time(DotNode node)
    {
        if (node.Attributes[DotAttribute.Seconds]?.Text is not string text)
            return null;
        const NumberStyles Positive = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (double.TryParse(text, Positive, CultureInfo.InvariantCulture, out double seconds)
            && seconds <= NodeTime.MostSeconds)
            return new NodeTime(seconds, Named<TimeBound>(node, DotAttribute.Bound) ?? TimeBound.None);
        return !_isOurs ? null
            : throw Fault(node.Position,
                $"seconds={OneLine.Quote(text)} of node '{OneLine.Quote(node.Id)}' is not a number of seconds, 0 to a million");
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
            : throw new InputException(_file, default,
                "its labels, with defaults repeated for each node, come to more than a hundred million characters; "
                + "shorten the default label");
    }

    private InputException Fault(TextPosition position, string message) => new(_file, position, message);
}
