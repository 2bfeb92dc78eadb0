using System.Reflection;
using System.Runtime.Loader;

namespace ParallelDag.Help;

/// <summary>One use of a parameter: how it takes part in one parameter set.</summary>
/// <param name="Set">The set's name, or <see cref="ParameterMetadata.AllSets"/>.</param>
/// <param name="Mandatory">True when the set needs it.</param>
/// <param name="Position">Its position, or null when it must be named.</param>
/// <param name="ByValue">Takes whole pipeline objects.</param>
/// <param name="ByPropertyName">Takes a property of pipeline objects.</param>
public sealed record ParameterUse(string Set, bool Mandatory, int? Position, bool ByValue, bool ByPropertyName);

/// <summary>One parameter of a cmdlet, as its attributes declare it.</summary>
/// <param name="Name">The name, without the dash.</param>
/// <param name="Type">The type's full name.</param>
/// <param name="Values">The values of an enumeration, else none.</param>
/// <param name="Aliases">Other names.</param>
/// <param name="Wildcards">True when wildcards are allowed.</param>
/// <param name="Uses">One entry per parameter attribute.</param>
public sealed record ParameterMetadata(
    string Name, string Type, IReadOnlyList<string> Values, IReadOnlyList<string> Aliases, bool Wildcards, IReadOnlyList<ParameterUse> Uses)
{
    // What takes a DAG takes a plan, a path and more; the type that holds them all says nothing to a reader.
    private const string InputType = "ParallelDag.DagInput";

    /// <summary>The value that the class gives it to begin with; null when there is none.</summary>
    public string? Default { get; init; }

    /// <summary>The name of the set that stands for every set.</summary>
    public const string AllSets = "__AllParameterSets";

    /// <summary>True for a switch.</summary>
    public bool IsSwitch => Type == "System.Management.Automation.SwitchParameter";

    /// <summary>True for an array.</summary>
    public bool IsArray => Type.EndsWith("[]", StringComparison.Ordinal);

    /// <summary>The type as help shows it: <c>String[]</c>, <c>DetailLevel</c>.</summary>
    public string ShortType =>
        Type.StartsWith(InputType, StringComparison.Ordinal) ? "Dag" + Type[InputType.Length..] : Type[(Type.LastIndexOf('.') + 1)..];

    /// <summary>How the parameter takes part in <paramref name="set"/>, or null when it does not.</summary>
    public ParameterUse? In(string set) => Uses.FirstOrDefault(use => use.Set == set || use.Set == AllSets);
}

/// <summary>
/// A cmdlet as its attributes declare it. Only attribute data is read and no type of PowerShell is ever run,
/// so the reference assembly that one compiles against will do.
/// </summary>
/// <param name="Name">Verb-Noun.</param>
/// <param name="TypeName">The full name of its class.</param>
/// <param name="DefaultSet">The default parameter set, or null.</param>
/// <param name="ShouldProcess">True when it has -WhatIf and -Confirm.</param>
/// <param name="OutputTypes">The types that it says it returns.</param>
/// <param name="Parameters">Its own parameters, in the order of their names.</param>
public sealed record CmdletMetadata(string Name, string TypeName, string? DefaultSet, bool ShouldProcess,
    IReadOnlyList<string> OutputTypes, IReadOnlyList<ParameterMetadata> Parameters)
{
    /// <summary>The verb.</summary>
    public string Verb => Name[..Name.IndexOf('-', StringComparison.Ordinal)];

    /// <summary>The noun.</summary>
    public string Noun => Name[(Name.IndexOf('-', StringComparison.Ordinal) + 1)..];

    /// <summary>The parameter sets, the default one first.</summary>
    public IReadOnlyList<string> Sets
    {
        get
        {
            string[] named = [.. Parameters.SelectMany(parameter => parameter.Uses).Select(use => use.Set)
                .Where(set => set != ParameterMetadata.AllSets).Distinct().Order(StringComparer.Ordinal)];
            return named.Length == 0 ? [ParameterMetadata.AllSets] : [.. named.OrderBy(set => set == DefaultSet ? 0 : 1)];
        }
    }

    /// <summary>The cmdlets of an assembly in the order of their names.</summary>
    /// <param name="commands">The assembly with the cmdlets.</param>
    /// <param name="powerShell">System.Management.Automation.dll, or the reference assembly of that name.</param>
    public static IReadOnlyList<CmdletMetadata> Read(string commands, string powerShell)
    {
        var context = new AssemblyLoadContext("metadata", isCollectible: true);
        context.Resolving += (own, name) =>
        {
            string file = name.Name == "System.Management.Automation"
                ? powerShell
                : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(commands))!, name.Name + ".dll");
            return File.Exists(file) ? own.LoadFromAssemblyPath(Path.GetFullPath(file)) : null;
        };
        try
        {
            Assembly assembly = context.LoadFromAssemblyPath(Path.GetFullPath(commands));
            return [.. assembly.GetExportedTypes().Where(type => !type.IsAbstract).Select(Read).OfType<CmdletMetadata>()
                .OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal)];
        }
        finally
        {
            context.Unload();
        }
    }

    private static CmdletMetadata? Read(Type type)
    {
        if (Find(type.GetCustomAttributesData(), "CmdletAttribute").FirstOrDefault() is not CustomAttributeData cmdlet)
            return null;
        string name = $"{cmdlet.ConstructorArguments[0].Value}-{cmdlet.ConstructorArguments[1].Value}";
        IEnumerable<string> outputs = Find(type.GetCustomAttributesData(), "OutputTypeAttribute")
            .SelectMany(output => (IReadOnlyCollection<CustomAttributeTypedArgument>)output.ConstructorArguments[0].Value!)
            .Select(argument => argument.Value is Type output ? output.FullName! : (string)argument.Value!);
        IReadOnlyDictionary<string, object> initial = Initializers.Of(type);
        IEnumerable<ParameterMetadata> parameters = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => ReadParameter(property, initial.GetValueOrDefault(property.Name))).OfType<ParameterMetadata>()
            .OrderBy(parameter => parameter.Name, StringComparer.Ordinal);
        return new CmdletMetadata(name, type.FullName!, Named(cmdlet, "DefaultParameterSetName") as string,
            Named(cmdlet, "SupportsShouldProcess") is true, [.. outputs], [.. parameters]);
    }

    private static ParameterMetadata? ReadParameter(PropertyInfo property, object? initial)
    {
        IList<CustomAttributeData> attributes = property.GetCustomAttributesData();
        ParameterUse[] uses = [.. Find(attributes, "ParameterAttribute").Select(use => new ParameterUse(
            Named(use, "ParameterSetName") as string ?? ParameterMetadata.AllSets,
            Named(use, "Mandatory") is true,
            Named(use, "Position") is int position ? position : null,
            Named(use, "ValueFromPipeline") is true,
            Named(use, "ValueFromPipelineByPropertyName") is true))];
        if (uses.Length == 0)
            return null;
        Type bare = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        IEnumerable<string> aliases = Find(attributes, "AliasAttribute")
            .SelectMany(alias => (IReadOnlyCollection<CustomAttributeTypedArgument>)alias.ConstructorArguments[0].Value!)
            .Select(argument => (string)argument.Value!);
        return new ParameterMetadata(
            property.Name, bare.FullName!, bare.IsEnum
                ? Enum.GetNames(bare)
                : [], [.. aliases], Find(attributes, "SupportsWildcardsAttribute").Any(), uses)
        {
            Default = uses.All(use => use.Mandatory) ? null : DefaultOf(property.PropertyType, initial),
        };
    }

    /// <summary>An enumeration that nobody sets is its first value; an empty text and the largest number stand for nothing given.</summary>
    private static string? DefaultOf(Type type, object? initial) => initial switch
    {
        _ when type.IsEnum => Enum.GetName(type, Enum.ToObject(type, initial ?? 0)),
        null or "" or int.MaxValue => null,
        int number when type == typeof(int) => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        string text => text,
        _ => null,
    };

    private static IEnumerable<CustomAttributeData> Find(IEnumerable<CustomAttributeData> attributes, string name) =>
        attributes.Where(attribute => attribute.AttributeType.Name == name);

    private static object? Named(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(argument => argument.MemberName == name).TypedValue.Value;
}
