using System.Text;
using System.Text.Json;
using ParallelDag.Files;
using ParallelDag.Wording;

namespace ParallelDag.Documents;

/// <summary>
/// Reads JSON into a document tree with the place of every value (a Hugging Face <c>config.json</c>). <c>NaN</c> and <c>Infinity</c>, which
/// Python writes and JSON does not have, are read as words without quotes. O(text).
/// </summary>
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
    private ref struct Pass
    {
        private readonly InputFile _input;
        private readonly CancellationToken _cancellation;
        private readonly ReadOnlySpan<byte> _utf8;
        private readonly Dictionary<int, string> _nonFinite;
        private Utf8JsonReader _json;
        private PositionCounter _positions;
        private int _values;

        public Pass(InputFile input, CancellationToken cancellation)
        {
            (_input, _cancellation) = (input, cancellation);
            _json = new Utf8JsonReader(NonFiniteNumbers.Replace(_utf8 = input.Utf8, out _nonFinite), Options);
        }

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
                _cancellation.ThrowIfCancellationRequested();
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
                case JsonTokenType.Number when _nonFinite.TryGetValue((int)_json.TokenStartIndex, out string? word):
                    return new DocumentScalar(word, Quoted: false, position);
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
                    throw new InputException(_input.Name, position, $"the key '{OneLine.Quote(key)}' occurs twice; keep one");
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
                    _input.Name, Position(), "this string is not valid Unicode; save the file as UTF-8, and write surrogates in pairs");
            }
        }

        private TextPosition Position() => _positions.Of(_utf8, (int)_json.TokenStartIndex);
    }
}
