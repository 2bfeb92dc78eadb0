using System.CommandLine;
using ParallelDag.Comparisons;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Renderings;
using ParallelDag.Reports;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag compare</c>: what differs between two plans or graphs, and whether to take the change.</summary>
internal static class CompareCommand
{
    public static Command Create(Session session)
    {
        Argument<string> reference = ArgumentFaults.File("reference", "The plan or graph that is there; '-' for standard input.");
        Argument<string> difference = ArgumentFaults.File("difference",
            "The plan or graph that may take its place; '-' for standard input.");
        var json = new Option<bool>("--json") { Description = "Print JSON in place of the tables." };
        var markdown = new Option<bool>("--markdown") { Description = "Print Markdown for a pull request." };
        var output = new Option<string>("--output-folder", "-o")
        {
            Description = "Write NAME_comparison.md there too, and of two plans NAME_changed_map.svg and NAME_changed_layer.svg.",
        };
        var equal = new Option<bool>("--include-equal") { Description = "List what both agree in too." };
        var page = new Option<string>("--page")
        {
            Description = "Write a page that shows both side by side too.",
            HelpName = "FILE",
        };
        var command = new Command("compare", "Tell what differs between two plans or graphs. Exit code 0: nothing, 1: something.")
        {
            reference, difference, json, markdown, equal, output, page,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(markdown))
                result.AddError("--json and --markdown are two forms of one output; give one of them");
            if (result.GetValue(page) == Inputs.Standard)
                result.AddError("--page is written beside the answer on standard output; give it a file");
            if (result.GetValue(reference) == Inputs.Standard && result.GetValue(difference) == Inputs.Standard)
                result.AddError("'-' names standard input, which is read once; give the other as a file");
        });
        command.SetAction(parsed =>
        {
            DagComparison comparison = Compare(
                session, parsed.GetValue(reference)!, parsed.GetValue(difference)!, parsed.GetValue(equal), parsed.GetValue(page));
            if (parsed.GetValue(output) is string folder)
                Write(session, comparison, folder, parsed.GetValue(reference)!, parsed.GetValue(difference)!);
            if (parsed.GetValue(json))
                ComparisonJson.Write(comparison, session.OutputStream);
            else
                session.Output.Write(parsed.GetValue(markdown) ? ComparisonReport.Write(comparison) : ComparisonText.Write(comparison));
            return comparison.AreEqual ? ExitCodes.Done : ExitCodes.Differ;
        });
        return command;
    }

    private static void Write(Session session, DagComparison comparison, string folder, params string[] inputs)
    {
        using OutputFiles files = session.CreateFiles();
        ComparisonFiles.Write(comparison, files, folder, file =>
        {
            foreach (string input in inputs)
                Inputs.RefuseAsOutput(input, file);
        }, session.Cancellation);
        files.Commit();
    }

    private static DagComparison Compare(Session session, string reference, string difference, bool includeEqual, string? page)
    {
        using Progress progress = session.StartProgress();
        progress.Step("reading");
        (DeploymentPlan? Plan, Dag? Dag) left = Open(reference, session.Cancellation), right = Open(difference, session.Cancellation);
        progress.Step("comparing");
        var one = ComparisonSubject.Of(left.Plan, left.Dag, right.Dag?.Detail, session.Cancellation);
        var other = ComparisonSubject.Of(right.Plan, right.Dag, left.Dag?.Detail, session.Cancellation);
        if (page is not null)
        {
            foreach (string input in (string[])[reference, difference])
                Inputs.RefuseAsOutput(input, page);
            progress.Step("drawing both");
            using OutputFiles files = session.CreateFiles();
            ExportOptions options = PlanPage.Complete(
                GraphFormats.Html, one.Dag, one.Plan, new ExportOptions(), (other.Dag, other.Plan), session.Cancellation);
            GraphFormats.Html.Write(one.Dag, session.OutputTo(page, files), options, session.Cancellation);
            files.Commit();
        }

        return DagComparer.Compare(one, other, includeEqual, session.Cancellation);
    }

    private static (DeploymentPlan? Plan, Dag? Dag) Open(string path, CancellationToken cancellation) =>
        Inputs.PlanOrGraph(Inputs.Open(path, cancellation), "compare", cancellation);
}
