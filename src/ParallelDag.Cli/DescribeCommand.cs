using System.CommandLine;
using ParallelDag.Descriptions;
using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Models;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag describe</c>: parameters, meshes, process groups, stages and memory of a plan; parameters of a model
/// alone.</summary>
internal static class DescribeCommand
{
    public static Command Create(Session session)
    {
        Argument<string> input =
            ArgumentFaults.File("plan|config", "A plan file, or a model's Hugging Face config.json; '-' for standard input.");
        var json = new Option<bool>("--json") { Description = "Print JSON in place of the tables." };
        var command = new Command("describe", "Tell parameters, meshes, groups, stages and memory of a plan.") { input, json };
        command.SetAction(parsed => Run(session, parsed.GetValue(input)!, parsed.GetValue(json)));
        return command;
    }

    private static int Run(Session session, string path, bool json)
    {
        InputFile input = Inputs.Open(path, session.Cancellation);
        PlanDescription description = InputKinds.Of(input) == InputKind.ModelConfig
            ? PlanDescription.Of(FileNames.OfModel(input.Path ?? input.Name), HuggingFaceConfig.Read(input, session.Cancellation))
            : PlanDescription.Of(Inputs.Plan(input, "describe", session.Cancellation));
        if (json)
            DescriptionJson.Write(description, session.OutputStream);
        else
            session.Output.Write(DescriptionText.Write(description));
        return ExitCodes.Done;
    }
}
