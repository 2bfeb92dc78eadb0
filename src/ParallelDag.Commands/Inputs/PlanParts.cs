using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using ParallelDag.Documents;
using ParallelDag.Plans;

namespace ParallelDag.Commands.Inputs;

/// <summary>
/// Turns what a PowerShell user writes for a part of a plan (a hashtable, a short string, a typed object) into the document tree
/// that a plan file gives, so that one strict reader binds both and its messages are the same.
/// </summary>
internal static partial class PlanParts
{
    private const int DeepestNesting = 16;

    /// <summary>
    /// A strategy: <c>'pp4 ep4 tp2 sp2'</c>, <c>'tp8 attentionOutput=reduceScatter'</c>, a hashtable or a <see cref="PhaseStrategy"/>.
    /// </summary>
    public static DocumentNode Strategy(object value, string section) => Unwrap(value) switch
    {
        PhaseStrategy strategy => PlanDocument.From(strategy),
        string text => StrategyText.Read(text, section),
        object other => Tree(other, section, 0),
    };

    /// <summary>A cluster: <c>'64 x H100-SXM-80GB'</c>, a hashtable or a <see cref="ClusterSpec"/>.</summary>
    public static DocumentNode Cluster(object value)
    {
        object bare = Unwrap(value);
        if (bare is ClusterSpec cluster)
            return PlanDocument.From(cluster);
        if (bare is not string text)
            return Tree(bare, "cluster", 0);
        Match match = GpusOfKind().Match(text);
        return match.Success
            ? Map(("gpus", Scalar(match.Groups["count"].Value)), ("gpu", Scalar(match.Groups["gpu"].Value)))
            : throw new InputException(
                $"cluster: '{text}' is not a count and a GPU; write '64 x H100-SXM-80GB' or @{{ gpus = 64; gpu = 'H100-SXM-80GB' }}");
    }

    /// <summary>A hashtable, custom object, list or scalar.</summary>
    public static DocumentNode Tree(object? value, string path, int depth)
    {
        if (depth > DeepestNesting)
            throw new InputException($"{path}: values are nested too deeply for a plan");
        object? bare = value is null ? null : Unwrap(value);
        return bare switch
        {
            null => Scalar("null"),
            DocumentNode node => node,
            ModelSpec model => PlanDocument.From(model),
            DeviceProfile gpu => PlanDocument.From(gpu),
            LinkSpec link => PlanDocument.From(link),
            LimitsSpec limits => PlanDocument.From(limits),
            bool flag => Scalar(flag ? "true" : "false"),
            string text => Scalar(text),
            Enum name => Scalar(Wording.Words.CamelCase(name.ToString())),
            IDictionary map => new DocumentMap([.. Entries(map, path, depth)], default),
            PSCustomObject => new DocumentMap([.. Properties((PSObject)value!, path, depth)], default),
            IEnumerable list => new DocumentList([.. list.Cast<object?>().Select(item => Tree(item, path, depth + 1))], default),
            IFormattable number => Scalar(number.ToString(null, CultureInfo.InvariantCulture)),
            _ =>
                throw new InputException(
                    $"{path}: an object of type {bare.GetType()} has no place in a plan; give a hashtable, a string or a number"),
        };
    }

    /// <summary>A mapping of the entries that are there.</summary>
    public static DocumentMap Map(params (string Key, DocumentNode? Value)[] entries) =>
        new([.. entries.Where(entry => entry.Value is not null).Select(entry => new DocumentEntry(entry.Key, default, entry.Value!))],
            default);

    /// <summary>A scalar.</summary>
    public static DocumentScalar Scalar(string text) => new(text, Quoted: false, default);

    /// <summary>The base object of a value that PowerShell may have wrapped.</summary>
    [return: NotNullIfNotNull(nameof(value))]
    public static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static IEnumerable<DocumentEntry> Entries(IDictionary map, string path, int depth)
    {
        // A hashtable has no order of its own; names in order keep messages the same from run to run.
        IEnumerable<(string Key, object? Value)> entries = map.Keys.Cast<object>()
            .Select(key => (Convert.ToString(Unwrap(key), CultureInfo.InvariantCulture) ?? "", map[key]));
        if (map is Hashtable)
            entries = entries.OrderBy(entry => entry.Key, StringComparer.Ordinal);
        return entries.Select(entry => new DocumentEntry(entry.Key, default, Tree(entry.Value, $"{path}.{entry.Key}", depth + 1)));
    }

    private static IEnumerable<DocumentEntry> Properties(PSObject value, string path, int depth) =>
        value.Properties.Select(property =>
            new DocumentEntry(property.Name, default, Tree(property.Value, $"{path}.{property.Name}", depth + 1)));

    [GeneratedRegex(@"^\s*(?<count>\d+)\s*[xX*]?\s+(?<gpu>\S+)\s*$|^\s*(?<count>\d+)[xX*](?<gpu>\S+)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex GpusOfKind();
}
