using System.Management.Automation;
using System.Reflection;
using ParallelDag.Collections;

namespace ParallelDag.Commands.Views;

/// <summary>
/// The parts of a plan as PowerShell sees them: copies. PowerShell writes to properties that C# lets be set while an object is made and
/// never again, so <c>$plan.Prefill.Tp = 4</c> would change a plan behind the back of its validation; it changes a copy instead.
/// Loading/SerializedForms puts these in the place of the properties of the same names.
/// </summary>
public static class PlanPart
{
    private static readonly MethodInfo Clone =
        typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>The properties of plans that are parts of it.</summary>
    internal static string[] OfPlan { get; } = [nameof(Model), nameof(Cluster), nameof(Limits), nameof(Prefill), nameof(Decode)];

    /// <summary>The properties of a phase's layout that are.</summary>
    internal static string[] OfLayout { get; } = [nameof(Strategy)];

    /// <summary>Those of both.</summary>
    internal static string[] OfBoth { get; } = [nameof(Workload)];

    /// <summary>The model.</summary>
    public static object? Model(PSObject instance) => Copy((instance?.BaseObject as DeploymentPlan)?.Model);

    /// <summary>The cluster.</summary>
    public static object? Cluster(PSObject instance) => Copy((instance?.BaseObject as DeploymentPlan)?.Cluster);

    /// <summary>The workload, of a plan or a phase.</summary>
    public static object? Workload(PSObject instance) =>
        Copy((instance?.BaseObject as DeploymentPlan)?.Workload ?? (instance?.BaseObject as PhaseLayout)?.Workload);

    /// <summary>The limits, or null.</summary>
    public static object? Limits(PSObject instance) => Copy((instance?.BaseObject as DeploymentPlan)?.Limits);

    /// <summary>The prefill strategy, or null.</summary>
    public static object? Prefill(PSObject instance) => Copy((instance?.BaseObject as DeploymentPlan)?.Prefill);

    /// <summary>The decode strategy, or null.</summary>
    public static object? Decode(PSObject instance) => Copy((instance?.BaseObject as DeploymentPlan)?.Decode);

    /// <summary>The strategy of a phase.</summary>
    public static object? Strategy(PSObject instance) => Copy((instance?.BaseObject as PhaseLayout)?.Strategy);

    /// <summary>The parts that a plan was made of.</summary>
    public static object? GetSpec(PSObject instance) => Copy((instance?.BaseObject as DeploymentPlan)?.GetSpec());

    private static object? Copy(object? part) => part is null ? null : Copy(part, new Dictionary<object, object>(
        ReferenceEqualityComparer.Instance));

    /// <summary>A copy down to the last record; what is shared stays shared.</summary>
    private static object Copy(object part, Dictionary<object, object> known)
    {
        Type type = part.GetType();
        if (known.TryGetValue(part, out object? copy))
            return copy;
        if (type.IsArray)
        {
            var items = (Array)((Array)part).Clone();
            known.Add(part, items);
            for (int i = 0; !type.GetElementType()!.IsPrimitive && i < items.Length; i++)
                items.SetValue(items.GetValue(i) is object item ? Copy(item, known) : null, i);
            return items;
        }

        bool list = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueList<>);
        if (!list && (type.IsValueType || type.GetMethod("<Clone>$") is null))
            return part;
        copy = Clone.Invoke(part, null)!;
        known.Add(part, copy);
        for (Type? own = type; own is not null && own != typeof(object); own = own.BaseType)
        {
            foreach (FieldInfo field in own.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                | BindingFlags.DeclaredOnly))
            {
                if (!field.FieldType.IsPrimitive && field.GetValue(copy) is object value)
                    field.SetValue(copy, Copy(value, known));
            }
        }

        return copy;
    }
}
