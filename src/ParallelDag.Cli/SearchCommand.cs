using System.CommandLine;
using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Models;
using ParallelDag.Search;
using ParallelDag.Wording;

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
        var keep = new Option<string>("--keep")
        {
            Description = "Of a plan with strategies: the keys that stay as they are, such as tp,pp; the others change one at a time.",
        };
        var output = new Option<string>("--output-folder", "-o")
        {
            Description = "Write NAME_pareto.svg and NAME_search.md there too, and the best plan as NAME_best.yaml.",
        };
        var json = new Option<bool>("--json") { Description = "Print JSON in place of the table." };
        var csv = new Option<bool>("--csv") { Description = "Print comma-separated values in place of the table." };
        var command = new Command("search", "Find the best plans for a model, GPUs and limits, and tell of the others why not.") { input };
        problem.AddTo(command);
        space.AddTo(command);
        command.Add(keep);
        command.Add(output);
        command.Add(json);
        command.Add(csv);
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(csv))
                result.AddError("--json and --csv cannot both be printed");
        });
        command.SetAction(parsed =>
        {
            SearchRequest given = Environment(parsed.GetValue(input)!, session.Cancellation);
            SearchOptions options = space.Of(parsed, given.Plan) with
            {
                Keep = [.. (parsed.GetValue(keep) ?? "").Split(',', Trimmed)], Fit = problem.Fit(parsed),
            };
            bool changes = given.Plan is { } plan && (plan.Prefill ?? plan.Decode) is not null && !problem.AnyGiven(parsed)
                && !space.AnyGiven(parsed);
            if (options.Keep.Count > 0 && !changes)
                throw new InputException("--keep is for a plan with strategies whose changes are asked for, without other GPUs or limits");
            SearchResult result = changes
                ? PlanSearch.Improve(DeploymentPlan.Create(given.Plan!), options, session.Cancellation)
                : Search(session, problem.Of(parsed, given), options);
            if (parsed.GetValue(output) is string folder)
                Write(session, result, folder, parsed.GetValue(input)!);
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

    private const StringSplitOptions Trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    private static void Write(Session session, SearchResult result, string folder, string input)
    {
        using OutputFiles files = session.CreateFiles();
        SearchFiles.Write(result, files, folder, file => Inputs.RefuseAsOutput(input, file));
        files.Commit();
    }

    private static SearchResult Search(Session session, SearchProblem problem, SearchOptions options)
    {
        using Progress progress = session.StartProgress();
        return PlanSearch.Run(problem, options, new SearchProgress((step, done) =>
            progress.Step(Words.Invariant($"searching: {step} {done * 100:0} %")), session.Cancellation));
    }

    /// <summary>What the input tells of the problem: all of it, or the model alone.</summary>
    private static SearchRequest Environment(string path, CancellationToken cancellation)
    {
        InputFile input = Inputs.Open(path, cancellation);
        return InputKinds.Of(input) switch
        {
            InputKind.Graph => throw new InputException(
                input.Name, default, "this is a graph; 'search' takes a model's config.json or a plan"),
            InputKind.ModelConfig => new SearchRequest
            {
                Name = FileNames.OfModel(input.Path ?? input.Name),
                Model = HuggingFaceConfig.Read(input, cancellation),
                ModelFile = input.Path,
            },
            _ => new SearchRequest { Plan = PlanFile.LoadEnvironment(input, cancellation) },
        };
    }
}
