using System.Collections;
using System.Management.Automation;

namespace ParallelDag.Commands.Inputs;

/// <summary>What the pipeline says of one plan: a whole plan to vary, or parts by name (a row of a CSV file, a hashtable).</summary>
internal sealed class PlanRow
{
    private static readonly string[] PartNames =
    [
        "Name", "Engine", "Model", "Cluster", "Prefill", "Decode", "Limits", "Workload", "BatchSize", "PromptLength", "OutputLength",
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
    public static PlanRow? Of(IDictionary map) => Of(map, PSObject.AsPSObject(map));

    /// <summary>The parts that an object has as properties; null when it has none.</summary>
    public static PlanRow? Of(PSObject row) => Of(row, row);

    /// <summary>A part by its name, or null.</summary>
    public object? Part(string name) => _parts.GetValueOrDefault(name);

    private static PlanRow? Of(object input, PSObject parts)
    {
        var row = new PlanRow { Input = input };
        foreach (string name in PartNames)
        {
            // An empty cell of a table says nothing.
            if (ObjectKey.Property(parts, name) is { } value and not "")
                row._parts.Add(name, value);
        }

        return row._parts.Count == 0 ? null : row;
    }
}
