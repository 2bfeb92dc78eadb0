using System.Globalization;
using System.Text;
using ParallelDag.Graphs;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Reports;

/// <summary>
/// Writes <c>&lt;name&gt;_report.md</c>: the sections that a summary of a parallel-strategy DAG has, regenerated for any DAG.
/// Every number is counted from the graph, every tick carries the rule behind it and that rule's evidence. A rule that fails stands at the
/// top of the page.
/// </summary>
public static class ReportWriter
{
    /// <summary>Tables end after so many rows and say how many are left.</summary>
    private const int MostRows = 128;

    /// <summary>The axes as people list them.</summary>
    private static readonly string[] AxisOrder = ["pp", "dp", "ep", "etp", "edp", "tp", "sp"];

    /// <summary>Writes UTF-8 without a byte order mark. The stream stays open. O(V + E).</summary>
    /// <param name="dag">The deployment DAG.</param>
    /// <param name="checks">Its check results.</param>
    /// <param name="output">Where to.</param>
    /// <param name="description">What the plan says beyond the graph (parameters, times), or null without a plan.</param>
    /// <param name="simplified">The same plan at Overview level, or null.</param>
    /// <param name="files">The files that are written with the report; the page names no others.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static void Write(
        Dag dag,
        CheckReport checks,
        Stream output,
        PlanDescription? description = null,
        Dag? simplified = null,
        IReadOnlyList<ReportFile>? files = null,
        CancellationToken cancellation = default) =>
        output.Write(Encoding.UTF8.GetBytes(ToText(dag, checks, description, simplified, files, cancellation)));

    /// <summary>The text of the report.</summary>
    /// <param name="dag">The deployment DAG.</param>
    /// <param name="checks">Its check results.</param>
    /// <param name="description">What the plan says beyond the graph, or null without a plan.</param>
    /// <param name="simplified">The same plan at Overview level, or null.</param>
    /// <param name="files">The files that are written with the report; the page names no others.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static string ToText(
        Dag dag,
        CheckReport checks,
        PlanDescription? description = null,
        Dag? simplified = null,
        IReadOnlyList<ReportFile>? files = null,
        CancellationToken cancellation = default)
    {
        var page = new Page(checks);
        var tally = new GraphTally(dag, cancellation);
        page.Line($"# {Markdown.Text(dag.Name)}: parallel strategy DAG");
        Verdict(page, checks);
        if (description?.Plan is DeploymentPlan plan)
            FrontPage.Write(page, plan, description, checks, cancellation);
        Images(page, files ?? []);
        Graphs(page, dag, simplified, files ?? []);
        page.Line("## DAG features");
        Strategy(page, dag);
        GpuBoundaries(page, dag);
        Granularity(page, tally);
        Communication(page, tally);
        SplitAndAggregation(page, tally);
        GateSelection(page, tally);
        NodeAttributes(page, tally);
        VisualConventions(page, tally);
        Validation(page, checks);
        ArchitectureSection.Write(page, tally);
        MemorySection.Write(page, tally, description);
        PerformanceSection.Write(page, tally, description);
        page.Line("## Result");
        page.Line(checks.Holds
            ? $"{Page.Mark(CheckStatus.Pass)} Every rule that could be checked holds: {Counts(checks)}."
            : $"{Page.Mark(CheckStatus.Fail)} Not fit for use: {Counts(checks)}.");
        return page.ToString();
    }

    private static string Counts(CheckReport checks) => string.Create(
        CultureInfo.InvariantCulture,
        $"{checks.Count(CheckStatus.Pass)} passed, {checks.Count(CheckStatus.Fail)} failed, "
            + $"{checks.Count(CheckStatus.Skipped)} not checked");

    /// <summary>First thing on the page: what failed.</summary>
    private static void Verdict(Page page, CheckReport checks)
    {
        if (checks.Holds)
        {
            page.Line($"{Page.Mark(CheckStatus.Pass)} {Counts(checks)}.");
            return;
        }

        page.Line(
            $"**{Page.Mark(CheckStatus.Fail)} This DAG breaks {Page.Number(checks.Count(CheckStatus.Fail), "rule")}: {Counts(checks)}.**");
        page.Bullets(checks.Failures
            .Select(result => $"{Page.Mark(result.Status)} **{result.Id} {result.Title}**: {Markdown.Text(result.Evidence)}"));
    }

    /// <summary>The pictures that are written with the page: the first three of the plan at once, the graph's and the others a click
    /// away.</summary>
    private static void Images(Page page, IReadOnlyList<ReportFile> files)
    {
        const int Shown = 3;
        ReportFile[] pictures = [.. files.Where(file => file is { Shows: not null, Graph: null })];
        foreach (ReportFile file in pictures.Take(Shown))
            page.Line(Image(file));
        ReportFile[] more = [.. files.Where(file => file is { Shows: not null, Graph: not null }), .. pictures.Skip(Shown)];
        if (more.Length > 0)
            page.Details($"{Page.Number(more.Length, "more picture")}", more.Select(Image));

        static string Image(ReportFile file) => $"![{Markdown.Text(file.Shows!)}]({Markdown.Target(file.Name)})";
    }

    /// <summary>The graphs that the page speaks of, with the files that hold them.</summary>
    private static void Graphs(Page page, Dag dag, Dag? simplified, IReadOnlyList<ReportFile> files)
    {
        var rows = new List<string[]> { dag.Source is SourceMap source
            ? Row("the DAG that was checked", dag, source.File)
            : Row("the deployment DAG", dag) };
        if (simplified is not null)
            rows.Add(Row("the simplified DAG", simplified));
        IEnumerable<Dag> others =
            files.Select(file => file.Graph).OfType<Dag>().Where(graph => graph != dag && graph != simplified).Distinct();
        rows.AddRange(others
            .Select(graph => Row($"{string.Join(" and ", graph.Phases.Select(phase => phase.Phase.ToName()))} alone", graph)));
        string[] pages = [.. files.Where(file => file.Graph is null && file.Shows is null).Select(file => Markdown.Link(file.Name))];
        if (pages.Length > 0)
            rows.Add([string.Join(", ", pages), "this page", ""]);
        bool named = rows.Exists(row => row[0].Length > 0);
        page.Line(named ? "## Files" : "## Graphs");
        if (named)
            page.Table(["file", "what it is", "size"], rows);
        else
            page.Table(["what it is", "size"], rows.Select(row => row[1..]));

        string[] Row(string what, Dag graph, string? origin = null)
        {
            IEnumerable<string> names = files.Where(file => ReferenceEquals(file.Graph, graph)).Select(file => file.Name);
            return
            [
                string.Join(", ", names.Select(Markdown.Link).Prepend(origin is null ? "" : Markdown.Code(origin))
                    .Where(name => name.Length > 0)),
                $"{what} ({graph.Detail.ToName()} level)"
                    + (ForScrolling(graph) ? ": its picture is for scrolling and searching" : ""),
                $"{Page.Number(graph.NodeCount, "node")}, {Page.Number(graph.EdgeCount, "edge")}",
            ];
        }

        // Every shard on its GPUs does not fit a screen; where there is a picture on one sheet, the page shows that.
        bool ForScrolling(Dag graph) => graph.Detail != DetailLevel.Overview
            && files.Any(file => ReferenceEquals(file.Graph, graph) && file.Name.EndsWith(".svg", StringComparison.Ordinal))
            && files.Any(file => file is { Shows: not null, Graph: not null });
    }

    private static void Strategy(Page page, Dag dag)
    {
        page.Section("1. Parallel strategy representation", "PD006", "PD010");
        if (dag.Phases.Count == 0)
            page.Line("The graph does not tell its phases and meshes.");
        page.Bullets(dag.Phases.Select(phase => string.Create(
            CultureInfo.InvariantCulture,
            $"**{phase.Phase.ToTitle()}**: {Axes(phase)} ({Page.Number(phase.Gpus.Count, "GPU")} in all, ranks ordered "
                + $"{Markdown.Text(string.Join(", ", phase.Order))} from inner to outer)")));
        page.Evidence("PD006", "PD010");
    }

    private static string Axes(DagPhase phase)
    {
        var degrees = phase.Axes.Where(axis => axis.Value > 1 || axis.Key is "pp" or "ep" or "tp" or "sp")
            .OrderBy(axis => AxisRank(axis.Key))
            .Select(axis => Words.Invariant($"{Markdown.Text(axis.Key.ToUpperInvariant())}={axis.Value}")).ToList();
        return degrees.Count == 0 ? "every axis 1" : string.Join(", ", degrees);
    }

    /// <summary>Axes of other names follow those that we know.</summary>
    private static int AxisRank(string axis) => Array.IndexOf(AxisOrder, axis) is int rank and >= 0 ? rank : AxisOrder.Length;

    private static void GpuBoundaries(Page page, Dag dag)
    {
        page.Section("2. GPU boundaries", "PD003");
        if (dag.Phases.Count > 0)
        {
            page.Table(["phase", "stage", "layers", "GPUs"], dag.Phases.SelectMany(phase => phase.Stages.Select(stage => new[]
            {
                phase.ToString(), Page.Number(stage.Index), Page.Layers(stage), Markdown.Text(stage.Gpus.ToString()),
            })), MostRows);
        }

        page.Evidence("PD003");
    }

    private static void Granularity(Page page, GraphTally tally)
    {
        page.Section("3. Operator-level granularity", "PD004", "PD008", "PD026");
        page.Table(
            ["phase", "operator", "nodes", "stands for", "FLOPs", "bytes on the wire"],
            tally.Operators.Select(count => new[]
            {
                count.Phase?.ToName()
                    ?? "", Markdown.Code(count.Op), Page.Number(count.Nodes), $"{Page.Number(count.Members, "device node")}",
                count.Flops == 0 ? "" : Quantity.FormatCount(count.Flops), count.WireBytes == 0 ? "" : Page.Bytes(count.WireBytes),
            }),
            MostRows);
        page.Bullets(Parts(tally));
        page.Evidence("PD004", "PD008", "PD026");
    }

    /// <summary>What a layer is taken apart into, in the words of the drawing.</summary>
    private static IEnumerable<string> Parts(GraphTally tally)
    {
        string mixers = Names(Ops.Table
            .Where(row => row.Place == OperatorPlace.Mixer && row.Role is not (OperatorRole.Norm or OperatorRole.Residual)));
        if (mixers.Length > 0)
            yield return $"Attention is decomposed into {mixers}";
        string[] groups = [.. tally.Experts.Values.SelectMany(stage => stage.Groups.Keys).Distinct()];
        if (groups.Length > 0)
            yield return $"Expert computation is split by expert groups: "
                + $"{Markdown.Text(string.Join("; ", groups.Take(16)))}{(groups.Length > 16 ? "; ..." : "")}";
        string norms = Names(Ops.Table.Where(row => row.Role == OperatorRole.Norm));
        if (norms.Length > 0)
            yield return $"LayerNorms are nodes of their own: {norms}";
        string gates = Names(Ops.Table.Where(row => row.Name is Ops.Gate or Ops.TopK || row.Role == OperatorRole.Residual));
        if (gates.Length > 0)
            yield return $"So are {gates}";

        string Names(IEnumerable<Operator> rows) => string.Join(", ", rows.SelectMany(row => tally.Of(row.Name))
            .Where(count => count.First.Kind != NodeKind.Communication)
            .GroupBy(count => count.First.Name)
            .Select(group => $"{Markdown.Text(group.Key)} ({Page.Number(group.Sum(count => count.Nodes))})"));
    }

    private static void Communication(Page page, GraphTally tally)
    {
        page.Section("4. Communication patterns", "PD006", "PD007", "PD012");
        page.Table(
            ["pattern", "operators", "nodes", "bytes on the wire"],
            tally.Operators.Where(count => count.First.Collective != CollectiveKind.None)
                .GroupBy(count => count.First.Collective)
                .Select(group => new[]
                {
                    group.Key.ToTitle(), string.Join(", ", group.Select(count => count.Op).Distinct().Select(Markdown.Code)),
                    Page.Number(group.Sum(count => count.Nodes)), Page.Bytes(group.Sum(count => count.WireBytes)),
                }));
        page.Bullets([
            $"{Page.Number(tally.Edges[(int)EdgeKind.Pipeline], "pipeline edge")} into the sends between stages",
            $"{Page.Number(tally.Edges[(int)EdgeKind.Kv], "KV cache edge")} between the phases",
        ]);
        CollectiveSection.Write(page, tally.Dag);
        page.Evidence("PD006", "PD007", "PD012");
    }

    private static void SplitAndAggregation(Page page, GraphTally tally)
    {
        page.Section("5. Data aggregation/split", "PD005");
        page.Bullets(Ops.Table.Where(row => row.Role is OperatorRole.Split or OperatorRole.LastGather or OperatorRole.Aggregation)
            .SelectMany(row => tally.Of(row.Name)).Select(count =>
            $"{(count.Phase is PhaseId phase ? phase.ToTitle() + ": " : "")}{Page.Number(count.Nodes, "node")} "
                + $"{Markdown.Text(count.First.Name)}, {Markdown.Code(count.First.Input.ToString())} to "
                + $"{Markdown.Code(count.First.Output.ToString())}"));
        page.Evidence("PD005");
    }

    private static void GateSelection(Page page, GraphTally tally)
    {
        page.Section("6. Gate selection representation", "PD009");
        page.Bullets(tally.Of(Ops.TopK).Select(count =>
            $"{(count.Phase is PhaseId phase ? phase.ToTitle() + ": " : "")}{Page.Number(count.Nodes, "node")} "
                + $"{Markdown.Text(count.First.Name)}"));
        page.Line($"{Page.Number(tally.Edges[(int)EdgeKind.Gate], "dashed gate edge")} from the selections to the experts.");
        page.Evidence("PD009");
    }

    private static void NodeAttributes(Page page, GraphTally tally)
    {
        page.Section("7. Node attributes", "PD003", "PD004");
        OperatorCount? example = tally.Of(Ops.Attention).FirstOrDefault()
            ?? tally.Operators.FirstOrDefault(count => count.First.Input.IsParsed);
        if (example is not null)
        {
            page.Bullets([
                $"**GPUs**, for example {Markdown.Code(tally.Dag.GpusOf(example.FirstNode)?.ToString() ?? "not told")} of "
                    + $"{Markdown.Code(tally.Dag.IdOf(example.FirstNode))}",
                $"**INPUT DIMENSION** {Markdown.Code(example.First.Input.ToString())}",
                $"**OUTPUT DIMENSION** {Markdown.Code(example.First.Output.ToString())}",
            ]);
        }

        page.Evidence("PD003", "PD004");
    }

    private static void VisualConventions(Page page, GraphTally tally)
    {
        page.Section("8. Visual conventions", "PD009", "PD011");
        page.Bullets([
            $"**Ellipses**: {Page.Number(tally.Kinds[(int)NodeKind.Communication], "communication node")}",
            $"**Rectangles**: {Page.Number(tally.Kinds[(int)NodeKind.Computation], "computation node")}, and "
                + $"{Page.Number(tally.Kinds[(int)NodeKind.Input] + tally.Kinds[(int)NodeKind.Output], "input or output node")}",
            "**Parallelograms**: " + Page.Number(
                tally.Kinds[(int)NodeKind.Routing] + tally.Kinds[(int)NodeKind.Aggregation], "routing, aggregation, split or gather node"),
            $"**Dashed lines**: {Page.Number(tally.Edges[(int)EdgeKind.Gate], "gate edge")}",
        ]);
        page.Evidence("PD009", "PD011");
    }

    private static void Validation(Page page, CheckReport checks)
    {
        page.Section("9. DAG validation", [.. checks.Results.Select(result => result.Id)]);
        page.Table(
            ["", "rule", "demands", "evidence"],
            checks.Results.Select(result =>
                new[] { Page.Mark(result.Status), result.Id, Markdown.Text(result.Title), Markdown.Text(result.Evidence) }));
    }
}
