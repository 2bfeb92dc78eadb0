using System.Text;
using ParallelDag.Wording;

namespace ParallelDag.Engines.Wrappers;

/// <summary>What sends requests of a disaggregated plan first to prefill, then to decode.</summary>
internal static class Router
{
    /// <summary>The files; none, with a note, for an engine without a router of its own.</summary>
    public static IReadOnlyList<LaunchFile> Files(LaunchSubject subject)
    {
        switch (subject.Options.Engine)
        {
            case EngineKind.Sglang:
                return [new LaunchFile($"{subject.Plan.Name}_router.sh", Sglang(subject))];
            case EngineKind.Trtllm:
                return [new LaunchFile($"{subject.Plan.Name}_router.sh", Trtllm(subject))];
            default:
                subject.Review.Note("cluster.pool",
                    "vLLM has no router of its own for prefill and decode; llm-d, Dynamo or KServe send requests from one to the other");
                return [];
        }
    }

    private static StringBuilder Header(LaunchSubject subject, out IReadOnlyList<(InstanceSet Set, InstanceNode Node)> instances)
    {
        instances = [.. subject.Sets.SelectMany(set => subject.Nodes[set].Select(nodes => (set, nodes[0])))];
        var script = new StringBuilder(
            $"#!/usr/bin/env bash\n# {subject.Plan.Name}: requests go to prefill, then to decode\n# For {subject.MadeFor}\nset -euo "
                + "pipefail\n");
        foreach ((InstanceSet set, InstanceNode node) in instances)
        {
            CommandWord host = ShellWriter.HostOf(subject, set, node);
            if (host.IsExpanded)
                script.Append($": \"${{{host.Text[1..]}:?set {host.Text[1..]} to the address of the first node of {set.Section} "
                    + $"{node.Instance}}}\"\n");
        }

        return script;
    }

    private static string Sglang(LaunchSubject subject)
    {
        StringBuilder script = Header(subject, out IReadOnlyList<(InstanceSet Set, InstanceNode Node)> instances);
        script.Append("exec python3 -m sglang_router.launch_router --pd-disaggregation");
        foreach ((InstanceSet set, InstanceNode node) in instances)
        {
            script.Append(Words.Invariant($" --{set.Section} http://{ShellWriter.HostOf(subject, set, node).Text}:{subject.PortOf(node)}"));
            if (set.Role == ServingRole.Prefill && node.HasNeighbours)
                script.Append(Words.Invariant($" {subject.Dialect.Table.TransferPort + node.Neighbour}"));
        }

        return script.Append('\n').ToString();
    }

    private static string Trtllm(LaunchSubject subject)
    {
        StringBuilder script = Header(subject, out IReadOnlyList<(InstanceSet Set, InstanceNode Node)> instances);
        string config = $"{subject.Plan.Name}_disaggregated.yaml";
        script.Append($"cd \"$(dirname \"$0\")\"\ncat > {config} <<SERVERS\nhostname: 0.0.0.0\n");
        script.Append(Words.Invariant($"port: {subject.Options.Port ?? subject.Dialect.Table.Port}\n"));
        foreach ((ServingRole role, string section) in new[] { (ServingRole.Prefill, "context_servers"),
            (ServingRole.Decode, "generation_servers") })
        {
            var servers = instances.Where(instance => instance.Set.Role == role).ToList();
            script.Append(Words.Invariant($"{section}:\n  num_instances: {servers.Count}\n  urls:\n"));
            foreach ((InstanceSet set, InstanceNode node) in servers)
                script.Append(Words.Invariant($"    - \"{ShellWriter.HostOf(subject, set, node).Text}:{subject.PortOf(node)}\"\n"));
        }

        return script.Append($"SERVERS\nexec trtllm-serve disaggregated -c {config}\n").ToString();
    }
}
