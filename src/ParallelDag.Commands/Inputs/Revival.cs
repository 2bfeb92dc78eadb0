using System.Management.Automation;
using System.Runtime.CompilerServices;
using ParallelDag.Documents;
using ParallelDag.Formats.Yaml;
using ParallelDag.Lowering;
using ParallelDag.Plans;

namespace ParallelDag.Commands.Inputs;

/// <summary>
/// Brings plans and DAGs back from jobs, remote sessions and CliXml files: a plan travels as the text of its file, a generated DAG with the
/// plan that it was generated from, and generation is deterministic.
/// </summary>
internal static class Revival
{
    private static readonly ConditionalWeakTable<Dag, Origin> Origins = [];

    /// <summary>Notes what <paramref name="dag"/> was generated from; nothing for a DAG that was read.</summary>
    public static void Remember(Dag dag, DeploymentPlan? plan, PhaseFilter phase)
    {
        if (plan is not null)
            Origins.AddOrUpdate(dag, new Origin(plan, phase));
    }

    /// <summary>The plan's file as text, or null when no plan file can state the plan.</summary>
    public static string? Text(DeploymentPlan plan)
    {
        try
        {
            using var writer = new StringWriter { NewLine = "\n" };
            YamlWriter.Write(PlanDocument.From(plan.Spec), writer);
            return writer.ToString();
        }
        catch (InputException)
        {
            return null;
        }
    }

    /// <summary>What a DAG was generated from, or null.</summary>
    public static (DeploymentPlan Plan, PhaseFilter Phase)? OriginOf(Dag dag) =>
        Origins.TryGetValue(dag, out Origin? origin) ? (origin.Plan, origin.Phase) : null;

    /// <summary>The plan or DAG that a serialized object was, or null when it does not carry enough.</summary>
    /// <exception cref="InputException">Its text has been changed on the way.</exception>
    public static DagSource? Of(DagInput input, CancellationToken cancellation)
    {
        if (input.Property(SerializedForm.PlanTextName) is not string text)
            return null;
        DeploymentPlan plan = PlanReader.Read(YamlDocument.Read(text));
        if (input.DeserializedType != typeof(Dag).FullName)
            return new DagSource(plan);
        if (!Enum.TryParse(input.Property(nameof(Dag.Detail)), out DetailLevel detail)
            || !Enum.TryParse(input.Property(SerializedForm.PhaseName), out PhaseFilter phase))
            return null;
        Dag dag = DagGenerator.Generate(plan, detail, DagSource.ToPhase(phase), cancellation);
        Remember(dag, plan, phase);
        return new DagSource(dag);
    }

    private sealed record Origin(DeploymentPlan Plan, PhaseFilter Phase);
}

/// <summary>What plans and DAGs carry on their way through a serializer (Loading/SerializedForms tells PowerShell).</summary>
public static class SerializedForm
{
    internal const string PlanTextName = "PlanText";
    internal const string PhaseName = "PlanPhase";

    /// <summary>The plan's file as text: of a plan, or of the plan that a DAG was generated from; null when there is none.</summary>
    public static object? GetPlanText(PSObject instance) => instance?.BaseObject switch
    {
        DeploymentPlan plan => Revival.Text(plan),
        Dag dag => Revival.OriginOf(dag) is (DeploymentPlan plan, _) ? Revival.Text(plan) : null,
        _ => null,
    };

    /// <summary>The phases of the plan that a DAG shows; null for a DAG that was read from a file.</summary>
    public static object? GetPlanPhase(PSObject instance) =>
        instance?.BaseObject is Dag dag && Revival.OriginOf(dag) is (_, PhaseFilter phase) ? phase.ToString() : null;
}
