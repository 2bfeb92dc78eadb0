using System.Management.Automation;

namespace ParallelDag;

/// <summary>
/// What a cmdlet accepts for a DAG: the DAG itself, a plan to generate it from, or the path of a file of either
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

    /// <summary>The value's own text.</summary>
    public override string ToString() => Value?.ToString() ?? "";
}

/// <summary>Makes a <see cref="DagInput"/> of whatever is given, so that no input is lost in parameter binding with a message of its own.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DagInputTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is DagInput input ? input : new DagInput(inputData);
}
