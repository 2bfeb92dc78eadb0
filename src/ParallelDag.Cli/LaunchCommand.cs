using System.CommandLine;
using ParallelDag.Engines;
using ParallelDag.Files;
using ParallelDag.Wording;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag launch</c>: what starts a plan on an engine.</summary>
internal static class LaunchCommand
{
    private static readonly (string Word, LaunchTarget Target)[] Targets =
    [
        ("shell", LaunchTarget.Shell), ("slurm", LaunchTarget.Slurm), ("lws", LaunchTarget.Lws),
            ("disaggregatedset", LaunchTarget.DisaggregatedSet),
        ("llminferenceservice", LaunchTarget.LlmInferenceService), ("dynamo", LaunchTarget.Dynamo), ("llm-d", LaunchTarget.LlmD),
            ("ray", LaunchTarget.Ray),
    ];

    /// <summary>Instances on a node take ports behind it.</summary>
    private const int MostPort = 65_000;

    public static Command Create(Session session)
    {
        Argument<string> plan = ArgumentFaults.File("plan", "The plan file (YAML or JSON); '-' for standard input.");
        Option<string> engine = ArgumentFaults.Choice("--engine", "The engine.", null, "vllm", "sglang", "trtllm");
        engine.Required = true;
        var model = new Option<string>(
            "--model") { Description = "The model's id or path, as the engine takes it.", HelpName = "ID", Required = true };
        Option<string> target = ArgumentFaults.Choice("--as", "What to write.", "shell", [.. Targets.Select(known => known.Word)]);
        var image = new Option<string>("--image") { Description = "The container image; needed where containers are started." };
        var host = new Option<string>("--host") { Description = "The address that servers listen at [default: the engine's own]." };
        var space = new Option<string>("--namespace") { Description = "The Kubernetes namespace." };
        Option<int?> port = ArgumentFaults.Count("--port", "The port of requests [default: the engine's own].", MostPort),
            meeting = ArgumentFaults.Count("--rendezvous-port", "The port at which nodes of an instance meet.", MostPort);
        var head = new Option<string>(
            "--head") { Description = "The address of the first node of a plan's only instance [default: $HEAD]." };
        var nodes = new Option<string>(
            "--nodes") { Description = "The names of the nodes, in the order of their GPUs.", HelpName = "A,B,..." };
        var folder = new Option<string>("--output", "-o")
        {
            Description = "The folder to write to; created when missing.",
            HelpName = "DIR",
            DefaultValueFactory = _ => ".",
        };
        var command = new Command("launch", "Write what starts a plan on an engine: scripts, manifests, and what they differ in.")
        {
            plan, engine, model, target, image, host, port, meeting, head, nodes, space, folder,
        };
        command.SetAction(parsed => Run(session, parsed.GetValue(plan)!, parsed.GetValue(folder)!, new LaunchOptions
        {
            Engine = Enum.Parse<EngineKind>(parsed.GetValue(engine)!, ignoreCase: true),
            Model = parsed.GetValue(model)!,
            Target = Targets.First(known => known.Word.Equals(parsed.GetValue(target), StringComparison.OrdinalIgnoreCase)).Target,
            Image = parsed.GetValue(image),
            Host = parsed.GetValue(host),
            Namespace = parsed.GetValue(space),
            Port = parsed.GetValue(port),
            RendezvousPort = parsed.GetValue(meeting),
            Head = parsed.GetValue(head),
            Nodes = parsed.GetValue(nodes)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
        }));
        return command;
    }

    private static int Run(Session session, string path, string folder, LaunchOptions options)
    {
        InputFile input = Inputs.Open(path, session.Cancellation);
        Launch launch = Launch.Of(Inputs.Plan(input, "launch", session.Cancellation), options);
        using OutputFiles files = session.CreateFiles();
        launch.Write(files, folder, target => Inputs.RefuseAsOutput(input.Path, target));
        files.Commit();
        foreach (LaunchRemark remark in launch.Remarks)
            session.Say(remark.ToString());
        session.Output.WriteLine($"made for {launch.Table}");
        foreach (LaunchFile file in launch.Files)
            session.Output.WriteLine($"wrote {OneLine.Of(Path.Combine(folder, file.Name))}");
        return ExitCodes.Done;
    }
}
