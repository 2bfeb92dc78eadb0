using System.Text;
using ParallelDag.Documents;
using static ParallelDag.Engines.Wrappers.Manifest;

namespace ParallelDag.Engines.Wrappers;

/// <summary>A configuration of Ray Serve LLM: vLLM's options as keys of <c>engine_kwargs</c>. Ray places ranks and joins nodes
/// itself.</summary>
internal sealed class RayConfigs : LaunchWriter
{
    private static readonly string[] Joined = [.. PodParts.Wiring, "model"];

    /// <inheritdoc/>
    public override IReadOnlyList<LaunchFile> Write(LaunchSubject subject)
    {
        PodParts.RequireVllm(subject, "Ray Serve LLM");
        (string builder, DocumentMap arguments) = subject.IsDisaggregated && subject.Sets.Count == 2
            ? ("build_pd_openai_app",
                Map(("prefill_config", Config(subject, subject.Sets[0])), ("decode_config", Config(subject, subject.Sets[1]))))
            : subject.Sets[0].AttentionDp > 1
                ? ("build_dp_openai_app", Map(("llm_config", Config(subject, subject.Sets[0]))))
                : ("build_openai_app", Map(("llm_configs", List(Config(subject, subject.Sets[0])))));
        DocumentMap application = Map(
            ("name", Text(subject.ObjectName())),
            ("route_prefix", Text("/")),
            ("import_path", Text($"ray.serve.llm:{builder}")),
            ("args", arguments));
        DocumentMap config = Map(("applications", List(application)));
        return [new LaunchFile($"{subject.Plan.Name}.ray.yaml", Manifest.Write($"For {subject.MadeFor}", config))];
    }

    private static DocumentMap Config(LaunchSubject subject, InstanceSet set)
    {
        EngineCommand command = PodParts.Command(subject, set, 0, "$HEAD", "NODE");
        var options = command.Without(Joined).Select(option =>
            (option.Option!.Flag![2..].Replace('-', '_'), (DocumentNode?)(option.Words.Count == 1 ? Flag(true) : Value(option)))).ToList();
        if (subject.Nodes[set][0].Count > 1)
            options.Add(("distributed_executor_backend", Text("ray")));
        DocumentMap variables = Map([.. command.Constants.Select(
            variable => (variable.Name, (DocumentNode?)Text(variable.Value.Text)))]);
        return Map(
            ("model_loading_config", Map(("model_id", Text(subject.Options.Model)), ("model_source", Text(subject.Options.Model)))),
            ("deployment_config", Map(("num_replicas", Number(set.Instances)))),
            ("runtime_env", variables.Entries.Count == 0 ? null : Map(("env_vars", variables))),
            ("engine_kwargs", Map([.. options])));
    }

    private static DocumentNode Value(CommandOption option)
    {
        string text = option.Words[1].Text;
        return option.Option!.Takes switch
        {
            OptionValue.Json => JsonTree.Read(Encoding.UTF8.GetBytes(text), option.Option.Name),
            OptionValue.Text => Text(text),
            _ => new DocumentScalar(text, Quoted: false, default),
        };
    }
}
