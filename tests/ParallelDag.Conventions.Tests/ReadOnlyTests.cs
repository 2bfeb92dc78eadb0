using System.Collections;
using System.Reflection;
using ParallelDag.Checks;
using ParallelDag.Formats;
using ParallelDag.Lowering;

namespace ParallelDag.Conventions.Tests;

/// <summary>What is handed out as a read-only list is no array or list that a caller could write to.</summary>
public sealed class ReadOnlyTests
{
    [Fact]
    public void Lists_of_the_core_itself_cannot_be_written_to()
    {
        IEnumerable<string> faults = typeof(Dag).Assembly.GetExportedTypes()
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Static))
            .Where(property => property.GetIndexParameters().Length == 0 && IsReadOnlyList(property.PropertyType))
            .Where(property => IsWritable(property.GetValue(null)))
            .Select(property => $"{property.DeclaringType!.Name}.{property.Name}");
        Assert.True(!faults.Any(), $"callers can write to {string.Join(", ", faults)}; hand out ValueList");
    }

    /// <summary>Walks from a plan, its DAG and its checks along public properties.</summary>
    [Fact]
    public void Lists_of_plans_graphs_and_results_cannot_be_written_to()
    {
        DeploymentPlan plan = PlanFile.Load(Repository.PathOf("examples/llm_parallel.yaml"));
        Dag dag = DagGenerator.Generate(plan, DetailLevel.Overview);
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var faults = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Stack<object>([plan, dag, CheckRunner.Run(dag), PlanDescription.Of(plan), dag.Header]);
        while (open.TryPop(out object? item))
        {
            if (!seen.Add(item) || seen.Count > 20_000)
                continue;
            foreach (PropertyInfo property in item.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                if (property.GetIndexParameters().Length > 0 || property.PropertyType.IsPrimitive || property.PropertyType.IsByRefLike)
                    continue;
                object? value = property.GetValue(item);
                if (IsReadOnlyList(property.PropertyType) && IsWritable(value))
                    faults.Add($"{property.DeclaringType!.Name}.{property.Name}");
                IEnumerable<object> next =
                    value is IEnumerable list and not string ? list.Cast<object?>().OfType<object>().Take(100) : [value!];
                foreach (object inner in next.Where(inner => inner?.GetType().Assembly == typeof(Dag).Assembly))
                    open.Push(inner);
            }
        }

        Assert.True(faults.Count == 0, $"callers can write to {string.Join(", ", faults)}; hand out ValueList");
    }

    private static bool IsReadOnlyList(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is Type open
        && (open == typeof(IReadOnlyList<>) || open == typeof(IReadOnlyCollection<>));

    // An empty array has nothing to write to.
    private static bool IsWritable(object? list) => list is Array { Length: > 0 } or IList { IsReadOnly: false, Count: > 0 };
}
