using System.Globalization;
using ParallelDag.Graphs;

namespace ParallelDag.Reports;

/// <summary>Key architecture elements: pipeline stages, experts and where they live, how attention is taken apart.</summary>
internal static class ArchitectureSection
{
    private const int MostRows = 128;

    public static void Write(Page page, GraphTally tally)
    {
        page.Line("## Key architecture elements");
        Pipeline(page, tally);
        Experts(page, tally);
        Attention(page, tally);
    }

    private static void Pipeline(Page page, GraphTally tally)
    {
        page.Section("Pipeline stages", "PD007", "PD010");
        page.Bullets(tally.Dag.Phases.Select(phase =>
            $"{phase.Phase.ToTitle()}: {Page.Number(phase.Stages.Count, "stage")} (layers "
                + $"{string.Join(", ", phase.Stages.Take(16).Select(Page.Layers))}{(phase.Stages.Count > 16 ? ", ..." : "")})"));
        page.Evidence("PD007", "PD010");
    }

    private static void Experts(Page page, GraphTally tally)
    {
        page.Section("Mixture of experts", "PD008", "PD009");
        if (tally.Experts.Count == 0)
            page.Line("The graph has no expert nodes.");
        page.Table(
            ["phase", "stage", "experts", "GPUs"],
            tally.Experts.SelectMany(stage => stage.Value.Groups.Select(group => new[]
            {
                stage.Key.Phase.ToName(), stage.Key.Stage?.ToString(CultureInfo.InvariantCulture)
                    ?? "", Markdown.Text(group.Key), Markdown.Text(GpuSet.UnionAll(group.Value).ToString()),
            })),
            MostRows);
        page.Evidence("PD008", "PD009");
    }

    /// <summary>The operators of attention in the order of the layer, each with what its first node takes and yields.</summary>
    private static void Attention(Page page, GraphTally tally)
    {
        page.Section("Attention decomposition", "PD005");
        IEnumerable<string> parts =
            Ops.Table.Where(row => row.Place == OperatorPlace.Mixer && row.Role != OperatorRole.Residual).Select(row => row.Name);
        page.Table(
            ["phase", "operator", "nodes", "input", "output"],
            parts.SelectMany(tally.Of).OrderBy(count => count.Phase).Select(count => new[]
            {
                count.Phase?.ToName() ?? "", Markdown.Text(count.First.Name), Page.Number(count.Nodes),
                Markdown.Code(count.First.Input.ToString()), Markdown.Code(count.First.Output.ToString()),
            }));
        page.Evidence("PD005");
    }
}
