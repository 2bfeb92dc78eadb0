using System.CommandLine;
using ParallelDag.Checks;
using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Lowering;
using ParallelDag.Readers;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag check</c>: holds a plan's DAG, or a DAG from a file, against the rules.</summary>
internal static class CheckCommand
{
    public static Command Create(Session session)
    {
        Argument<string> input = ArgumentFaults.File(
            "plan|graph", "A plan file, or a graph in DOT (.dot, .gv) or JSON; '-' for standard input.");
        var json = new Option<bool>("--json") { Description = "Print JSON in place of the table." };
        var command = new Command("check", "Hold a plan's DAG, or a DAG from a file, against every rule.") { input, json };
        command.SetAction(parsed => Run(session, parsed.GetValue(input)!, parsed.GetValue(json)));
        return command;
    }

    private static int Run(Session session, string path, bool json)
    {
        CheckReport report;
        using (Progress progress = session.StartProgress())
        {
            progress.Step("reading");
            Dag dag = Load(path, progress, session.Cancellation);
            progress.Step("checking");
            report = CheckRunner.Run(dag, cancellation: session.Cancellation);
        }

        if (json)
            CheckJsonWriter.Write(report, session.OutputStream);
        else
            CheckTable.Print(report, session.Output, Session.TerminalWidth);
        return report.Holds ? ExitCodes.Done : ExitCodes.CheckFailed;
    }

    private static Dag Load(string path, Progress progress, CancellationToken cancellation)
    {
        InputFile input = Inputs.Open(path, cancellation);
        if (InputKinds.Of(input) == InputKind.Graph)
            return GraphFile.Read(input, cancellation);
        DeploymentPlan plan = Inputs.Plan(input, "check", cancellation);
        progress.Step("generating the DAG");
        return DagGenerator.Generate(plan, DetailLevel.Operator, cancellation: cancellation);
    }
}
