using System.CommandLine;
using ParallelDag.Comparisons;
using ParallelDag.Files;
using ParallelDag.Renderings;
using ParallelDag.Watching;
using ParallelDag.Wording;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag watch</c>: at each save of a plan its checks, what changed, and fresh pictures, until Ctrl+C.</summary>
internal static class WatchCommand
{
    public static Command Create(Session session)
    {
        Argument<string> plan = ArgumentFaults.File("plan", "The plan file to watch.");
        var folder = new Option<string>("--output",
            "-o") { Description = "The folder to render to at each save; nothing is written without it.", HelpName = "DIR" };
        var count = new Option<int?>("--count") { Description = "End after so many states.", HelpName = "N" };
        var command = new Command("watch",
            "Watch a plan: at each save its checks, what changed and fresh pictures, until Ctrl+C.") { plan, folder, count };
        command.Validators.Add(result =>
        {
            if (result.GetValue(plan) == Inputs.Standard)
                result.AddError("standard input cannot be watched; name a file");
            if (result.GetResult(count) is { Implicit: false } && result.GetValue(count) is < 1)
                result.AddError("--count is 1 or more");
        });
        command.SetAction(parsed => Run(session, parsed.GetValue(plan)!, parsed.GetValue(folder), parsed.GetValue(count)));
        return command;
    }

    private static int Run(Session session, string path, string? folder, int? count)
    {
        if (!File.Exists(path))
            Inputs.Open(path, session.Cancellation);
        var watcher = new PlanWatcher(Path.GetFullPath(path), path, (input, token) => Inputs.Plan(input, "watch", token));
        PlanState last = PlanState.Good;
        foreach (PlanUpdate update in watcher.States(session.Cancellation))
        {
            Print(session, update);
            if (update.Plan is not null && folder is not null)
                Render(session, update.Plan, path, folder);
            session.Output.Flush();
            last = update.State;
            if (update.Number == count)
                return last == PlanState.Good ? ExitCodes.Done : last == PlanState.BreaksRules ? ExitCodes.CheckFailed : ExitCodes.Refused;
        }

        session.Cancellation.ThrowIfCancellationRequested();
        return ExitCodes.Done;
    }

    private static void Print(Session session, PlanUpdate update)
    {
        session.Output.WriteLine(Words.Invariant($"{update.Time:HH:mm:ss} {OneLine.Of(update.Path)}"));
        foreach (string problem in update.Problems)
            session.Output.WriteLine(OneLine.Of(problem));
        if (update.Checks is null)
            return;
        if (update.Comparison is null || !update.Checks.Holds)
            CheckTable.Print(update.Checks, session.Output, Session.TerminalWidth);
        if (update.Comparison is not null)
            session.Output.Write(ComparisonText.Write(update.Comparison));
    }

    private static void Render(Session session, DeploymentPlan plan, string source, string folder)
    {
        PlanRendering rendering = PlanRendering.Of(plan, cancellation: session.Cancellation);
        using OutputFiles files = session.CreateFiles();
        files.CreateFolder(folder);
        rendering.Write(files, folder, target => Inputs.RefuseAsOutput(source, target), session.Cancellation);
        files.Commit();
        session.Output.WriteLine($"wrote {Words.Count(PlanRendering.FileNames(plan).Count, "file")} to {OneLine.Of(folder)}");
    }
}
