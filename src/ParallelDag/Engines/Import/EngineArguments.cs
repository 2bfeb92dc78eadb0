using System.Globalization;
using System.Text.Json;
using ParallelDag.Documents;

namespace ParallelDag.Engines.Import;

/// <summary>What a command line, or a file of an engine, says: values by what they mean, and what was not understood.</summary>
internal sealed class EngineArguments(EngineTable table)
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>The engine's options.</summary>
    public EngineTable Table => table;

    /// <summary>The model, as the command names it.</summary>
    public string? Model { get; private set; }

    /// <summary>Options that the table does not know, as they stand.</summary>
    public List<string> Unknown { get; } = [];

    /// <summary>Options that it knows and that no plan tells.</summary>
    public List<string> Beside { get; } = [];

    /// <summary>True where something says it.</summary>
    public bool Has(string means) => _values.ContainsKey(means);

    /// <summary>The text of a value, or null.</summary>
    public string? Text(string means) => _values.GetValueOrDefault(means);

    /// <summary>A whole number; one that is none is noted as not understood, and <paramref name="absent"/> taken.</summary>
    public int Count(string means, int absent) => CountOrNull(means) ?? absent;

    /// <summary>A whole number, or null.</summary>
    public int? CountOrNull(string means)
    {
        if (Text(means) is not string text)
            return null;
        if (Size(text) is int number)
            return number;
        string told = $"{table.NameOf(means)} {text}";
        if (!Unknown.Contains(told))
            Unknown.Add(told);
        return null;
    }

    /// <summary>A value of a JSON object, or null.</summary>
    public string? Json(string means, string key)
    {
        if (Text(means) is not string text)
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(key, out JsonElement value)
                ? value.ToString() : null;
        }
        catch (JsonException)
        {
            Unknown.Add($"{table.NameOf(means)} {text}");
            return null;
        }
    }

    /// <summary>Takes a value.</summary>
    public void Set(string means, string value) => _values[means] = value;

    /// <summary>Takes an environment variable that the table knows.</summary>
    public void Variable(string name, string value)
    {
        if (table.Variables.FirstOrDefault(variable => variable.Name == name) is not EngineVariable known)
            return;
        _values[known.Means] = value;
        if (known.Until is not null)
            Beside.Add($"{name} (not read any more since {known.Until})");
    }

    /// <summary>Takes the words behind those that start the server.</summary>
    public void Words(IReadOnlyList<string> words, bool namesModel)
    {
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (word is "" or "\\")
                continue;
            if (word[0] != '-' || word.Length == 1)
            {
                if (namesModel && Model is null)
                    Model = word;
                else
                    Unknown.Add(word);
                continue;
            }

            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string flag = equals > 0 ? word[..equals] : word;
            string? inline = equals > 0 ? word[(equals + 1)..] : null;
            if (table.Find(flag) is EngineOption option)
                Take(option, flag, inline, words, ref i);
            else if (!Nested(flag, inline, words, ref i))
                Unknown.Add(string.Join(' ', [word, .. Values(words, ref i, inline is null ? int.MaxValue : 0)]));
        }
    }

    /// <summary>Takes the fields of an engine's file.</summary>
    public void Fields(DocumentMap file, string prefix = "")
    {
        foreach (DocumentEntry entry in file.Entries)
        {
            string name = prefix + entry.Key;
            if (entry.Value is DocumentMap map)
                Fields(map, name + ".");
            else if (table.FindField(name) is EngineOption option)
                Keep(option, name, ValueOf(entry.Value), ": ");
            else
                Unknown.Add($"{name}: {ValueOf(entry.Value)}");
        }
    }

    private void Take(EngineOption option, string flag, string? inline, IReadOnlyList<string> words, ref int at)
    {
        int most = option.Takes switch { OptionValue.None or OptionValue.Flag => 0, OptionValue.List => int.MaxValue, _ => 1 };
        string value = inline ?? string.Join(' ', Values(words, ref at, most));
        if (option.Means == "model")
            Model = value;
        else
            Keep(option, flag, option.Takes is OptionValue.None or OptionValue.Flag ? "true" : value, " ");
    }

    private void Keep(EngineOption option, string name, string value, string between)
    {
        if (option.Means is "other")
            Beside.Add(option.Takes == OptionValue.None ? name : name + between + value);
        else if (option.Takes == OptionValue.Flag && value is "false" or "False")
            _values.Remove(option.Means);
        else
            _values[option.Means] = value;
    }

    // vLLM reads --eplb-config.num_redundant_experts 32 as a key of the object behind --eplb-config.
    private bool Nested(string flag, string? inline, IReadOnlyList<string> words, ref int at)
    {
        int dot = flag.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || table.Find(flag[..dot]) is not EngineOption { Takes: OptionValue.Json } option)
            return false;
        string value = inline ?? string.Join(' ', Values(words, ref at, 1));
        _values[option.Means] = $"{{\"{flag[(dot + 1)..]}\":{JsonSerializer.Serialize(value)}}}";
        return true;
    }

    private static List<string> Values(IReadOnlyList<string> words, ref int at, int most)
    {
        var values = new List<string>();
        while (values.Count < most && at + 1 < words.Count && !(words[at + 1].StartsWith('-') && !IsNumber(words[at + 1])))
            values.Add(words[++at]);
        return values;
    }

    private static bool IsNumber(string word) => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string ValueOf(DocumentNode node) => node switch
    {
        DocumentScalar scalar => scalar.Text,
        DocumentList list => string.Join(',', list.Items.Select(ValueOf)),
        _ => "{...}",
    };

    /// <summary>A whole number as vLLM reads them: 8k is 8,000, 8K is 8,192.</summary>
    private static int? Size(string text)
    {
        long factor = text.Length < 2 ? 1 : text[^1] switch { 'k' => 1000, 'K' => 1024, 'm' => 1_000_000, 'M' => 1 << 20, _ => 1 };
        string digits = factor == 1 ? text : text[..^1];
        if (factor == 1 && long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return whole is >= 0 and <= int.MaxValue ? (int)whole : null;
        return factor > 1 && decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            && number * factor <= int.MaxValue ? (int)(number * factor) : null;
    }
}
