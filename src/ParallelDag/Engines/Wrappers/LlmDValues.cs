using ParallelDag.Documents;
using static ParallelDag.Engines.Wrappers.Manifest;

namespace ParallelDag.Engines.Wrappers;

/// <summary>Values of the Helm chart llm-d-modelservice: a decode and a prefill section, whose containers run vLLM in groups of
/// pods.</summary>
internal sealed class LlmDValues : LaunchWriter
{
    /// <inheritdoc/>
    public override IReadOnlyList<LaunchFile> Write(LaunchSubject subject)
    {
        PodParts.RequireVllm(subject, "llm-d-modelservice");
        InstanceSet? prefill = subject.Sets.FirstOrDefault(set => set.Role == ServingRole.Prefill);
        InstanceSet? decode = subject.Sets.FirstOrDefault(set => set.Role != ServingRole.Prefill);
        DocumentMap values = Map(
            ("multinode", Flag(subject.Sets.Any(set => subject.Nodes[set][0].Count > 1))),
            ("modelArtifacts", Map(("uri", Text($"hf://{subject.Options.Model}")), ("name", Text(subject.Options.Model)))),
            ("decode", Section(subject, decode)),
            ("prefill", Section(subject, prefill)));
        return [new LaunchFile($"{subject.Plan.Name}.llm-d.yaml", Manifest.Write($"For {subject.MadeFor}", values))];
    }

    private static DocumentMap Section(LaunchSubject subject, InstanceSet? set)
    {
        if (set is null)
            return Map(("create", Flag(false)));
        int nodes = subject.Nodes[set][0].Count;
        DocumentMap parallelism = Map(
            ("tensor", Number(set.Tp)),
            ("data", set.AttentionDp > 1 ? Number(set.AttentionDp) : null),
            ("dataLocal", set.AttentionDp > 1 ? Number(set.AttentionDp / nodes) : null),
            ("workers", nodes > 1 && set.AttentionDp == 1 ? Number(nodes) : null));
        string script = PodParts.Script(subject, set, "$LWS_LEADER_ADDRESS", "LWS_WORKER_INDEX");
        DocumentMap container = PodParts.Container(subject, set, "vllm", script, serves: true);
        return Map(
            ("create", Flag(true)),
            ("replicas", Number(set.Instances)),
            ("parallelism", parallelism),
            ("containers", List(Map(
                [.. container.Entries.Select(entry => (entry.Key, (DocumentNode?)entry.Value)), ("modelCommand", Text("custom"))]))),
            ("volumes", PodParts.Volumes()));
    }
}
