using System.Buffers;
using System.Text.Json;
using ParallelDag.Files;
using ParallelDag.Wording;

namespace ParallelDag.Readers;

/// <summary>A place in JSON text, with readers for the few kinds of value that a graph is made of. Every fault carries line and
/// column.</summary>
internal ref struct JsonCursor
{
    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789."u8);

    private readonly ReadOnlySpan<byte> _utf8;
    private readonly string? _file;
    private Utf8JsonReader _json;

    private PositionCounter _positions;

    public JsonCursor(ReadOnlySpan<byte> utf8, string? file)
    {
        _utf8 = utf8;
        _file = file;
        _json = new Utf8JsonReader(utf8, isFinalBlock: true, new JsonReaderState(JsonReader.Options));
    }

    /// <summary>Where the token at hand begins.</summary>
    public TextPosition Position => _positions.Of(_utf8, (int)_json.TokenStartIndex);

    /// <summary>Moves to the next token; false at the end.</summary>
    public bool Move() => _json.Read();

    /// <summary>Passes over the next value, whatever it is.</summary>
    public void SkipValue()
    {
        _json.Read();
        _json.Skip();
    }

    /// <summary>Moves on to a value that must be an object or an array.</summary>
    public void Open(JsonTokenType type, string what)
    {
        _json.Read();
        if (_json.TokenType != type)
            throw Wrong(what, type == JsonTokenType.StartObject ? "an object" : "an array");
    }

    /// <summary>Inside an array: true when another object begins, false when the array ends.</summary>
    public bool NextObject(string what)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndArray)
            return false;
        return _json.TokenType == JsonTokenType.StartObject ? true : throw Wrong(what, "an object");
    }

    /// <summary>
    /// Inside an object: the index of the next property in <paramref name="names"/>, or -1 when the object ends.
    /// <paramref name="seen"/> remembers which were met.
    /// </summary>
    public int NextProperty(string[] names, ref uint seen, string what)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject)
            return -1;

        // Comparing an escaped name that is not valid Unicode is no fault of the file to the runtime; decoding says so.
        if (_json.ValueIsEscaped)
            Decode();

        // Files of ours keep one order, so the property after the last one met is tried first.
        int likely = seen == 0 ? 0 : 32 - System.Numerics.BitOperations.LeadingZeroCount(seen);
        int index = likely < names.Length && _json.ValueTextEquals(names[likely]) ? likely : -1;
        for (int i = 0; index < 0 && i < names.Length; i++)
            index = _json.ValueTextEquals(names[i]) ? i : -1;
        if (index < 0)
            throw Fault($"'{OneLine.Quote(Decode())}' is no property of {what}; known are {string.Join(", ", names)}");
        if ((seen & (1u << index)) != 0)
            throw Fault($"'{names[index]}' stands twice in {what}; keep one of them");
        seen |= 1u << index;
        return index;
    }

    /// <summary>Moves to the next property of an object with free names; null when the object ends.</summary>
    public string? NextName()
    {
        _json.Read();
        return _json.TokenType == JsonTokenType.EndObject ? null : Decode();
    }

    /// <summary>A string.</summary>
    public string Text(string property) => TextOrNull(property) ?? throw Wrong(property, "a string");

    /// <summary>A string or null.</summary>
    public string? TextOrNull(string property)
    {
        _json.Read();
        return _json.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String => Decode(),
            _ => throw Wrong(property, "a string"),
        };
    }

    /// <summary>The next string of an array, or null when it ends.</summary>
    public string? NextText(string property)
    {
        _json.Read();
        return _json.TokenType switch
        {
            JsonTokenType.EndArray => null,
            JsonTokenType.String => Decode(),
            _ => throw Wrong(property, "a string"),
        };
    }

    /// <summary>The next integer of an array, or null when it ends.</summary>
    public int? NextInteger(string property, int low, int high)
    {
        _json.Read();
        return _json.TokenType == JsonTokenType.EndArray ? null : (int)Current(property, low, high);
    }

    /// <summary>True or false.</summary>
    public bool Truth(string property)
    {
        _json.Read();
        return _json.TokenType is JsonTokenType.True or JsonTokenType.False ? _json.GetBoolean() : throw Wrong(property, "true or false");
    }

    /// <summary>A plain integer in a range.</summary>
    public long Integer(string property, long low, long high)
    {
        _json.Read();
        return Current(property, low, high);
    }

    /// <summary>A plain integer in a range, or null.</summary>
    public long? IntegerOrNull(string property, long low, long high)
    {
        _json.Read();
        return _json.TokenType == JsonTokenType.Null ? null : Current(property, low, high);
    }

    /// <summary>A plain integer of up to 96 bits, not negative.</summary>
    public decimal LargeInteger(string property)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Number && _json.ValueSpan.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && _json.TryGetDecimal(out decimal value))
            return value;
        throw Wrong(property, "an integer from 0 to 2^96-1 in plain digits");
    }

    /// <summary>The text of a number that is not negative, in plain digits: programs that write JSON again may write 2e-06.</summary>
    public string PlainNumber(string property)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetDouble(out double value) && double.IsFinite(value) && value >= 0)
        {
            return _json.ValueSpan.IndexOfAnyExcept(Digits) < 0
                ? System.Text.Encoding.ASCII.GetString(_json.ValueSpan) : Units.PlainNumber.Text(value);
        }

        throw Wrong(property, "a number that is not negative");
    }

    /// <summary>A number of seconds, or null.</summary>
    public double? SecondsOrNull(string property)
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Null)
            return null;
        return _json.TokenType == JsonTokenType.Number && _json.TryGetDouble(out double value) && value is >= 0 and <= NodeTime.MostSeconds
            ? value
            : throw Wrong(property, "a number of seconds, 0 to a million");
    }

    /// <summary>A word of a vocabulary, spelled exactly, or null.</summary>
    public T? WordOrNull<T>(string property)
        where T : struct, Enum
    {
        if (TextOrNull(property) is not string word)
            return null;
        return VocabularyText.TryParse(word, out T value) && VocabularyText.NameOf(value) == word ? value
            : throw Wrong(property,
                "one of " + string.Join(", ", Enum.GetValues<T>().Select(VocabularyText.NameOf).Where(name => name is not null)));
    }

    /// <summary>The name of a phase, spelled exactly, or null.</summary>
    public PhaseId? PhaseOrNull(string property)
    {
        if (TextOrNull(property) is not string word)
            return null;
        return PhaseId.TryParse(word, out PhaseId phase) && phase.ToName() == word ? phase
            : throw Wrong(property, "prefill or decode, or one of its sets of instances such as prefill2");
    }

    /// <summary>The name of a phase, spelled exactly.</summary>
    public PhaseId Phase(string property) => PhaseOrNull(property) ?? throw Wrong(property, "a string");

    /// <summary>A word of a vocabulary, spelled exactly.</summary>
    public T Word<T>(string property)
        where T : struct, Enum => WordOrNull<T>(property) ?? throw Wrong(property, "a string");

    /// <summary>The GPUs that a node names, or null; words that number none ("all GPUs") name no GPUs, which PD003 tells.</summary>
    public GpuSet? NamedGpusOrNull(string property) =>
        TextOrNull(property) is string text && (text.Length == 0 || text.AsSpan().ContainsAnyInRange('0', '9'))
            ? Gpus(property, text)
            : null;

    /// <summary>A set of GPUs such as <c>0-1,4-5</c>, or null.</summary>
    public GpuSet? GpusOrNull(string property) => TextOrNull(property) is string text ? Gpus(property, text) : null;

    private GpuSet Gpus(string property, string text) => GraphLimits.TryGpus(text, out GpuSet? gpus)
        ? gpus
        : throw Wrong(property, Words.Invariant($"a set of GPUs below {GraphLimits.Gpus} such as 0-1,4-5"));

    /// <summary>True when <paramref name="seen"/> holds a property of <paramref name="names"/>.</summary>
    public static bool Has(uint seen, string[] names, string property) => (seen & (1u << Array.IndexOf(names, property))) != 0;

    /// <summary>Refuses an object, which ends here, that lacks a property.</summary>
    public void Require(uint seen, string[] names, string property, string what)
    {
        if (!Has(seen, names, property))
            throw Fault($"\"{property}\" is missing in {what}, which ends here");
    }

    /// <summary>The fault that a value is not what its property wants.</summary>
    public InputException Wrong(string property, string wanted)
    {
        string found = _json.TokenType switch
        {
            JsonTokenType.String => $"\"{OneLine.Quote(Decode())}\"",
            JsonTokenType.Number => OneLine.Quote(System.Text.Encoding.UTF8.GetString(_json.ValueSpan)),
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.Null => "null",
            JsonTokenType.True => "true",
            JsonTokenType.False => "false",
            _ => "the end of the value",
        };
        return Fault($"'{property}' must be {wanted}, found {found}");
    }

    /// <summary>A fault at the token at hand.</summary>
    public InputException Fault(string message) => new(_file, Position, message);

    private long Current(string property, long low, long high)
    {
        if (_json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out long value) && value >= low && value <= high)
            return value;
        throw Wrong(property, Words.Invariant($"an integer from {low} to {high} in plain digits"));
    }

    private string Decode()
    {
        string text;
        try
        {
            text = _json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fault("this string is not valid Unicode; save the file as UTF-8, and write surrogates in pairs");
        }

        return text.Contains('\0', StringComparison.Ordinal)
            ? throw Fault("this string holds the character U+0000, which no name or label may")
            : text;
    }
}
