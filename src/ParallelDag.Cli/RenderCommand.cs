using System.CommandLine;
using ParallelDag.Files;
using ParallelDag.Layouts;
using ParallelDag.Renderings;
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
        var split = new Option<bool>("--split-phases") { Description =
            "Draw prefill and decode by themselves too: <name>_prefill, <name>_decode." };
        var command = new Command("render", "Write the deployment DAG of a plan as DOT and SVG with a report, and print its checks.")
        {
            plan, folder, split,
        };
        command.SetAction(parsed => Run(session, parsed.GetValue(plan)!, parsed.GetValue(folder)!, parsed.GetValue(split)));
        return command;
    }

    private static int Run(Session session, string path, string folder, bool splitPhases)
    {
        CancellationToken cancellation = session.Cancellation;
        InputFile input = Inputs.Open(path, cancellation);
        DeploymentPlan plan = Inputs.Plan(input, "render", cancellation);
        using Progress progress = session.StartProgress();
        PlanRendering rendering = PlanRendering.Of(plan, splitPhases, progress.Step, cancellation);
        using OutputFiles files = session.CreateFiles();
        files.CreateFolder(folder);
        IReadOnlyList<FoldedRun> folded = rendering.Write(files, folder, Announce, cancellation);
        progress.Step("moving the files into place");
        files.Commit();
        progress.Dispose();

        CheckTable.Print(rendering.Checks, session.Output, Session.TerminalWidth);
        foreach (string name in PlanRendering.FileNames(plan, splitPhases))
            session.Output.WriteLine($"wrote {OneLine.Of(Path.Combine(folder, name))}");
        if (folded.Count > 0)
            session.Output.WriteLine(Pictures.FoldingNote(folded));
        return rendering.Checks.Holds ? ExitCodes.Done : ExitCodes.CheckFailed;

        void Announce(string target)
        {
            progress.Step($"writing {Path.GetFileName(target)}");
            Inputs.RefuseAsOutput(input.Path, target);
        }
    }
}
