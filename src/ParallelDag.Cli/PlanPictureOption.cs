using System.CommandLine;
using System.CommandLine.Parsing;
using ParallelDag.Pictures;

namespace ParallelDag.Cli;

/// <summary><c>--picture</c>: a picture of a plan in place of its graph.</summary>
internal sealed class PlanPictureOption
{
    // What chooses a part or a form of the graph has nothing to choose from in a picture of the plan.
    private static readonly string[] OfGraphs =
        ["--phase", "--detail", "--stage", "--layers", "--fold", "--gpus", "--force", "--schedule", "--streams"];

    private readonly Option<string> _picture = ArgumentFaults.Choice(
        "--picture", "A picture of the plan in place of its graph, as SVG.", standard: null,
            [.. PlanPictures.All.Select(picture => picture.Name)]);

    /// <summary>Adds the option to <paramref name="command"/>, which has <c>--format</c>.</summary>
    public PlanPictureOption(Command command)
    {
        command.Options.Add(_picture);
        command.Validators.Add(result =>
        {
            string? format = result.GetValue<string>("--format");
            if (result.GetResult(_picture) is not { Implicit: false })
            {
                if (format is null)
                    result.AddError("Option '--format' is required, or '--picture' for a picture of the plan");
                return;
            }

            if (format is not null && !format.Equals("svg", StringComparison.OrdinalIgnoreCase))
                result.AddError($"--picture is written as SVG; leave '--format {format}' out");
            foreach (string option in OfGraphs)
            {
                if (result.GetResult(option) is OptionResult { Implicit: false })
                    result.AddError($"{option} is for graphs, not for --picture");
            }
        });
    }

    /// <summary>The picture that is asked for; null for none.</summary>
    public PlanPicture? Read(ParseResult parsed) => parsed.GetValue(_picture) is string name ? PlanPictures.Find(name) : null;
}
