using System.Reflection;
using System.Runtime.CompilerServices;

namespace ParallelDag.Tests;

/// <summary>
/// Builds what test classes keep in static fields while no mutant is active: a process serves many mutants, and a graph that one of them
/// spoilt would fail tests under all that follow.
/// </summary>
internal static class Fixtures
{
    [ModuleInitializer]
    internal static void Build()
    {
        // The switch that Stryker compiles into the core; absent where nothing is mutated.
        Type? control = typeof(DeploymentPlan).Assembly.GetTypes().FirstOrDefault(type => type.Name == "MutantControl");
        FieldInfo? known = Field("_mutantFilePathCached"), path = Field("_cachedMutantFilePath"), covers = Field("CaptureCoverage");
        bool covered = covers?.GetValue(null) is true;
        covers?.SetValue(null, false);
        path?.SetValue(null, string.Empty);
        known?.SetValue(null, true);
        foreach (Type type in typeof(Fixtures).Assembly.GetTypes().Where(type => !type.ContainsGenericParameters))
        {
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            foreach (FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public))
            {
                if (field.FieldType.IsGenericType && field.FieldType.GetGenericTypeDefinition() == typeof(Lazy<>))
                    field.FieldType.GetProperty(nameof(Lazy<int>.Value))!.GetValue(field.GetValue(null));
            }
        }

        known?.SetValue(null, false);
        covers?.SetValue(null, covered);

        FieldInfo? Field(string name) => control is null ? null
            : control.GetField(name, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
                ?? throw new MissingFieldException(control.FullName, name);
    }
}
