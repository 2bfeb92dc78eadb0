using System.Text;
using System.Text.Json;
using ParallelDag.Files;
using ParallelDag.Wording;

namespace ParallelDag.Documents;

/// <summary>Reads JSON into a document tree with the place of every value (a Hugging Face <c>config.json</c>). O(text).</summary>
public static class JsonTree
{
    private const int CancellationStride = 1 << 12;

    /// <summary>A configuration is three levels deep.</summary>
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    /// <summary>Reads an input.</summary>
    /// <exception cref="InputException">It is no JSON, or a key occurs twice.</exception>
    public static DocumentNode Read(InputFile input, CancellationToken cancellation = default)
    {
        var pass = new Pass(input, cancellation);
        try
        {
            return pass.Root();
        }
        catch (JsonException fault)
        {
            throw JsonFault.Of(fault, input.Utf8, input.Name);
        }
    }

    /// <summary>Reads UTF-8 text.</summary>
    /// <exception cref="InputException">It is no JSON, or a key occurs twice.</exception>
    public static DocumentNode Read(byte[] utf8, string file) => Read(InputFile.Of(utf8, file));

    /// <summary>One text on its way in.</summary>
    private ref struct Pass(InputFile input, CancellationToken cancellation)
    {
        private readonly ReadOnlySpan<byte> _utf8 = input.Utf8;
        private Utf8JsonReader _json = new(input.Utf8, Options);
        private PositionCounter _positions;
        private int _values;

        public DocumentNode Root()
        {
            _json.Read();
            DocumentNode root = Value();
            _json.Read();
            return root;
        }

        private DocumentNode Value()
        {
            if (++_values % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            TextPosition position = Position();
            switch (_json.TokenType)
            {
                case JsonTokenType.StartObject:
                    return new DocumentMap(Entries(), position);
                case JsonTokenType.StartArray:
                    var items = new List<DocumentNode>();
                    while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
                        items.Add(Value());
                    return new DocumentList(items, position);
                case JsonTokenType.String:
                    return new DocumentScalar(Text(), Quoted: true, position);
                default:
                    return new DocumentScalar(Encoding.UTF8.GetString(_json.ValueSpan), Quoted: false, position);
            }
        }

        private List<DocumentEntry> Entries()
        {
            var entries = new List<DocumentEntry>();
            var keys = new HashSet<string>(StringComparer.Ordinal);
            while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
            {
                TextPosition position = Position();
                string key = Text();
                if (!keys.Add(key))
                    throw new InputException(input.Name, position, $"the key '{OneLine.Quote(key)}' occurs twice; keep one");
                _json.Read();
                entries.Add(new DocumentEntry(key, position, Value()));
            }

            return entries;
        }

        private string Text()
        {
            try
            {
                return _json.GetString()!;
            }
            catch (InvalidOperationException)
            {
                throw new InputException(
                    input.Name, Position(), "this string is not valid Unicode; save the file as UTF-8, and write surrogates in pairs");
            }
        }

        private TextPosition Position() => _positions.Of(_utf8, (int)_json.TokenStartIndex);
    }
}
