using System.CommandLine;
using ParallelDag.Collections;
using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Models;
using ParallelDag.Search;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag search</c>: the best plans for a model, GPUs and limits, and why not others.</summary>
internal static class SearchCommand
{
    public static Command Create(Session session)
    {
        Argument<string> input = ArgumentFaults.File("config|plan",
            "A model's config.json, or a plan file, with or without strategies; '-' for standard input.");
        var problem = new SearchProblemOptions();
        var space = new SearchSpaceOptions();
        var json = new Option<bool>("--json") { Description = "Print JSON in place of the table." };
        var csv = new Option<bool>("--csv") { Description = "Print comma-separated values in place of the table." };
        var command = new Command("search", "Find the best plans for a model, GPUs and limits, and tell of the others why not.") { input };
        problem.AddTo(command);
        space.AddTo(command);
        command.Add(json);
        command.Add(csv);
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(csv))
                result.AddError("--json and --csv cannot both be printed");
        });
        command.SetAction(parsed =>
        {
            SearchProblem wanted = problem.Of(parsed, Environment(parsed.GetValue(input)!, session.Cancellation));
            SearchResult result = Search(session, wanted, space.Of(parsed, wanted));
            if (parsed.GetValue(json))
                SearchJson.Write(result, session.OutputStream);
            else if (parsed.GetValue(csv))
                SearchCsv.Write(result, session.Output);
            else
                session.Output.Write(SearchText.Write(result, Session.TerminalWidth ?? 100));
            return ExitCodes.Done;
        });
        return command;
    }

    private static SearchResult Search(Session session, SearchProblem problem, SearchOptions options)
    {
        using Progress progress = session.StartProgress();
        return PlanSearch.Run(problem, options, new SearchProgress((step, done) =>
            progress.Step(FormattableString.Invariant($"searching: {step} {done * 100:0} %")), session.Cancellation));
    }

    /// <summary>What the input tells of the problem: all of it, or the model alone.</summary>
    private static (PlanSpec? Plan, string Name, ModelSpec Model, string? ModelFile) Environment(
        string path, CancellationToken cancellation)
    {
        InputFile input = Inputs.Open(path, cancellation);
        switch (InputKinds.Of(input))
        {
            case InputKind.Graph:
                throw new InputException(input.Name, default, "this is a graph; 'search' takes a model's config.json or a plan");
            case InputKind.ModelConfig:
                string name = FileNames.Of(Path.GetFileNameWithoutExtension(input.Name));
                return (null, name, HuggingFaceConfig.Read(input, cancellation), path == Inputs.Standard ? null : Path.GetFullPath(path));
            default:
                PlanSpec plan = PlanFile.LoadEnvironment(input, cancellation);
                return (plan, plan.Name, plan.Model, plan.ModelFile);
        }
    }
}
