using System.Collections;
using System.Management.Automation;

namespace ParallelDag;

/// <summary>
/// What a cmdlet accepts for a DAG: the DAG itself, a plan to generate it from, a node of it, or the path of a file of either
/// (<c>.dot</c>, <c>.gv</c>, <c>.json</c> graphs; <c>.yaml</c> plans). Anything else is kept too, and refused by the cmdlet by name.
/// </summary>
public sealed class DagInput
{
    /// <summary>Wraps a value as the user gave it.</summary>
    public DagInput(object? value)
    {
        Original = value;
        Value = value is PSObject wrapped ? wrapped.BaseObject : value;
    }

    /// <summary>The value without PowerShell's wrapper.</summary>
    public object? Value { get; }

    /// <summary>The value as it came.</summary>
    internal object? Original { get; }

    /// <summary>The type that the object had before it was serialized, or null when it was not.</summary>
    internal string? DeserializedType
    {
        get
        {
            const string Prefix = "Deserialized.";
            string? name = Original is PSObject wrapped ? wrapped.TypeNames.FirstOrDefault() : null;
            return name?.StartsWith(Prefix, StringComparison.Ordinal) == true ? name[Prefix.Length..] : null;
        }
    }

    /// <summary>
    /// The file that an object of somebody else names by its properties, and whether the name is to be taken as it stands; null when it
    /// names none.
    /// </summary>
    internal (string Path, bool Literal)? NamedFile =>
        Property("PSPath") is { } item ? (item, true)
        : Property("FullName") is { } full ? (full, true)
        : Property("LiteralPath") is { } literal ? (literal, true)
        : Property("Path") is { } path ? (path, false)
        : null;

    /// <summary>The text of a property, or null when there is none.</summary>
    internal string? Property(string name) =>
        Original is PSObject wrapped && wrapped.Properties[name]?.Value is object value && value.ToString() is { Length: > 0 } text
            ? text
            : null;

    /// <summary>The value's own text.</summary>
    public override string ToString() => Value?.ToString() ?? "";
}

/// <summary>
/// Makes a <see cref="DagInput"/> of whatever is given, one for each element of an array, so that no input is lost in parameter binding
/// with a message of its own and an array argument does what a pipeline does.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DagInputTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? bare = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return bare switch
        {
            DagInput[] inputs => inputs,
            DagInput input => new[] { input },
            IList { Count: > 0 } list and not IDictionary =>
                list.Cast<object?>().Select(item => item as DagInput ?? new DagInput(item)).ToArray(),
            _ => new[] { new DagInput(inputData) },
        };
    }
}
