using System.Globalization;
using ParallelDag.Documents;
using static ParallelDag.Engines.Wrappers.Manifest;

namespace ParallelDag.Engines.Wrappers;

/// <summary>
/// NVIDIA Dynamo's DynamoGraphDeployment (<c>nvidia.com/v1beta1</c>): a frontend and a component a role; its operator adds what joins
/// nodes. Not validated against Dynamo's own schema: the file says so.
/// </summary>
internal sealed class DynamoGraphs : LaunchWriter
{
    // The operator joins the nodes of a component itself.
    private static readonly string[] Joined = [.. PodParts.Wiring, "role", "transfer", "transferPort", "model", "config"];

    /// <inheritdoc/>
    public override IReadOnlyList<LaunchFile> Write(LaunchSubject subject)
    {
        DocumentMap frontend = Map(
            ("name", Text("Frontend")),
            ("type", Text("frontend")),
            ("replicas", Number(1)),
            ("podTemplate", Pod(Map(("name", Text("main")), ("image", Text(PodParts.Image(subject)))))));
        DocumentMap graph = Map(
            ("apiVersion", Text("nvidia.com/v1beta1")),
            ("kind", Text("DynamoGraphDeployment")),
            ("metadata", PodParts.Metadata(subject)),
            ("spec", Map(("components", List([frontend, .. subject.Sets.Select(set => Component(subject, set))])))));
        subject.Review.Note("name", "the Dynamo manifest is not validated against Dynamo's schema; try it with kubectl --dry-run=server");
        return [new LaunchFile($"{subject.Plan.Name}.dynamo.yaml",
            Manifest.Write($"Not validated against Dynamo's schema. For {subject.MadeFor}", graph))];
    }

    private static DocumentMap Component(LaunchSubject subject, InstanceSet set)
    {
        int nodes = subject.Nodes[set][0].Count;
        string type = set.Role == ServingRole.Both ? "worker" : set.Section;
        EngineCommand command = PodParts.Command(subject, set, 0, "$HEAD", "NODE");
        DocumentMap container = Map(
            ("name", Text("main")),
            ("image", Text(PodParts.Image(subject))),
            ("command", List(Text("/bin/bash"), Text("-c"))),
            ("args", List(Text(Script(subject, set, command)))),
            ("resources", PodParts.Resources(subject, set)));
        return Map(
            ("name", Text(CultureInfo.InvariantCulture.TextInfo.ToTitleCase(type))),
            ("type", Text(type)),
            ("replicas", Number(set.Instances)),
            ("multinode", nodes > 1 ? Map(("nodeCount", Number(nodes))) : null),
            ("podTemplate", Pod(container)));
    }

    private static string Script(LaunchSubject subject, InstanceSet set, EngineCommand command)
    {
        var words = new List<CommandWord> { new("python3"), new("-m"),
            new($"dynamo.{subject.Options.Engine.ToString().ToLowerInvariant()}") };
        words.AddRange([new(subject.Options.Engine == EngineKind.Vllm ? "--model" : "--model-path"), new(subject.Options.Model)]);
        string config = "";
        if (command.Config is string text)
        {
            config = $"cat > /tmp/engine.yaml <<'CONFIG'\n{text}CONFIG\n";
            words.AddRange([new("--extra-engine-args"), new("/tmp/engine.yaml")]);
        }

        words.AddRange(command.Without(Joined).SelectMany(option => option.Words));
        if (set.Role != ServingRole.Both)
            words.AddRange([new("--disaggregation-mode"), new(set.Section)]);
        return EngineCommand.Exports(command.Constants) + config + $"exec {CommandWord.Line(words)}\n";
    }

    private static DocumentMap Pod(DocumentMap container) => Map(("spec", Map(("containers", List(container)))));
}
