using System.Text.Json;
using ParallelDag.Wording;

namespace ParallelDag.Engines;

/// <summary>
/// The options of an engine as data (<c>Tables/*.json</c>): flags, fields of its file, defaults, and the versions that have them, read in
/// the
/// engine's own sources, which the table names.
/// </summary>
public sealed class EngineTable
{
    private static readonly Lazy<EngineTable>[] Tables =
        [.. Enum.GetValues<EngineKind>().Select(engine => new Lazy<EngineTable>(() => Load(engine)))];

    private EngineTable(EngineKind engine, JsonElement root, IReadOnlyList<EngineOption> options, IReadOnlyList<EngineVariable> variables)
    {
        Engine = engine;
        Name = root.GetProperty("name").GetString()!;
        Version = root.GetProperty("version").GetString()!;
        Source = root.GetProperty("source").GetString()!;
        Command = Texts(root, "command");
        RankOrder = Texts(root, "rankOrder");
        Port = Number(root, "port");
        RendezvousPort = Number(root, "rendezvousPort");
        TransferPort = Number(root, "transferPort");
        LayersVariable = Text(root, "layersVariable");
        Options = options;
        Variables = variables;
    }

    /// <summary>The engine.</summary>
    public EngineKind Engine { get; }

    /// <summary>The engine's name as its people write it.</summary>
    public string Name { get; }

    /// <summary>The version that the table was read from.</summary>
    public string Version { get; }

    /// <summary>The repository, its commit and the files.</summary>
    public string Source { get; }

    /// <summary>The words that start a server.</summary>
    public IReadOnlyList<string> Command { get; }

    /// <summary>How the engine numbers ranks, inner to outer.</summary>
    public IReadOnlyList<string> RankOrder { get; }

    /// <summary>The port of requests where none is given.</summary>
    public int Port { get; }

    /// <summary>The port at which nodes meet.</summary>
    public int RendezvousPort { get; }

    /// <summary>The port at which caches are handed over.</summary>
    public int TransferPort { get; }

    /// <summary>The variable that lists the layers of each stage, or null.</summary>
    public string? LayersVariable { get; }

    /// <summary>All options, in the order of a command line.</summary>
    public IReadOnlyList<EngineOption> Options { get; }

    /// <summary>The environment variables that tell of a plan.</summary>
    public IReadOnlyList<EngineVariable> Variables { get; }

    /// <summary>The table of an engine.</summary>
    public static EngineTable Of(EngineKind engine) => Tables[(int)engine].Value;

    /// <summary>The option that says <paramref name="means"/> in the table's own version.</summary>
    /// <exception cref="InputException">That version has none any more.</exception>
    public EngineOption Option(string means) =>
        Current(means) ?? throw new InputException($"{Name} has no {NameOf(means)} any more; it went with an earlier version");

    /// <summary>How an option is called that says <paramref name="means"/>, also one that is no longer there.</summary>
    public string NameOf(string means) => (Current(means) ?? Options.Last(option => option.Means == means)).Name;

    /// <summary>The option of a spelling, also with _ for - and in the table's other spellings; null for one that the table
    /// lacks.</summary>
    public EngineOption? Find(string flag)
    {
        string name = Spelled(flag);
        return Options.FirstOrDefault(
            option => (option.Flag is not null && Spelled(option.Flag) == name) || option.Aliases.Any(alias => Spelled(alias) == name));
    }

    /// <summary>The option of a field of the engine's file.</summary>
    public EngineOption? FindField(string field) => Options.FirstOrDefault(option => option.Field == field);

    /// <summary><c>vLLM 0.30</c>.</summary>
    public override string ToString() => $"{Name} {Version}";

    // Single-dash options such as -tp are names of their own; a long one may be spelled with either mark.
    private static string Spelled(string flag) => flag.StartsWith("--", StringComparison.Ordinal) ? flag.Replace('_', '-') : flag;

    private static EngineTable Load(EngineKind engine)
    {
        string name = engine.ToString().ToLowerInvariant();
        using Stream stream = typeof(EngineTable).Assembly.GetManifestResourceStream($"ParallelDag.Engines.Tables.{name}.json")!;
        using JsonDocument document = JsonDocument.Parse(stream);
        JsonElement root = document.RootElement;
        return new EngineTable(
            engine,
            root,
            [.. root.GetProperty("options").EnumerateArray().Select(Row)],
            [.. root.GetProperty("variables").EnumerateArray().Select(row =>
                new EngineVariable(Text(row, "means")!, Text(row, "name")!, VersionOf(Text(row, "until"))))]);
    }

    private static EngineOption Row(JsonElement row) => new(
        Text(row, "means")!,
        Text(row, "flag"),
        Texts(row, "aliases"),
        Text(row, "field"),
        Enum.Parse<OptionValue>(Text(row, "takes")!, ignoreCase: true),
        Text(row, "default"),
        VersionOf(Text(row, "since")),
        VersionOf(Text(row, "until")));

    private static string? Text(JsonElement element, string key) => element.TryGetProperty(key, out JsonElement value) ? value.GetString()
        : null;

    private static int Number(JsonElement element, string key) => element.TryGetProperty(key, out JsonElement value) ? value.GetInt32() : 0;

    private static IReadOnlyList<string> Texts(JsonElement element, string key) => element.TryGetProperty(key, out JsonElement value)
        ? [.. value.EnumerateArray().Select(item => item.GetString()!)] : [];

    private static Version? VersionOf(string? text) => text is null ? null : System.Version.Parse(text);

    private EngineOption? Current(string means) => Options.FirstOrDefault(option => option.Means == means && option.Until is null);
}
