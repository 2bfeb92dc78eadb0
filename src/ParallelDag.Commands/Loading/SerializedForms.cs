using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using ParallelDag.Commands.Inputs;
using ParallelDag.Commands.Views;

namespace ParallelDag.Commands.Loading;

/// <summary>
/// How PowerShell sees plans and DAGs. Of a plan's parts it gets copies (<see cref="PlanPart"/>). What travels to jobs, remote sessions and
/// CliXml files are the facts, never the whole graph behind them, and the plan's text, which brings it back. Told to PowerShell by the
/// first cmdlet that runs in a session and not by a types file, which a second copy of the module could not load beside the first one's,
/// and which every import would wait for.
/// </summary>
internal static class SerializedForms
{
    private static readonly ConditionalWeakTable<Runspace, object> Told = [];

    /// <summary>Tells the session of this thread, once.</summary>
    public static void Register()
    {
        if (Runspace.DefaultRunspace is not Runspace session || !Told.TryAdd(session, Told))
            return;
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand("Microsoft.PowerShell.Utility\\Update-TypeData")
            .AddParameter("TypeData", new[] { Plan(), Layout(), Graph() })
            .AddParameter("Force")
            .Invoke();
    }

    private static TypeData Plan()
    {
        TypeData form = Of(
            typeof(DeploymentPlan), "Name", "Model", "Cluster", "Workload", "Prefill", "Decode", "Phases", SerializedForm.PlanTextName);
        Add(form, SerializedForm.PlanTextName, nameof(SerializedForm.GetPlanText));
        Copies(form, [.. PlanPart.OfPlan, .. PlanPart.OfBoth]);
        form.Members.Add(nameof(PlanPart.GetSpec), new CodeMethodData(nameof(PlanPart.GetSpec), typeof(PlanPart).GetMethod(
            nameof(PlanPart.GetSpec))));
        return form;
    }

    private static TypeData Layout()
    {
        var form = new TypeData(typeof(PhaseLayout));
        Copies(form, [.. PlanPart.OfLayout, .. PlanPart.OfBoth]);
        return form;
    }

    private static TypeData Graph()
    {
        TypeData form = Of(
            typeof(Dag), "Name", "Detail", "Pool", "NodeCount", "EdgeCount", "Phases",
            SerializedForm.PlanTextName, SerializedForm.PhaseName);
        Add(form, SerializedForm.PlanTextName, nameof(SerializedForm.GetPlanText));
        Add(form, SerializedForm.PhaseName, nameof(SerializedForm.GetPlanPhase));
        return form;
    }

    private static TypeData Of(Type type, params string[] properties) =>
        new(type) { SerializationMethod = "SpecificProperties", PropertySerializationSet = new PropertySetData(properties) };

    private static void Copies(TypeData form, string[] properties)
    {
        foreach (string property in properties)
            form.Members.Add(property, new CodePropertyData(property, typeof(PlanPart).GetMethod(property), null));
    }

    private static void Add(TypeData form, string property, string method) =>
        form.Members.Add(property, new CodePropertyData(property, typeof(SerializedForm).GetMethod(method), null) { IsHidden = true });
}
