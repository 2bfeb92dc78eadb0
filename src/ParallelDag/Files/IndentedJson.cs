using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ParallelDag.Files;

/// <summary>Answers as JSON: indented UTF-8, one kind of line break everywhere, a final one, letters as they are.</summary>
internal static class IndentedJson
{
    /// <summary>Writes one document.</summary>
    public static void Write(Stream output, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions
        {
            Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }))
            write(json);
        string text = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length).ReplaceLineEndings("\n");
        output.Write(Encoding.UTF8.GetBytes(text + "\n"));
    }

    /// <summary>A number, or null where there is none.</summary>
    public static void Number(this Utf8JsonWriter json, string name, double? value)
    {
        if (value is double number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    /// <summary>An integer, or null where there is none.</summary>
    public static void Number(this Utf8JsonWriter json, string name, long? value)
    {
        if (value is long number)
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

    /// <summary>A list of objects.</summary>
    public static void Rows<T>(this Utf8JsonWriter json, string name, IEnumerable<T> rows, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T row in rows)
        {
            json.WriteStartObject();
            write(row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The name of a value of an enumeration as JSON spells it: <c>sameWork</c>.</summary>
    public static string Camel<T>(T value)
        where T : struct, Enum => Wording.Words.CamelCase(value.ToString());
}
