using System.Text;
using System.Text.Json;
using ParallelDag.Graphs;

namespace ParallelDag.Documents;

/// <summary>Reads JSON into a document tree with the place of every value (a Hugging Face <c>config.json</c>).</summary>
public static class JsonTree
{
    private const int MaxDepth = 64;

    /// <summary>Reads UTF-8 text; a byte order mark is passed over.</summary>
    /// <exception cref="InputException">The text is no JSON, or a key occurs twice.</exception>
    public static DocumentNode Read(ReadOnlySpan<byte> utf8, string? file)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            reader.Read();
            DocumentNode root = Value(ref reader, utf8, file);
            reader.Read();
            return root;
        }
        catch (JsonException exception)
        {
            var position = new TextPosition((int)(exception.LineNumber ?? 0) + 1, (int)(exception.BytePositionInLine ?? 0) + 1);
            string message = exception.Message;
            int end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            throw new InputException(file, position, "this is no JSON: " + (end < 0 ? message : message[..end]).TrimEnd('.'));
        }
    }

    private static DocumentNode Value(ref Utf8JsonReader reader, ReadOnlySpan<byte> text, string? file)
    {
        TextPosition position = PositionOf(text, (int)reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var entries = new List<DocumentEntry>();
                var keys = new HashSet<string>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    TextPosition keyPosition = PositionOf(text, (int)reader.TokenStartIndex);
                    string key = reader.GetString()!;
                    if (!keys.Add(key))
                        throw new InputException(file, keyPosition, $"the key '{key}' occurs twice; keep one");
                    reader.Read();
                    entries.Add(new DocumentEntry(key, keyPosition, Value(ref reader, text, file)));
                }

                return new DocumentMap(entries, position);
            case JsonTokenType.StartArray:
                var items = new List<DocumentNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Value(ref reader, text, file));
                return new DocumentList(items, position);
            case JsonTokenType.String:
                return new DocumentScalar(reader.GetString()!, Quoted: true, position);
            default:
                return new DocumentScalar(Encoding.UTF8.GetString(reader.ValueSpan), Quoted: false, position);
        }
    }

    private static TextPosition PositionOf(ReadOnlySpan<byte> text, int offset)
    {
        ReadOnlySpan<byte> before = text[..offset];
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        return new TextPosition(before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
    }
}
