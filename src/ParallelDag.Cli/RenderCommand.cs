using System.CommandLine;
using ParallelDag.Checks;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Layouts;
using ParallelDag.Lowering;
using ParallelDag.Reports;
using ParallelDag.Wording;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag render</c>: plan in, checked pictures and a report out.</summary>
internal static class RenderCommand
{
    public static Command Create(Session session)
    {
        Argument<string> plan = ArgumentFaults.File("plan", "The plan file (YAML or JSON); '-' for standard input.");
        var folder = new Option<string>("--output", "-o")
        {
            Description = "The folder to write to; created when missing.",
            HelpName = "DIR",
            DefaultValueFactory = _ => ".",
        };
        var command = new Command("render", "Write the deployment DAG of a plan as DOT and SVG with a report, and print its checks.") { plan, folder };
        command.SetAction(parsed => Run(session, parsed.GetValue(plan)!, parsed.GetValue(folder)!));
        return command;
    }

    private static void RefuseInput(InputFile input, string target)
    {
        if (input.Path is string path && OutputFiles.AreSame(path, target))
            throw new OutputException(target, "this is the plan itself; choose another folder for the output");
    }

    private static int Run(Session session, string path, string folder)
    {
        CancellationToken cancellation = session.Cancellation;
        InputFile input = Inputs.Open(path, cancellation);
        DeploymentPlan plan = Inputs.Plan(input, "render", cancellation);
        using Progress progress = session.StartProgress();
        progress.Step("generating the DAG");
        Dag deployment = DagGenerator.Generate(plan, DetailLevel.Operator, cancellation: cancellation);
        Dag simplified = DagGenerator.Generate(plan, DetailLevel.Overview, cancellation: cancellation);
        progress.Step("checking");
        CheckReport report = CheckRunner.Run(deployment, cancellation: cancellation);

        using OutputFiles files = session.CreateFiles();
        files.CreateFolder(folder);
        var written = new List<ReportFile>();
        var folded = new List<FoldedRun>();
        foreach ((Dag dag, string picture) in new[] { (deployment, "deployment"), (simplified, "simplified") })
        {
            var drawing = new DrawingOptions { Marks = dag == deployment ? Pictures.Marks(report) : null };
            foreach (GraphFormat format in (GraphFormat[])[GraphFormats.Dot, GraphFormats.Svg])
            {
                string name = $"{plan.Name}_{picture}{format.Extension}";
                IExportOutput output = new FileOutput(files, Announce(name, dag));
                folded.AddRange(format.Write(dag, output, drawing, cancellation));
            }
        }

        files.Add(Announce($"{plan.Name}_report.md", null), stream =>
            ReportWriter.Write(deployment, report, stream, PlanDescription.Of(plan), simplified, written, cancellation));
        progress.Step("moving the files into place");
        files.Commit();
        progress.Dispose();

        CheckTable.Print(report, session.Output, Session.TerminalWidth);
        foreach (ReportFile file in written)
            session.Output.WriteLine($"wrote {OneLine.Of(Path.Combine(folder, file.Name))}");
        if (folded.Count > 0)
            session.Output.WriteLine(Pictures.FoldingNote(folded));
        return report.Holds ? ExitCodes.Done : ExitCodes.CheckFailed;

        string Announce(string name, Dag? graph)
        {
            progress.Step($"writing {name}");
            string target = Path.Combine(folder, name);
            RefuseInput(input, target);
            written.Add(new ReportFile(name, graph));
            return target;
        }
    }
}
