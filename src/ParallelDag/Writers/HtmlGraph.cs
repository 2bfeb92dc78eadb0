using System.Globalization;
using System.Text.Json;
using ParallelDag.Graphs;
using ParallelDag.Layouts;

namespace ParallelDag.Writers;

/// <summary>A drawing as the page's scripts read it: columns of numbers, and tables of what many nodes share.</summary>
internal sealed class HtmlGraph
{
    private readonly Drawing _drawing;
    private readonly Dag _dag;
    private readonly Utf8JsonWriter _json;

    private HtmlGraph(Drawing drawing, Utf8JsonWriter json)
    {
        _drawing = drawing;
        _dag = drawing.Dag;
        _json = json;
    }

    /// <summary>Writes JSON for a script element: the encoder escapes what could end the element.</summary>
    public static void Write(Drawing drawing, Stream output, CancellationToken cancellation)
    {
        using var json = new Utf8JsonWriter(output);
        new HtmlGraph(drawing, json).WriteGraph(cancellation);
    }

    private void WriteGraph(CancellationToken cancellation)
    {
        _json.WriteStartObject();
        _json.WriteNumber("width", _drawing.Width);
        _json.WriteNumber("height", _drawing.Height);
        Coordinate("top", _drawing.HeaderHeight);
        _json.WriteBoolean("microBatches", _dag.ScopeTable.ToArray().Any(scope => scope.MicroBatch > 0));
        Strings("edgeKinds", Enum.GetValues<EdgeKind>().Select(kind => kind.ToName()));
        Strings("folded", _drawing.FoldedRuns.Select(run => run.ToString()));
        WriteMarks();
        WriteBands();
        WriteNodes(cancellation);
        WriteEdges(cancellation);
        _json.WriteEndObject();
        _json.Flush();
    }

    private void WriteMarks()
    {
        _json.WriteStartArray("marks");
        foreach (DrawingMark mark in _drawing.Marks)
        {
            _json.WriteStartObject();
            Text("rule", mark.Rule);
            Text("title", mark.Title);
            Text("reason", mark.Reason);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteBands()
    {
        _json.WriteStartArray("bands");
        foreach (DrawnBand band in _drawing.Bands)
        {
            _json.WriteStartObject();
            Text("kind", band.Kind.ToString().ToLowerInvariant());
            Text("phase", band.Phase?.ToName());
            _json.WriteBoolean("odd", band.Ordinal % 2 == 1);
            Coordinate("x", band.X);
            Coordinate("y", band.Y);
            Coordinate("w", band.Width);
            Coordinate("h", band.Height);
            _json.WriteStartArray("heading");
            foreach (DrawnText text in band.Heading)
            {
                _json.WriteStartObject();
                Text("text", text.Text);
                Coordinate("x", text.X);
                Coordinate("y", text.Y);
                Coordinate("size", text.Size);
                _json.WriteBoolean("bold", text.Bold);
                Text("anchor", text.Anchor switch { TextAnchor.Start => "start", TextAnchor.Middle => "center", _ => "end" });
                _json.WriteEndObject();
            }

            _json.WriteEndArray();
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteNodes(CancellationToken cancellation)
    {
        // Tables hold what occurs in the picture, in the order of first use.
        var facts = new Interned<int>();
        var scopes = new Interned<int>();
        var gpus = new Interned<int>();
        var labels = new Interned<NodeLabel>();
        foreach (DrawnNode node in _drawing.Nodes)
        {
            facts.Add(_dag.FactsColumn[node.Node]);
            scopes.Add(_dag.ScopeColumn[node.Node]);
            gpus.Add(_dag.GpuColumn[node.Node]);
            labels.Add(node.Label);
        }

        _json.WriteStartObject("nodes");
        _json.WriteStartArray("id");
        foreach (DrawnNode node in _drawing.Nodes)
        {
            cancellation.ThrowIfCancellationRequested();
            Text(null, _dag.IdOf(node.Node));
        }

        _json.WriteEndArray();
        Integers("f", facts.Column);
        Integers("s", scopes.Column);
        Integers("g", gpus.Column);
        Integers("l", labels.Column);
        Integers("m", _drawing.Nodes.Select(node => node.Mark));
        Coordinates("x", _drawing.Nodes.Select(node => node.X));
        Coordinates("y", _drawing.Nodes.Select(node => node.Y));
        Coordinates("w", _drawing.Nodes.Select(node => node.Width));
        Coordinates("h", _drawing.Nodes.Select(node => node.Height));
        _json.WriteEndObject();

        Objects("facts", facts.Entries, entry => WriteFacts(_dag.FactsTable[entry]));
        Objects("scopes", scopes.Entries, entry => WriteScope(_dag.ScopeTable[entry]));
        var sets = new Dictionary<int, GpuSet?>();
        foreach (DrawnNode node in _drawing.Nodes)
            sets.TryAdd(_dag.GpuColumn[node.Node], _dag.GpusOf(node.Node));
        Strings("gpus", gpus.Entries.Select(entry => sets[entry]?.ToString()));
        _json.WriteStartArray("labels");
        foreach (NodeLabel label in labels.Entries)
        {
            _json.WriteStartArray();
            foreach (LabelLine line in label.Lines)
            {
                _json.WriteStartObject();
                Text("text", line.Text);
                Text("style", line.Style switch { LineStyle.Name => "name", LineStyle.Mark => "mark", _ => "detail" });
                _json.WriteEndObject();
            }

            _json.WriteEndArray();
        }

        _json.WriteEndArray();
    }

    private void WriteFacts(NodeFacts facts)
    {
        Text("name", facts.Name);
        Text("op", facts.Op);
        Text("kind", facts.Kind.ToName());
        Text("experts", facts.Experts);
        Text("input", facts.Input.ToString());
        Text("output", facts.Output.ToString());
        Text("inputPlacement", facts.InputPlacement?.ToString());
        Text("outputPlacement", facts.OutputPlacement?.ToString());
        Text("collective", facts.Collective == CollectiveKind.None ? null : facts.Collective.ToTitle());
        _json.WriteNumber("groupSize", facts.GroupSize);
        Optional("groups", facts.Groups);
        Optional("bytes", facts.Bytes);
        _json.WriteNumber("wireBytes", facts.WireBytes);
        Text("flops", facts.Flops.ToString("0", CultureInfo.InvariantCulture)); // Beyond the integers that JavaScript holds exactly.
        _json.WriteNumber("members", facts.Members);
    }

    private void WriteScope(NodeScope scope)
    {
        Text("phase", scope.Phase?.ToName());
        Optional("stage", scope.Stage);
        Optional("layer", scope.Layer);
        Text("layers", scope.Layers);
        _json.WriteNumber("microBatch", scope.MicroBatch);
    }

    private void WriteEdges(CancellationToken cancellation)
    {
        var place = new Dictionary<int, int>();
        foreach (DrawnNode node in _drawing.Nodes)
            place.Add(node.Node, place.Count);
        cancellation.ThrowIfCancellationRequested();
        _json.WriteStartObject("edges");
        Integers("s", _drawing.Edges.Select(edge => place[edge.Source]));
        Integers("t", _drawing.Edges.Select(edge => place[edge.Target]));
        Integers("k", _drawing.Edges.Select(edge => (int)edge.Kind));
        Integers("m", _drawing.Edges.Select(edge => edge.Mark));
        Integers("p", _drawing.Edges.Select(edge => edge.FirstPoint * 2).Append(_drawing.Edges.Sum(edge => edge.PointCount) * 2));
        _json.WriteEndObject();
        cancellation.ThrowIfCancellationRequested();
        _json.WriteStartArray("points");
        foreach (DrawnEdge edge in _drawing.Edges)
        {
            foreach (double point in _drawing.PointsOf(edge))
                Coordinate(null, point);
        }

        _json.WriteEndArray();
    }

    private void Objects(string name, IEnumerable<int> entries, Action<int> write)
    {
        _json.WriteStartArray(name);
        foreach (int entry in entries)
        {
            _json.WriteStartObject();
            write(entry);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void Strings(string name, IEnumerable<string?> values)
    {
        _json.WriteStartArray(name);
        foreach (string? value in values)
            Text(null, value);
        _json.WriteEndArray();
    }

    private void Integers(string name, IEnumerable<int> values)
    {
        _json.WriteStartArray(name);
        foreach (int value in values)
            _json.WriteNumberValue(value);
        _json.WriteEndArray();
    }

    private void Coordinates(string name, IEnumerable<double> values)
    {
        _json.WriteStartArray(name);
        foreach (double value in values)
            Coordinate(null, value);
        _json.WriteEndArray();
    }

    private void Coordinate(string? name, double value)
    {
        if (name is not null)
            _json.WritePropertyName(name);
        _json.WriteNumberValue(Math.Round((decimal)value, 1));
    }

    private void Optional(string name, long? value)
    {
        if (value is long known)
            _json.WriteNumber(name, known);
        else
            _json.WriteNull(name);
    }

    private void Text(string? name, string? value)
    {
        if (name is not null)
            _json.WritePropertyName(name);
        if (value is null)
            _json.WriteNullValue();
        else
            _json.WriteStringValue(JsonFacts.Encode(value));
    }

    /// <summary>Numbers values in the order in which they first come.</summary>
    private sealed class Interned<T>
        where T : notnull
    {
        private readonly Dictionary<T, int> _known = [];

        public List<T> Entries { get; } = [];

        public List<int> Column { get; } = [];

        public void Add(T value)
        {
            if (!_known.TryGetValue(value, out int index))
            {
                index = Entries.Count;
                _known.Add(value, index);
                Entries.Add(value);
            }

            Column.Add(index);
        }
    }
}
