using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace ParallelDag.Commands.Inputs;

/// <summary>What of an object is its id, or an end of it: a property or a script block as users give them to Group-Object, or the first of
/// some usual properties.</summary>
internal sealed class ObjectKey
{
    private static readonly string[] IdNames = ["Id", "Name", "Label", "Key"];

    private readonly string[] _names;
    private readonly ScriptBlock? _script;

    private ObjectKey(string[] names, ScriptBlock? script) => (_names, _script) = (names, script);

    /// <summary>What the user gave, or the usual names.</summary>
    /// <param name="given">A property's name, a script block, or null.</param>
    /// <param name="usual">The names that are tried when nothing was given.</param>
    public static ObjectKey Of(object? given, params string[] usual)
    {
        object? bare = PlanParts.Unwrap(given);
        return bare switch
        {
            null => new ObjectKey(usual, null),
            ScriptBlock script => new ObjectKey([], script),
            _ => new ObjectKey([bare.ToString() ?? ""], null),
        };
    }

    /// <summary>The key of nodes.</summary>
    public static ObjectKey Id(object? given) => Of(given, IdNames);

    /// <summary>The value, or null when the object has none.</summary>
    public object? Of(PSObject item) => _script is null
        ? _names.Select(name => Property(item, name)).FirstOrDefault(value => value is not null)
        : Single(_script.InvokeWithContext(null, [new PSVariable("_", item)]));

    /// <summary>A property, or an entry of a dictionary, without regard to case; null when there is none.</summary>
    public static object? Property(PSObject item, string name) => item.BaseObject is IDictionary map
        ? KeyOf(map, name) is object key ? map[key] : null
        : item.Properties[name]?.Value;

    private static object? KeyOf(IDictionary map, string name) =>
        map.Keys.Cast<object>().FirstOrDefault(key => string.Equals(key.ToString(), name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The id that a value is: itself, or that of the object that stands there.</summary>
    public static string? Text(object? value)
    {
        object? bare = PlanParts.Unwrap(value);
        return bare switch
        {
            null => null,
            string text => text,
            DagNode node => node.Id,
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => IdOf(PSObject.AsPSObject(value!)) ?? bare.ToString(),
        };
    }

    // One level: an id is a text or a number, whatever stands there.
    private static string? IdOf(PSObject item) =>
        IdNames.Select(name => Property(item, name)).FirstOrDefault(own => own is not null)?.ToString();

    /// <summary>What the key looks for.</summary>
    public override string ToString() => _script is null ? string.Join(", ", _names) : "the script block's result";

    private static object? Single(System.Collections.ObjectModel.Collection<PSObject> results) => results.Count switch
    {
        0 => null,
        1 => results[0],
        _ => results.ToArray(),
    };
}
