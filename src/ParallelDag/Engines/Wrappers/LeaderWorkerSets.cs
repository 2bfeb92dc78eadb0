using ParallelDag.Documents;
using static ParallelDag.Engines.Wrappers.Manifest;

namespace ParallelDag.Engines.Wrappers;

/// <summary>
/// LeaderWorkerSets of Kubernetes (<c>leaderworkerset.x-k8s.io/v1</c>): a group of pods an instance, its nodes; and DisaggregatedSets
/// (<c>disaggregatedset.x-k8s.io/v1</c>), which hold one for prefill and one for decode.
/// </summary>
/// <param name="together">True for one DisaggregatedSet, false for a LeaderWorkerSet a role.</param>
internal sealed class LeaderWorkerSets(bool together) : LaunchWriter
{
    private const string Head = "$LWS_LEADER_ADDRESS", Index = "LWS_WORKER_INDEX";

    /// <inheritdoc/>
    public override IReadOnlyList<LaunchFile> Write(LaunchSubject subject)
    {
        foreach (InstanceSet set in subject.Sets)
        {
            if (subject.Dialect.StartsAllNodes && subject.Nodes[set][0].Count > 1)
                throw new InputException(
                    $"{subject.Dialect.Name} starts all nodes of an instance by MPI, which pods do not have; use slurm or dynamo");
        }

        if (together && subject.Sets.Count < 2)
            throw new InputException(
                "a DisaggregatedSet has a prefill and a decode role, and this plan runs both on the same GPUs; use lws, or pool: "
                    + "disaggregated");
        IEnumerable<DocumentMap> objects = together ? [Disaggregated(subject)] : subject.Sets.Select(set => Map(
            ("apiVersion", Text("leaderworkerset.x-k8s.io/v1")),
            ("kind", Text("LeaderWorkerSet")),
            ("metadata", PodParts.Metadata(subject, set)),
            ("spec", Spec(subject, set))));
        return [new LaunchFile($"{subject.Plan.Name}.{(together ? "disaggregatedset" : "lws")}.yaml",
            Manifest.Write($"For {subject.MadeFor}", objects))];
    }

    private static DocumentMap Disaggregated(LaunchSubject subject) => Map(
        ("apiVersion", Text("disaggregatedset.x-k8s.io/v1")),
        ("kind", Text("DisaggregatedSet")),
        ("metadata", PodParts.Metadata(subject)),
        ("spec", Map(("roles", List(
            subject.Sets.Select(set => (DocumentNode)Map(("name", Text(set.Section)), ("spec", Spec(subject, set)))))))));

    private static DocumentMap Spec(LaunchSubject subject, InstanceSet set)
    {
        int nodes = subject.Nodes[set][0].Count;
        return Map(
            ("replicas", Number(set.Instances)),
            ("leaderWorkerTemplate", Map(
                ("size", Number(nodes)),
                ("leaderTemplate", nodes > 1 ? Pod(subject, set, isHead: true) : null),
                ("workerTemplate", Pod(subject, set, isHead: nodes == 1)))));
    }

    private static DocumentMap Pod(LaunchSubject subject, InstanceSet set, bool isHead) => Map(("spec", Map(
        ("containers", List(PodParts.Container(
            subject, set, "engine", PodParts.Script(subject, set, isHead, Head, Index), serves: isHead))),
        ("volumes", PodParts.Volumes()))));
}
