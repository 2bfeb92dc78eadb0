using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Looks;

namespace ParallelDag.Writers;

/// <summary>
/// Writes a DAG as one HTML page that works offline: pan and zoom, search, filters, details on click, upstream and downstream, links to
/// nodes (<c>#id</c>). The layout is the SVG's; the page draws on a canvas what is in view. Pan and zoom are d3-zoom's and the
/// spatial index is flatbush's, both inlined with their licences. A content security policy forbids the page any request.
/// </summary>
public sealed class HtmlWriter
{
    private static readonly string[] Libraries =
    [
        "d3-color", "d3-dispatch", "d3-ease", "d3-timer", "d3-interpolate", "d3-selection", "d3-drag", "d3-transition", "d3-zoom",
    ];

    private static readonly string[] Scripts = ["graph", "canvas", "find", "tabs", "page"];

    private readonly Drawing _drawing;
    private readonly Dag _dag;
    private readonly Utf8JsonWriter _json;

    private HtmlWriter(Drawing drawing, Utf8JsonWriter json)
    {
        _drawing = drawing;
        _dag = drawing.Dag;
        _json = json;
    }

    /// <summary>Lays <paramref name="dag"/> out and writes the page.</summary>
    /// <returns>The drawing that was written, which tells what was folded.</returns>
    /// <param name="dag">The DAG.</param>
    /// <param name="output">Where to.</param>
    /// <param name="options">What is drawn of it.</param>
    /// <param name="pictures">Pictures of its plan, each a tab of the page; null for none.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static Drawing Write(
        Dag dag,
        Stream output,
        DrawingOptions? options = null,
        IReadOnlyList<PagePicture>? pictures = null,
        CancellationToken cancellation = default)
    {
        options = (options ?? new DrawingOptions()) with { FoldsAbove = DrawingOptions.BrowsableNodes };
        Drawing drawing = DagLayout.Arrange(dag, options, cancellation);
        var sink = new Utf8Sink(output);
        var markup = new MarkupWriter(sink);
        string page = Resource("page.html");
        for (int start = 0; start < page.Length;)
        {
            int open = page.IndexOf("{{", start, StringComparison.Ordinal);
            if (open < 0)
            {
                markup.Raw(page.AsSpan(start));
                break;
            }

            int close = page.IndexOf("}}", open, StringComparison.Ordinal);
            markup.Raw(page.AsSpan(start, open - start));
            string part = page[(open + 2)..close];
            if (part == "pictures")
                WritePictures(pictures ?? [], markup);
            else
                WritePart(part, drawing, sink, markup, output, cancellation);
            start = close + 2;
        }

        sink.Flush();
        return drawing;
    }

    /// <summary>The page as one string.</summary>
    public static string ToText(Dag dag, DrawingOptions? options = null)
    {
        using var stream = new MemoryStream();
        Write(dag, stream, options);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WritePictures(IReadOnlyList<PagePicture> pictures, MarkupWriter markup)
    {
        foreach (PagePicture picture in pictures)
        {
            markup.Raw("  <section class=\"sheet\" hidden");
            markup.Attribute("id", "sheet-" + picture.Name);
            markup.Attribute("data-title", picture.Title);
            markup.Raw(">");
            markup.Raw(picture.Markup);
            markup.Raw("</section>\n");
        }
    }

    private static void WritePart(string part, Drawing drawing, Utf8Sink sink, MarkupWriter markup, Stream output, CancellationToken cancellation)
    {
        switch (part)
        {
            case "title":
                markup.Text(drawing.Title?.Text ?? drawing.Dag.Name);
                break;
            case "style":
                markup.Raw(Resource("page.css")
                    .Replace("{{variables}}", HtmlLooks.Variables(), StringComparison.Ordinal)
                    .Replace("{{fonts}}", Theme.FontFamilies, StringComparison.Ordinal));
                break;
            case "licences":
                markup.Text(Resource("Libraries.LICENSES.txt"));
                break;
            case "libraries":
                markup.Raw(LibraryScript());
                break;
            case "script":
                markup.Raw(PageScript());
                break;
            case "hashes":
                markup.Raw($"{HashOf(LibraryScript())} {HashOf(PageScript())}");
                break;
            default:
                // JSON in a script element: the encoder escapes what could end the element.
                sink.Flush();
                using (var json = new Utf8JsonWriter(output))
                    new HtmlWriter(drawing, json).WriteGraph(cancellation);
                break;
        }
    }

    private static string LibraryScript() =>
        $"\n{string.Concat(Libraries.Select(library => Resource($"Libraries.{library}.min.js")))}{Resource("Libraries.flatbush.js")}\n";

    private static string PageScript() => $"\n(() => {{\n\"use strict\";\n{string.Concat(Scripts.Select(script => Resource($"{script}.js")))}\n}})();\n";

    /// <summary>By its hash the security policy lets the page run this script and no other. Source: CSP 3, section 2.3.1.</summary>
    private static string HashOf(string script) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'";

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"ParallelDag.Writers.Html.{name}")
            ?? throw new InvalidOperationException($"the resource {name} is missing from the assembly");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private void WriteGraph(CancellationToken cancellation)
    {
        _json.WriteStartObject();
        _json.WriteNumber("width", _drawing.Width);
        _json.WriteNumber("height", _drawing.Height);
        Coordinate("top", _drawing.HeaderHeight);
        _json.WriteBoolean("microBatches", _dag.ScopeTable.ToArray().Any(scope => scope.MicroBatch > 0));
        HtmlLooks.Write(_json);
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
