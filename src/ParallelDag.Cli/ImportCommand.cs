using System.CommandLine;
using ParallelDag.Engines.Import;
using ParallelDag.Formats;
using ParallelDag.Formats.Yaml;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag import</c>: command lines, scripts and manifests of engines as a plan.</summary>
internal static class ImportCommand
{
    public static Command Create(Session session)
    {
        Option<string> engine = ArgumentFaults.Choice(
            "--engine", "The engine whose commands they are.", null, "vllm", "sglang", "trtllm", "megatron");
        engine.Required = true;
        var model = new Option<string>("--model") { Description = "The model's config.json.", HelpName = "CONFIG" };
        var gpu = new Option<string>("--gpu") { Description = "The GPU, a built-in profile.", HelpName = "PROFILE" };
        var name = new Option<string>("--name") { Description = "The plan's name [default: after the model]." };
        var words = new Argument<string[]>("FILE | -- COMMAND LINE")
        {
            Description = "Scripts, manifests or an engine's own file ('-' for standard input); or, behind --, a command.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command(
            "import", "Read what starts an engine as a plan; what is not understood is listed on stderr.") { engine, model, gpu, name,
                words };
        command.SetAction(parsed =>
        {
            bool typed = parsed.Tokens.Any(token => token.Value == "--");
            var options = new ImportOptions
            {
                Engine = Enum.Parse<EngineKind>(parsed.GetValue(engine)!, ignoreCase: true),
                ModelFile = parsed.GetValue(model),
                Gpu = parsed.GetValue(gpu) is string profile ? DeviceProfile.Get(profile, "--gpu") : null,
                Name = parsed.GetValue(name),
            };
            return Run(session, options, parsed.GetValue(words)!, typed);
        });
        return command;
    }

    private static int Run(Session session, ImportOptions options, string[] words, bool typed)
    {
        ImportedPlan plan = typed
            ? LaunchFiles.Import(options, words)
            : LaunchFiles.Import(options, [.. words.Select(word => Inputs.Open(word, session.Cancellation))]);
        YamlWriter.Write(plan.Document, session.Output);
        foreach (string remark in plan.Remarks)
            session.Say(remark);
        return ExitCodes.Done;
    }
}
