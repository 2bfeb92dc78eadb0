using ParallelDag.Documents;
using ParallelDag.Plans;

namespace ParallelDag.Comparisons;

/// <summary>What plans say, key by key; of graphs what their headers say.</summary>
internal static class SettingDifferences
{
    private const int MostText = 200;

    /// <summary>A row for each key.</summary>
    public static void Add(DifferenceRows rows, ComparisonSubject reference, ComparisonSubject difference)
    {
        bool plans = reference.Plan is not null && difference.Plan is not null;
        Dictionary<string, string> before = plans ? OfPlan(reference.Plan!) : OfGraph(reference.Dag);
        Dictionary<string, string> after = plans ? OfPlan(difference.Plan!) : OfGraph(difference.Dag);
        if (plans && reference.Plan!.Model.Equals(difference.Plan!.Model))
        {
            foreach (string key in before.Keys.Union(after.Keys).Where(key => key.StartsWith("model", StringComparison.Ordinal)).ToArray())
            {
                before.Remove(key);
                after.Remove(key);
            }
        }

        foreach (string key in before.Keys.Union(after.Keys))
            rows.Add(DifferenceAspect.Setting, null, key, before.GetValueOrDefault(key), after.GetValueOrDefault(key));
    }

    private static Dictionary<string, string> OfPlan(DeploymentPlan plan)
    {
        var settings = new Dictionary<string, string>();
        PlanSpec spec = plan.Spec;
        void Part(string key, DocumentNode? node)
        {
            if (node is not null)
                Flatten(key, node, settings);
        }

        Part("prefill", spec.Prefill is null ? null : PlanDocument.From(spec.Prefill));
        Part("decode", spec.Decode is null ? null : PlanDocument.From(spec.Decode));
        try
        {
            Part("model", PlanDocument.From(spec.Model));
        }
        catch (InputException)
        {
            settings.Add("model", spec.Model.ToString());
        }

        Part("cluster", PlanDocument.From(spec.Cluster));
        Part("workload", PlanDocument.From(spec.Workload));
        Part("timing", TimingBinder.From(spec.Timing));
        Part("limits", spec.Limits is null ? null : PlanDocument.From(spec.Limits));
        return settings;
    }

    private static Dictionary<string, string> OfGraph(Dag dag)
    {
        var settings = new Dictionary<string, string>();
        foreach (DagPhase phase in dag.Phases)
        {
            string name = phase.Phase.ToName();
            settings[$"{name} mesh"] = phase.Mesh;
            settings[$"{name} order"] = string.Join(", ", phase.Order);
            settings[$"{name} stages"] = string.Join("; ", phase.Stages);
        }

        if (dag.Pool is GpuSet pool)
            settings["pool"] = pool.Named;
        if (dag.Header.Cluster is ClusterSpec cluster)
            Flatten("cluster", PlanDocument.From(cluster), settings);
        return settings;
    }

    private static void Flatten(string key, DocumentNode node, Dictionary<string, string> settings)
    {
        if (node is not DocumentMap map)
        {
            settings[key] = Wording.OneLine.Of(Inline(node), MostText);
            return;
        }

        foreach (DocumentEntry entry in map.Entries)
            Flatten($"{key}.{entry.Key}", entry.Value, settings);
    }

    private static string Inline(DocumentNode node) => node switch
    {
        DocumentScalar scalar => scalar.Text,
        DocumentList list => $"[{string.Join(", ", list.Items.Select(Inline))}]",
        DocumentMap map => $"{{{string.Join(", ", map.Entries.Select(entry => $"{entry.Key}: {Inline(entry.Value)}"))}}}",
        _ => "",
    };
}
