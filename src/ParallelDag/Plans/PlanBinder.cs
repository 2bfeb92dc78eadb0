using System.Globalization;
using ParallelDag.Documents;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>
/// One section of a plan document while it is read: typed access by key, every fault noted with its place, unknown keys refused at the end.
/// A fault yields a default so that reading goes on and all faults are reported at once.
/// </summary>
internal sealed class PlanBinder
{
    private readonly DocumentMap? _map;
    private readonly string _path;
    private readonly HashSet<string> _known = [];
    private readonly HashSet<string> _empty = [];
    private readonly HashSet<string> _moved = [];
    private readonly BindingLog _log;

    public PlanBinder(DocumentNode? node, string path, BindingLog log)
    {
        _path = path;
        _log = log;
        _map = node as DocumentMap;
        if (node is not null && _map is null)
            log.Fault(node.Position, $"{path} must be a mapping of keys, not {node.Describe()}");
        if (_map is not null)
        {
            log.Place(path, _map.Position);
            foreach (DocumentEntry entry in _map.Entries)
                log.Place(Path(entry.Key), entry.Value.Position);
        }
    }

    /// <summary>Where the section starts.</summary>
    public TextPosition Position => _map?.Position ?? default;

    /// <summary>The value of a key, or null when it is absent; a key with nothing behind it is a fault.</summary>
    public DocumentNode? Find(string key)
    {
        _known.Add(key);
        if (_map?.Find(key) is not DocumentNode node)
            return null;
        if (node is not DocumentScalar { IsNull: true })
            return node;
        if (_empty.Add(key))
            _log.Fault(node.Position, $"{Path(key)} has no value; give one, or leave the key out");
        return null;
    }

    /// <summary>True when the key stands there, with or without a value.</summary>
    public bool Mentions(string key) => _map?.Find(key) is not null;

    /// <summary>A sub-section, or null.</summary>
    public PlanBinder? Section(string key) => Find(key) is DocumentNode node ? new PlanBinder(node, Path(key), _log) : null;

    /// <summary>An item of a list as a section.</summary>
    public PlanBinder Child(DocumentNode item, string path) => new(item, path, _log);

    /// <summary>An integer that must be there.</summary>
    public int Int(string key)
    {
        if (Find(key) is not DocumentNode node)
        {
            if (_map is not null && !_empty.Contains(key))
                _log.Fault(_map.Position, $"{_path} lacks the key '{key}'");
            return 1;
        }

        return Integer(node, Path(key));
    }

    /// <summary>An integer that may be absent.</summary>
    public int Int(string key, int absent) => Find(key) is DocumentNode node ? Integer(node, Path(key)) : absent;

    /// <summary>An integer that may be absent, or null as configs write it.</summary>
    public int? OptionalInt(string key)
    {
        _known.Add(key);
        if (_map?.Find(key) is DocumentScalar { IsNull: true })
            return null;
        return Find(key) is DocumentNode node ? Integer(node, Path(key)) : null;
    }

    public bool Bool(string key, bool absent)
    {
        switch (Find(key))
        {
            case null:
                return absent;
            case DocumentScalar { Quoted: false, Text: "true" or "True" or "TRUE" }:
                return true;
            case DocumentScalar { Quoted: false, Text: "false" or "False" or "FALSE" }:
                return false;
            case DocumentNode node:
                _log.Fault(node.Position, $"{Path(key)} must be true or false, not {node.Describe()}");
                return absent;
        }
    }

    public string? Text(string key)
    {
        switch (Find(key))
        {
            case null:
                return null;
            case DocumentScalar scalar:
                return scalar.Text;
            case DocumentNode node:
                _log.Fault(node.Position, $"{Path(key)} must be a text, not {node.Describe()}");
                return null;
        }
    }

    /// <summary>One of a closed list of names.</summary>
    public T Choice<T>(string key, T absent, params (string Name, T Value)[] choices)
    {
        if (Find(key) is not DocumentNode node)
            return absent;
        if (node is DocumentScalar scalar)
        {
            foreach ((string name, T value) in choices)
            {
                if (string.Equals(name, scalar.Text, StringComparison.OrdinalIgnoreCase))
                    return value;
            }
        }

        _log.Fault(node.Position,
            $"{Path(key)} must be one of {string.Join(", ", choices.Select(choice => choice.Name))}, not {node.Describe()}");
        return absent;
    }

    /// <summary>A number with a unit.</summary>
    public T Quantity<T>(string key, T absent, TryParse<T> parse, string example)
    {
        if (Find(key) is not DocumentNode node)
            return absent;
        if (node is DocumentScalar scalar && parse(scalar.Text, out T value))
            return value;
        _log.Fault(node.Position, $"{Path(key)} must be a quantity such as {example}, not {node.Describe()}");
        return absent;
    }

    public IReadOnlyList<T>? List<T>(string key, Func<DocumentNode, string, T> item)
    {
        if (Find(key) is not DocumentNode node)
            return null;
        if (node is DocumentList list)
            return [.. list.Items.Select((value, i) => item(value, Words.Invariant($"{Path(key)}[{i}]")))];
        _log.Fault(node.Position, $"{Path(key)} must be a list, not {node.Describe()}");
        return null;
    }

    public int Integer(DocumentNode node, string path)
    {
        if (node is DocumentScalar { Quoted: false } scalar)
        {
            if (int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
                return value;
            if (scalar.Text.Length > 0 && scalar.Text.TrimStart('-', '+').All(char.IsAsciiDigit))
            {
                _log.Fault(node.Position, $"{path} is out of range: {node.Describe()}");
                return 1;
            }
        }

        _log.Fault(node.Position, $"{path} must be a whole number, not {node.Describe()}");
        return 1;
    }

    public double Number(DocumentNode node, string path)
    {
        if (node is DocumentScalar { Quoted: false } scalar
            && double.TryParse(scalar.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value))
        {
            return value;
        }

        _log.Fault(node.Position, $"{path} must be a number, not {node.Describe()}");
        return 0;
    }

    /// <summary>Notes a fault at a key's value, or at the section when the key is absent.</summary>
    public void Fault(string key, string message) => _log.Fault(_map?.Find(key)?.Position ?? Position, message);

    /// <summary>Refuses a key that stands elsewhere now.</summary>
    public void RefuseMoved(string key, string place)
    {
        if (_map?.Entries.FirstOrDefault(entry => entry.Key == key) is not DocumentEntry entry)
            return;
        _moved.Add(key);
        _log.Fault(entry.KeyPosition, $"{Path(key)} stands in {place} now; move it there");
    }

    /// <summary>The keys of a section whose keys are names, in the order of the file.</summary>
    public IReadOnlyList<string> Names() => [.. (_map?.Entries ?? []).Select(entry => entry.Key)];

    /// <summary>Refuses every key that nobody asked for, with the nearest known one.</summary>
    public void RefuseUnknownKeys()
    {
        foreach (DocumentEntry entry in _map?.Entries ?? [])
        {
            if (_known.Contains(entry.Key) || _moved.Contains(entry.Key))
                continue;
            string? near = _known.Where(key => Distance(key, entry.Key) <= 2).MinBy(key => Distance(key, entry.Key));
            string where = _path.Length == 0 ? "a plan" : _path;
            _log.Fault(entry.KeyPosition, near is null
                ? $"unknown key '{entry.Key}' in {where}; known are {string.Join(", ", _known.Order(StringComparer.Ordinal))}"
                : $"unknown key '{entry.Key}' in {where}; did you mean '{near}'?");
        }
    }

    private string Path(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    /// <summary>Edit distance without regard to case (Wagner and Fischer, 1974).</summary>
    private static int Distance(string left, string right)
    {
        if (Math.Abs(left.Length - right.Length) > 2)
            return int.MaxValue;
        int[] previous = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int[] current = new int[right.Length + 1];
            current[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + change);
            }

            previous = current;
        }

        return previous[right.Length];
    }

    internal delegate bool TryParse<T>(string text, out T value);
}

/// <summary>Faults and places of a document while it is read.</summary>
internal sealed class BindingLog(string? file)
{
    private readonly List<InputProblem> _problems = [];
    private readonly Dictionary<string, TextPosition> _places = [];

    public IReadOnlyList<InputProblem> Problems => _problems;

    public string? File => file;

    public void Fault(TextPosition position, string message) => _problems.Add(new InputProblem(file, position, message));

    public void Add(InputProblem problem) => _problems.Add(problem);

    public void Place(string path, TextPosition position) => _places[path] = position;

    /// <summary>True when the document writes the key.</summary>
    public bool Has(string path) => _places.ContainsKey(path);

    /// <summary>The place of a key's value, or of the nearest section around it.</summary>
    public TextPosition Locate(string path)
    {
        for (string at = path; ; at = at[..Math.Max(0, at.LastIndexOf('.'))])
        {
            if (_places.TryGetValue(at, out TextPosition position) || at.Length == 0)
                return position;
        }
    }
}
