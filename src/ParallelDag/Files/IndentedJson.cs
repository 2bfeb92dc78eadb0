using System.Text.Encodings.Web;
using System.Text.Json;
using ParallelDag.Wording;

namespace ParallelDag.Files;

/// <summary>Answers as JSON: indented UTF-8, one kind of line break everywhere, a final one, letters as they are.</summary>
internal static class IndentedJson
{
    private const int MostPending = 1 << 16;

    /// <summary>Writes one document.</summary>
    public static void Write(Stream output, Action<Utf8JsonWriter> write)
    {
        using var lines = new LineFeeds(output);
        using (var json = new Utf8JsonWriter(lines, new JsonWriterOptions
        {
            Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }))
            write(json);
        lines.Write("\n"u8);
    }

    /// <summary>A number, or null where there is none.</summary>
    public static void Number(this Utf8JsonWriter json, string name, double? value)
    {
        if (value is double number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    /// <summary>A list of texts.</summary>
    public static void Texts(this Utf8JsonWriter json, string name, IEnumerable<string> items)
    {
        json.WriteStartArray(name);
        foreach (string item in items)
            json.WriteStringValue(item);
        json.WriteEndArray();
    }

    /// <summary>A list of objects, written out as they are taken.</summary>
    public static void Rows<T>(this Utf8JsonWriter json, string name, IEnumerable<T> rows, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T row in rows)
        {
            json.WriteStartObject();
            write(row);
            json.WriteEndObject();
            if (json.BytesPending > MostPending)
                json.Flush();
        }

        json.WriteEndArray();
    }

    /// <summary>The name of a value of an enumeration as JSON spells it: <c>sameWork</c>.</summary>
    public static string Camel<T>(T value)
        where T : struct, Enum => Words.CamelCase(value.ToString());
}
