using System.Runtime.InteropServices;
using System.Text.Json;
using ParallelDag.Graphs;
using ParallelDag.Precisions;
using ParallelDag.Wording;
using ParallelDag.Writers;
using ParallelDag.Tensors;

namespace ParallelDag.Readers;

/// <summary>The graph, its nodes and its edges in a JSON graph file, one method each.</summary>
internal sealed class JsonGraph(string? file, CancellationToken cancellation)
{
    private const int CancellationStride = 1 << 12;

    private static readonly string[] GraphProperties =
        ["schema", "name", "detail", "pool", "cluster", "limits", "tokenSeconds", "outputRate", "totalRate",
        "phases", "memory", "nodes", "edges", "$schema"];
    private static readonly string[] NodeProperties =
    [
        "id", "name", "op", "kind", "phase", "stage", "layer", "layers", "microBatch", "gpus", "members", "experts", "inputPlacement",
        "outputPlacement",
        "input", "output", "collective", "groupSize", "groups", "bytes", "wireBytes", "flops", "rate", "hbmBytes", "weightBlocks",
        "seconds", "bound", "drawing",
    ];

    private static readonly string[] DrawingProperties =
        ["label", "rawLabel", "isHtml", "shape", "style", "kindSource", "isRemark", "isTensorParallel"];

    private static readonly string[] EdgeProperties = ["source", "target", "kind", "label", "bytes", "style"];

    private readonly DagBuilder _builder = new();
    private readonly Dictionary<string, int> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<NodeScope, int> _scopes = [];
    private readonly Dictionary<NodeFacts, int> _facts = [];
    private readonly Dictionary<string, TensorList> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PlacementList> _placements = new(StringComparer.Ordinal);
    private readonly List<TextPosition> _nodePositions = [];
    private readonly List<TextPosition> _edgePositions = [];

    public Dag Read(ref JsonCursor json)
    {
        json.Open(JsonTokenType.StartObject, "the file");
        string? name = null;
        var header = new DagHeader { Name = "" };
        uint seen = 0;
        JsonCursor waiting = default;
        bool edgesWait = false;
        while (json.NextProperty(GraphProperties, ref seen, "a graph") is int property and >= 0)
        {
            switch (GraphProperties[property])
            {
                case "schema":
                    string schema = json.Text("schema");
                    if (schema != JsonReader.Schema)
                        throw json.Fault($"the schema '{OneLine.Quote(schema)}' is not known here; known is '{JsonReader.Schema}'");
                    break;
                case "$schema":
                    // By it an editor finds docs/graph.schema.json.
                    json.Text("$schema");
                    break;
                case "name":
                    name = json.Text("name");
                    break;
                case "detail":
                    header = header with { Detail = json.Word<DetailLevel>("detail") };
                    break;
                case "pool":
                    header = header with { Pool = json.GpusOrNull("pool") };
                    break;
                case "cluster":
                    header = header with { Cluster = ClusterReader.Read(ref json) };
                    break;
                case "limits":
                    header = header with { Limits = LimitsReader.Read(ref json) };
                    break;
                case "tokenSeconds":
                    header = header with { TokenSeconds =
                        double.Parse(json.PlainNumber("tokenSeconds"), System.Globalization.CultureInfo.InvariantCulture) };
                    break;
                case "outputRate":
                    header = header with { OutputRate =
                        double.Parse(json.PlainNumber("outputRate"), System.Globalization.CultureInfo.InvariantCulture) };
                    break;
                case "totalRate":
                    header = header with { TotalRate =
                        double.Parse(json.PlainNumber("totalRate"), System.Globalization.CultureInfo.InvariantCulture) };
                    break;
                case "phases":
                    header = header with { Phases = JsonHeader.Phases(ref json) };
                    break;
                case "memory":
                    header = header with { Memory = JsonHeader.Memory(ref json) };
                    break;
                case "nodes":
                    Nodes(ref json);
                    break;
                case "edges" when JsonCursor.Has(seen, GraphProperties, "nodes"):
                    Edges(ref json);
                    break;
                default:
                    // Edges name nodes; a copy of the cursor waits here until those are known (a tool may have sorted the properties).
                    waiting = json;
                    edgesWait = true;
                    json.SkipValue();
                    break;
            }
        }

        foreach (string property in (string[])["schema", "name", "nodes", "edges"])
            json.Require(seen, GraphProperties, property, "the graph");
        json.Move();
        if (edgesWait)
            Edges(ref waiting);
        var source = new SourceMap(file ?? name!, _nodePositions, _edgePositions);
        return _builder.Build(header with { Name = name! }, source: source);
    }

    private void Nodes(ref JsonCursor json)
    {
        json.Open(JsonTokenType.StartArray, "nodes");
        while (json.NextObject("a node"))
        {
            if (_nodePositions.Count % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            _nodePositions.Add(json.Position);
            Node(ref json);
        }
    }

    private void Node(ref JsonCursor json)
    {
        string? id = null, name = null, op = null, layers = null, experts = null;
        PlacementList? inputPlacement = null, outputPlacement = null;
        var kind = NodeKind.Computation;
        PhaseId? phase = null;
        var collective = CollectiveKind.None;
        int? stage = null;
        int layer = 0, microBatch = 0, groupSize = 0;
        long? groups = 0, bytes = 0;
        long members = 1, wireBytes = 0, hbmBytes = 0;
        decimal flops = 0;
        PeakRate? rate = null;
        string? weightBlocks = null;
        double? seconds = null;
        TimeBound bound = TimeBound.None;
        GpuSet? gpus = null;
        TensorList input = TensorList.None, output = TensorList.None;
        NodeDrawing? drawing = null;
        uint seen = 0;
        while (json.NextProperty(NodeProperties, ref seen, "a node") is int property and >= 0)
        {
            switch (NodeProperties[property])
            {
                case "id":
                    id = json.Text("id");
                    if (!_nodes.TryAdd(id, _nodes.Count))
                        throw json.Fault($"the id '{OneLine.Quote(id)}' belongs to an earlier node; ids must be unique");
                    break;
                case "$schema":
                    // By it an editor finds docs/graph.schema.json.
                    json.Text("$schema");
                    break;
                case "name":
                    name = json.Text("name");
                    break;
                case "op":
                    op = json.TextOrNull("op");
                    if (op is not null && (op = Ops.Find(op)?.Name) is null)
                        throw json.Wrong("op", "an operator of the vocabulary (docs/graph-files.md lists them) or null");
                    break;
                case "kind":
                    kind = json.Word<NodeKind>("kind");
                    break;
                case "phase":
                    phase = json.PhaseOrNull("phase");
                    break;
                case "stage":
                    stage = (int?)json.IntegerOrNull("stage", 0, GraphLimits.Degree);
                    break;
                case "layer":
                    layer = (int)json.Integer("layer", 0, GraphLimits.Degree);
                    break;
                case "layers":
                    layers = json.TextOrNull("layers");
                    break;
                case "microBatch":
                    microBatch = (int)json.Integer("microBatch", 0, int.MaxValue);
                    break;
                case "gpus":
                    gpus = json.NamedGpusOrNull("gpus");
                    break;
                case "members":
                    members = json.Integer("members", 0, long.MaxValue);
                    break;
                case "experts":
                    experts = json.TextOrNull("experts");
                    break;
                case "inputPlacement":
                    inputPlacement = Placements(ref json, "inputPlacement");
                    break;
                case "outputPlacement":
                    outputPlacement = Placements(ref json, "outputPlacement");
                    break;
                case "input":
                    input = Tensors(ref json, "input");
                    break;
                case "output":
                    output = Tensors(ref json, "output");
                    break;
                case "collective":
                    collective = json.WordOrNull<CollectiveKind>("collective") ?? CollectiveKind.None;
                    break;
                case "groupSize":
                    groupSize = (int)json.Integer("groupSize", 0, GraphLimits.Gpus);
                    break;
                case "groups":
                    groups = json.IntegerOrNull("groups", 0, long.MaxValue);
                    break;
                case "bytes":
                    bytes = json.IntegerOrNull("bytes", 0, long.MaxValue);
                    break;
                case "wireBytes":
                    wireBytes = json.Integer("wireBytes", 0, long.MaxValue);
                    break;
                case "flops":
                    flops = json.LargeInteger("flops");
                    break;
                case "rate":
                    rate = json.WordOrNull<PeakRate>("rate");
                    break;
                case "hbmBytes":
                    hbmBytes = json.Integer("hbmBytes", 0, long.MaxValue);
                    break;
                case "weightBlocks":
                    weightBlocks = json.TextOrNull("weightBlocks");
                    break;
                case "seconds":
                    seconds = json.SecondsOrNull("seconds");
                    break;
                case "bound":
                    bound = json.WordOrNull<TimeBound>("bound") ?? TimeBound.None;
                    break;
                default:
                    drawing = Drawing(ref json);
                    break;
            }
        }

        json.Require(seen, NodeProperties, "id", "a node");
        json.Require(seen, NodeProperties, "kind", "a node");
        var facts = new NodeFacts
        {
            Name = name ?? id!, Op = op, Kind = kind, Experts = experts, Members = members,
            Input = input, Output = output, InputPlacement = inputPlacement, OutputPlacement = outputPlacement,
            Collective = collective, GroupSize = groupSize, Groups = groups, Bytes = bytes, WireBytes = wireBytes, Flops = flops,
            Rate = rate, HbmBytes = hbmBytes,
            WeightBlocks = weightBlocks,
            Time = seconds is double given ? new NodeTime(given, bound) : null,
            Drawing = drawing,
        };
        var scope = new NodeScope { Phase = phase, Stage = stage, Layer = LayerNotation.Layer(layer, layers),
            Layers = LayerNotation.Layers(layer, layers), MicroBatch = microBatch };
        ref int scopeIndex = ref CollectionsMarshal.GetValueRefOrAddDefault(_scopes, scope, out bool exists);
        if (!exists)
            scopeIndex = _builder.AddScope(scope);
        ref int factsIndex = ref CollectionsMarshal.GetValueRefOrAddDefault(_facts, facts, out exists);
        if (!exists)
            factsIndex = _builder.AddFacts(facts);
        _builder.AddNode(id!, factsIndex, scopeIndex, _builder.AddGpus(gpus));
    }

    private static NodeDrawing Drawing(ref JsonCursor json)
    {
        json.Open(JsonTokenType.StartObject, "drawing");
        var drawing = new NodeDrawing();
        uint seen = 0;
        while (json.NextProperty(DrawingProperties, ref seen, "a drawing") is int property and >= 0)
        {
            switch (DrawingProperties[property])
            {
                case "label":
                    drawing = drawing with { Label = json.TextOrNull("label") };
                    break;
                case "rawLabel":
                    drawing = drawing with { RawLabel = json.TextOrNull("rawLabel") };
                    break;
                case "isHtml":
                    drawing = drawing with { IsHtml = json.Truth("isHtml") };
                    break;
                case "isRemark":
                    drawing = drawing with { IsRemark = json.Truth("isRemark") };
                    break;
                case "isTensorParallel":
                    drawing = drawing with { IsTensorParallel = json.Truth("isTensorParallel") };
                    break;
                case "shape":
                    drawing = drawing with { Shape = json.TextOrNull("shape") };
                    break;
                case "style":
                    drawing = drawing with { Style = json.TextOrNull("style") };
                    break;
                default:
                    int source = Array.IndexOf(JsonFacts.SourceNames, json.Text("kindSource"));
                    if (source < 0)
                        throw json.Wrong("kindSource", $"one of {string.Join(", ", JsonFacts.SourceNames)}");
                    drawing = drawing with { KindSource = (KindSource)source };
                    break;
            }
        }

        return drawing;
    }

    private void Edges(ref JsonCursor json)
    {
        json.Open(JsonTokenType.StartArray, "edges");
        while (json.NextObject("an edge"))
        {
            if (_edgePositions.Count % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            _edgePositions.Add(json.Position);
            Edge(ref json);
        }
    }

    private void Edge(ref JsonCursor json)
    {
        int source = 0, target = 0;
        var kind = EdgeKind.Data;
        string? label = null, style = null;
        long bytes = 0;
        uint seen = 0;
        while (json.NextProperty(EdgeProperties, ref seen, "an edge") is int property and >= 0)
        {
            switch (EdgeProperties[property])
            {
                case "source":
                    source = NodeCalled(ref json, "source");
                    break;
                case "target":
                    target = NodeCalled(ref json, "target");
                    break;
                case "kind":
                    kind = json.Word<EdgeKind>("kind");
                    break;
                case "label":
                    label = json.TextOrNull("label");
                    break;
                case "bytes":
                    bytes = json.Integer("bytes", 0, long.MaxValue);
                    break;
                default:
                    style = json.TextOrNull("style");
                    break;
            }
        }

        json.Require(seen, EdgeProperties, "source", "an edge");
        json.Require(seen, EdgeProperties, "target", "an edge");
        _builder.AddEdge(source, target, kind, new EdgeFacts(label, bytes) { Style = style });
    }

    private int NodeCalled(ref JsonCursor json, string property)
    {
        string id = json.Text(property);
        return _nodes.TryGetValue(id, out int node) ? node : throw json.Wrong(property, "the id of a node");
    }

    /// <summary>Many nodes have the same tensors; they share one list.</summary>
    private TensorList Tensors(ref JsonCursor json, string property)
    {
        string text = json.TextOrNull(property) ?? "";
        if (text.Length > GraphLimits.TensorText)
            throw json.Wrong(property, $"a list of tensors of at most {GraphLimits.TensorText} characters");
        ref TensorList? tensors = ref CollectionsMarshal.GetValueRefOrAddDefault(_tensors, text, out _);
        return tensors ??= text.Length == 0 ? TensorList.None : TensorList.Parse(text);
    }

    private PlacementList? Placements(ref JsonCursor json, string property)
    {
        if (json.TextOrNull(property) is not string text)
            return null;
        ref PlacementList? placements = ref CollectionsMarshal.GetValueRefOrAddDefault(_placements, text, out _);
        return placements ??= PlacementList.Parse(text);
    }
}
