using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using ParallelDag.Graphs;
using ParallelDag.Precisions;
using ParallelDag.Units;

namespace ParallelDag.Writers;

/// <summary>The fixed parts of a JSON graph file: the header, and what nodes share by pointing to one table entry.</summary>
internal static class JsonFacts
{
    /// <summary>Characters that no string needs to escape.</summary>
    public static readonly SearchValues<char> PlainCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-. :,;=[]()/");

    /// <summary>The names of <see cref="KindSource"/> by value.</summary>
    public static readonly string[] SourceNames = ["stated", "label", "shape", "unknown"];

    // Letters of all scripts stay readable; what could end a script element or an attribute is escaped, so that a page may carry the text.
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);

    /// <summary>A string without its quotes. Lone surrogates become U+FFFD.</summary>
    public static JsonEncodedText Encode(ReadOnlySpan<char> text)
    {
        byte[] utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, utf8);
        return JsonEncodedText.Encode(utf8, Encoder);
    }

    /// <summary>From the opening brace to the line before the nodes.</summary>
    public static string Header(DagHeader header)
    {
        var text = new StringBuilder("{\n");
        Line("schema", json => json.WriteStringValue(JsonWriter.Schema));
        Line("name", json => json.WriteStringValue(header.Name));
        Line("detail", json => json.WriteStringValue(header.Detail.ToName()));
        Line("pool", json => json.WriteStringValue(header.Pool?.ToString()));
        if (header.Cluster is ClusterSpec cluster)
            Line("cluster", json => ClusterFields.Write(json, cluster));
        if (header.Limits is LimitsSpec limits)
            Line("limits", json => LimitFields.Write(json, limits));
        if (header.TokenSeconds is double tokenSeconds)
            Line("tokenSeconds", json => json.WriteRawValue(PlainNumber.Text(tokenSeconds)));
        if (header.OutputRate is double outputRate)
            Line("outputRate", json => json.WriteRawValue(PlainNumber.Text(outputRate)));
        if (header.TotalRate is double totalRate)
            Line("totalRate", json => json.WriteRawValue(PlainNumber.Text(totalRate)));
        text.Append("\"phases\": [");
        for (int i = 0; i < header.Phases.Count; i++)
        {
            DagPhase phase = header.Phases[i];
            text.Append(i == 0 ? "\n" : ",\n").Append(Fragment(json => WritePhase(json, phase)));
        }

        text.Append("\n],");
        if (header.Memory is not null)
        {
            text.Append("\n\"memory\": [");
            for (int i = 0; i < header.Memory.Count; i++)
            {
                DagMemory memory = header.Memory[i];
                text.Append(i == 0 ? "\n" : ",\n").Append(Fragment(json => WriteMemory(json, memory)));
            }

            text.Append("\n],");
        }

        return text.ToString();

        void Line(string name, Action<Utf8JsonWriter> value) =>
            text.Append('"').Append(name).Append("\": ").Append(Fragment(value)).Append(",\n");
    }

    /// <summary><c>name</c> to <c>kind</c>, with a comma after it.</summary>
    public static string Head(NodeFacts facts) => Members(json =>
    {
        json.WriteString("name", facts.Name);
        json.WriteString("op", facts.Op);
        json.WriteString("kind", facts.Kind.ToName());
    }) + ",";

    /// <summary><c>phase</c> to <c>microBatch</c>, with a comma after it.</summary>
    public static string Scope(NodeScope scope) => Members(json =>
    {
        json.WriteString("phase", scope.Phase?.ToName());
        (int layer, string? layers) = LayerNotation.Of(scope);
        WriteNumber(json, "stage", scope.Stage);
        json.WriteNumber("layer", layer);
        if (layers is not null)
            json.WriteString("layers", layers);
        json.WriteNumber("microBatch", scope.MicroBatch);
    }) + ",";

    /// <summary><c>seconds</c> and <c>bound</c>, with a comma before them.</summary>
    public static string Time(NodeTime time)
    {
        string bound = time.Bound.ToName() is string name ? $"\"{name}\"" : "null";
        return $",\"seconds\":{time.Text},\"bound\":{bound}";
    }

    /// <summary><c>members</c> to the last fact; a time and the closing brace follow.</summary>
    public static string Tail(NodeFacts facts) => Members(json =>
    {
        json.WriteNumber("members", facts.Members);
        json.WriteString("experts", facts.Experts);
        json.WriteString("inputPlacement", facts.InputPlacement?.ToString());
        json.WriteString("outputPlacement", facts.OutputPlacement?.ToString());
        json.WriteString("input", facts.Input.ToString());
        json.WriteString("output", facts.Output.ToString());
        json.WriteString("collective", facts.Collective.ToName());
        json.WriteNumber("groupSize", facts.GroupSize);
        WriteNumber(json, "groups", facts.Groups);
        WriteNumber(json, "bytes", facts.Bytes);
        json.WriteNumber("wireBytes", facts.WireBytes);
        json.WriteNumber("flops", decimal.Truncate(facts.Flops));
        json.WriteString("rate", facts.Rate?.ToName());
        json.WriteNumber("hbmBytes", facts.HbmBytes);
        if (facts.WeightBlocks is not null)
            json.WriteString("weightBlocks", facts.WeightBlocks);
        if (facts.Drawing is not null)
            WriteDrawing(json, facts.Drawing);
    });

    private static void WritePhase(Utf8JsonWriter json, DagPhase phase)
    {
        json.WriteStartObject();
        json.WriteString("name", phase.Phase.ToName());
        json.WriteStartArray("order");
        foreach (string axis in phase.Order)
            json.WriteStringValue(axis);
        json.WriteEndArray();
        json.WriteStartObject("axes");
        foreach ((string axis, int degree) in phase.Axes)
            json.WriteNumber(axis, degree);
        json.WriteEndObject();
        json.WriteStartArray("stages");
        foreach (DagStage stage in phase.Stages)
        {
            json.WriteStartObject();
            json.WriteNumber("index", stage.Index);
            json.WriteNumber("firstLayer", stage.FirstLayer);
            json.WriteNumber("lastLayer", stage.LastLayer);
            json.WriteString("gpus", stage.Gpus.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (phase.RankGpus is not null)
        {
            json.WriteStartArray("rankGpus");
            foreach (int gpu in phase.RankGpus)
                json.WriteNumberValue(gpu);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteMemory(Utf8JsonWriter json, DagMemory memory)
    {
        json.WriteStartObject();
        json.WriteString("phase", memory.Phase.ToName());
        json.WriteNumber("stage", memory.Stage);
        json.WriteNumber("weightBytes", memory.WeightBytes);
        json.WriteNumber("kvCacheBytes", memory.KvCacheBytes);
        json.WriteNumber("activationBytes", memory.ActivationBytes);
        json.WriteNumber("unionBytes", memory.UnionBytes);
        json.WriteNumber("capacityBytes", memory.CapacityBytes);
        json.WriteEndObject();
    }

    private static void WriteDrawing(Utf8JsonWriter json, NodeDrawing drawing)
    {
        json.WriteStartObject("drawing");
        json.WriteString("label", drawing.Label);
        json.WriteString("rawLabel", drawing.RawLabel);
        json.WriteBoolean("isHtml", drawing.IsHtml);
        json.WriteString("shape", drawing.Shape);
        json.WriteString("style", drawing.Style);
        json.WriteString("kindSource", SourceNames[(int)drawing.KindSource]);
        if (drawing.IsRemark)
            json.WriteBoolean("isRemark", true);
        if (drawing.IsTensorParallel)
            json.WriteBoolean("isTensorParallel", true);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is long number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    /// <summary>The members of an object without its braces.</summary>
    private static string Members(Action<Utf8JsonWriter> write) => Fragment(json =>
    {
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    })[1..^1];

    private static string Fragment(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = Encoder }))
            write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
