using ParallelDag.Documents;
using static ParallelDag.Engines.Wrappers.Manifest;

namespace ParallelDag.Engines.Wrappers;

/// <summary>
/// KServe's LLMInferenceService (<c>serving.kserve.io/v1alpha2</c>), which runs vLLM: sizes are typed, everything else goes into
/// <c>VLLM_ADDITIONAL_ARGS</c>. The service itself is decode, or both phases; prefill stands beside.
/// </summary>
internal sealed class LlmInferenceServices : LaunchWriter
{
    // What the typed fields, the service's own defaults and its wiring of nodes say.
    private static readonly string[] Typed = [.. PodParts.Wiring, "tp", "pp", "dp", "ep"];

    /// <inheritdoc/>
    public override IReadOnlyList<LaunchFile> Write(LaunchSubject subject)
    {
        PodParts.RequireVllm(subject, "KServe's LLMInferenceService");
        InstanceSet main = subject.Sets[^1];
        InstanceSet? prefill = subject.Sets.FirstOrDefault(set => set.Role == ServingRole.Prefill && set != main);
        DocumentMap spec = Map(
        [
            ("model", Map(("uri", Text($"hf://{subject.Options.Model}")), ("name", Text(subject.Options.Model)))),
            .. Workload(subject, main),
            ("router", Map(("scheduler", Map()), ("route", Map()), ("gateway", Map()))),
            ("prefill", prefill is null ? null : Map([.. Workload(subject, prefill)])),
        ]);
        DocumentMap service = Map(
            ("apiVersion", Text("serving.kserve.io/v1alpha2")), ("kind", Text("LLMInferenceService")),
                ("metadata", PodParts.Metadata(subject)), ("spec", spec));
        return [new LaunchFile($"{subject.Plan.Name}.llminferenceservice.yaml", Manifest.Write($"For {subject.MadeFor}", service))];
    }

    private static (string, DocumentNode?)[] Workload(LaunchSubject subject, InstanceSet set)
    {
        int nodes = subject.Nodes[set][0].Count;
        if (set.Pp > 1 && set.AttentionDp > 1)
            throw new InputException("an LLMInferenceService has stages or data parallelism, not both; use lws");
        DocumentMap parallelism = Map(
            ("tensor", Number(set.Tp)),
            ("pipeline", set.Pp > 1 ? Number(set.Pp) : null),
            ("data", set.AttentionDp > 1 ? Number(set.AttentionDp) : null),
            ("dataLocal", set.AttentionDp > 1 ? Number(set.AttentionDp / nodes) : null),
            ("expert", set.Ep > 1 ? Flag(true) : null));
        return
        [
            ("replicas", Number(set.Instances)),
            ("parallelism", parallelism),
            ("template", Pod(subject, set)),
            ("worker", nodes > 1 ? Pod(subject, set) : null),
        ];
    }

    private static DocumentMap Pod(LaunchSubject subject, InstanceSet set)
    {
        EngineCommand command = PodParts.Command(subject, set, 0, "$HEAD", "NODE");
        string rest = CommandWord.Line(command.Without(Typed).SelectMany(option => option.Words));
        var variables = new List<DocumentNode> { Map(("name", Text("VLLM_ADDITIONAL_ARGS")), ("value", Text(rest))) };
        foreach ((string name, CommandWord value) in command.Variables)
            variables.Add(value.IsExpanded ? PodParts.FieldVariable(name, "status.podIP")
                : Map(("name", Text(name)), ("value", Text(value.Text))));
        DocumentMap container = Map(
            ("name", Text("main")),
            ("image", subject.Options.Image is string image ? Text(image) : null),
            ("env", List(variables)),
            ("resources", PodParts.Resources(subject, set)));
        return Map(("containers", List(container)));
    }
}
