using System.Collections;
using System.Management.Automation;

namespace ParallelDag.Commands.Inputs;

/// <summary>What the pipeline says of one plan: a whole plan to vary, or parts by name (a row of a CSV file, a hashtable).</summary>
internal sealed class PlanRow
{
    private static readonly string[] PartNames =
    [
        "Name", "Model", "Cluster", "Prefill", "Decode", "Limits", "Workload", "BatchSize", "PromptLength", "OutputLength",
        "MicroBatches",
    ];

    private readonly Dictionary<string, object> _parts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The plan to vary, or null.</summary>
    public PlanSpec? Basis { get; private init; }

    /// <summary>The object that came, for error records.</summary>
    public object? Input { get; private init; }

    /// <summary>A plan to vary.</summary>
    public static PlanRow Of(DeploymentPlan plan) => new() { Basis = plan.Spec, Input = plan.Name };

    /// <summary>The parts that a hashtable names; null when it names none.</summary>
    public static PlanRow? Of(IDictionary map) =>
        Of(map, PartNames.Select(name => (name, Entry(map, name))));

    /// <summary>The parts that an object has as properties; null when it has none.</summary>
    public static PlanRow? Of(PSObject row) => Of(row, PartNames.Select(name => (name, row.Properties[name]?.Value)));

    /// <summary>The value that counts: the parameter where it was given, else the row's.</summary>
    public object? Choose(string name, object? parameter, bool given) => given ? parameter : _parts.GetValueOrDefault(name);

    // A dictionary may tell upper and lower case apart; a person does not.
    private static object? Entry(IDictionary map, string name) =>
        map.Keys.Cast<object>().FirstOrDefault(key => string.Equals(key.ToString(), name, StringComparison.OrdinalIgnoreCase)) is object key
            ? map[key]
            : null;

    private static PlanRow? Of(object input, IEnumerable<(string Name, object? Value)> parts)
    {
        var row = new PlanRow { Input = input };
        foreach ((string name, object? value) in parts)
        {
            // An empty cell of a table says nothing.
            if (value is not null and not "")
                row._parts.Add(name, value);
        }

        return row._parts.Count == 0 ? null : row;
    }
}
