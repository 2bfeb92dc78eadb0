using System.Reflection;

namespace ParallelDag.Help;

/// <summary>
/// What a class gives its properties to begin with, read from the instructions of its constructors without running them (ECMA-335, III.3.40
/// ldc, III.4.16 ldstr, III.4.28 stfld): a constant that is stored in a property's own field.
/// </summary>
internal static class Initializers
{
    private const byte LoadThis = 0x02, Store = 0x7D;
    private const byte LoadMinusOne = 0x15, LoadEight = 0x1E, LoadByte = 0x1F, LoadInteger = 0x20, LoadText = 0x72;
    private const BindingFlags AnyOfInstance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The constants by the names of their properties: integers (of enumerations too) and texts.</summary>
    public static IReadOnlyDictionary<string, object> Of(Type type)
    {
        var found = new Dictionary<string, object>(StringComparer.Ordinal);
        for (Type? own = type; own is not null && own.Assembly == type.Assembly; own = own.BaseType)
        {
            foreach (ConstructorInfo constructor in own.GetConstructors(AnyOfInstance))
                Read(own.Module, constructor.GetMethodBody()?.GetILAsByteArray() ?? [], found);
        }

        return found;
    }

    private static void Read(Module module, byte[] code, Dictionary<string, object> found)
    {
        // load this, load the constant (one byte, and its operand), store it in a field (one byte, and the field).
        for (int at = 0; at + 1 < code.Length; at++)
        {
            int next = at + 2 + OperandOf(code[at + 1]);
            if (code[at] == LoadThis && next + 4 < code.Length && code[next] == Store
                && Constant(module, code, at + 1) is object value
                && module.ResolveField(BitConverter.ToInt32(code, next + 1))?.Name is ['<', ..] name)
            {
                found.TryAdd(name[1..name.IndexOf('>', StringComparison.Ordinal)], value);
            }
        }
    }

    private static int OperandOf(byte instruction) => instruction switch
    {
        LoadByte => 1,
        LoadInteger or LoadText => 4,
        _ => 0,
    };

    private static object? Constant(Module module, byte[] code, int at) => code[at] switch
    {
        >= LoadMinusOne and <= LoadEight => code[at] - LoadMinusOne - 1,
        LoadByte => (int)(sbyte)code[at + 1],
        LoadInteger => BitConverter.ToInt32(code, at + 1),
        LoadText => module.ResolveString(BitConverter.ToInt32(code, at + 1)),
        _ => null,
    };
}
