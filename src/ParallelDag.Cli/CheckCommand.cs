using System.CommandLine;
using ParallelDag.Chakra;
using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Reports;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag check</c>: holds a plan's DAG, or a DAG from a file, against the rules.</summary>
internal static class CheckCommand
{
    public static Command Create(Session session)
    {
        Argument<string> input = ArgumentFaults.File(
            "plan|graph|trace",
            "A plan file, a graph in DOT (.dot, .gv) or JSON, or one of a set of Chakra traces (.et); '-' for standard input.");
        var json = new Option<bool>("--json") { Description = "Print JSON in place of the table; short for --format json." };
        Option<string> format = ArgumentFaults.Choice(
            "--format", "How to print the results: a table, JSON, SARIF, JUnit XML, or annotations of GitHub Actions.", "table",
            "table", "json", "sarif", "junit", "github");
        var strict = new Option<bool>("--strict") { Description = "Count a rule that could not be checked as failed." };
        var plan = new Option<string>("--plan")
        {
            Description = "A plan that the graph must reflect; each difference is named (PD027).", HelpName = "FILE",
        };
        var rules = new Option<string[]>("--rule")
        {
            Description = "Check these rules alone: identifiers such as PD001, parted by commas.", HelpName = "IDS",
        };
        var groups = new Option<string>("--groups")
        {
            Description = "The groups file of Chakra traces; the one beside them unless given.", HelpName = "FILE",
        };
        var command = new Command("check", "Hold a plan's DAG, a DAG from a file, or a set of traces against every rule.")
        {
            input, json, format, strict, plan, rules, groups,
        };
        command.Validators.Add(result =>
        {
            bool trace = ChakraTraces.IsTrace(result.GetValue(input) ?? "");
            if (trace && result.GetResult(plan) is not null)
                result.AddError("--plan is for graphs, not for traces");
            if (!trace && result.GetResult(groups) is not null)
                result.AddError("--groups is for traces (.et), not for plans and graphs");
        });
        command.SetAction(parsed => Run(
            session,
            parsed.GetValue(input)!,
            parsed.GetValue(plan),
            parsed.GetValue(groups),
            Ids(parsed.GetValue(rules)),
            new Output(parsed.GetValue(json) ? "json" : parsed.GetValue(format)!, parsed.GetValue(strict))));
        return command;
    }

    private static string[]? Ids(string[]? rules) => rules is null or [] ? null
        : [.. rules.SelectMany(list => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    private static int Run(Session session, string path, string? planPath, string? groups, string[]? rules, Output output)
    {
        CheckReport report;
        using (Progress progress = session.StartProgress())
        {
            progress.Step("reading");
            report = ChakraTraces.IsTrace(path)
                ? ChakraTraces.Check(path, groups, rules, cancellation: session.Cancellation)
                : Check(path, planPath, rules, progress, session.Cancellation);
        }

        Print(session, report, output);
        return (output.Strict ? report.HoldsStrictly : report.Holds) ? ExitCodes.Done : ExitCodes.CheckFailed;
    }

    private static CheckReport Check(string path, string? planPath, string[]? rules, Progress progress, CancellationToken cancellation)
    {
        Dag dag = Load(path, progress, cancellation);
        Dag? plan = planPath is null ? null : Expected(planPath, dag, cancellation);
        progress.Step("checking");
        return CheckRunner.Run(dag, rules, plan, cancellation);
    }

    private static void Print(Session session, CheckReport report, Output output)
    {
        switch (output.Format)
        {
            case "json":
                CheckJsonWriter.Write(report, session.OutputStream);
                break;
            case "sarif":
                SarifWriter.Write([report], session.OutputStream, output.Strict);
                break;
            case "junit":
                JUnitWriter.Write([report], session.OutputStream, output.Strict);
                break;
            case "github":
                AnnotationWriter.Write([report], session.Output, output.Strict);
                break;
            default:
                CheckTable.Print(report, session.Output, Session.TerminalWidth);
                break;
        }
    }

    private static Dag Load(string path, Progress progress, CancellationToken cancellation)
    {
        (DeploymentPlan? plan, Dag? graph) = Inputs.PlanOrGraph(Inputs.Open(path, cancellation), "check", cancellation);
        if (plan is null)
            return graph!;
        progress.Step("generating the DAG");
        return DagGenerator.Generate(plan, DetailLevel.Operator, cancellation: cancellation);
    }

    private static Dag Expected(string path, Dag dag, CancellationToken cancellation)
    {
        DeploymentPlan plan = Inputs.Plan(Inputs.Open(path, cancellation), "check --plan", cancellation);
        return CheckRunner.GraphOf(plan, dag, cancellation);
    }

    /// <summary>How results are told.</summary>
    private sealed record Output(string Format, bool Strict);
}
