using System.Text;
using ParallelDag.Wording;

namespace ParallelDag.Engines.Wrappers;

/// <summary>
/// Shell scripts, one for each node of each instance; where a file tells the engine, that file beside them; a router's script for a
/// disaggregated plan.
/// </summary>
internal sealed class ShellWriter : LaunchWriter
{
    /// <inheritdoc/>
    public override IReadOnlyList<LaunchFile> Write(LaunchSubject subject)
    {
        var files = new List<LaunchFile>();
        foreach (InstanceSet set in subject.Sets)
        {
            foreach (IReadOnlyList<InstanceNode> instance in subject.Nodes[set])
            {
                foreach (InstanceNode node in subject.Dialect.StartsAllNodes ? instance.Take(1) : instance)
                {
                    EngineCommand command = subject.Dialect.Command(set, subject.Options, node, Terms(subject, instance, node));
                    files.Add(new LaunchFile(FileName(subject, set, node), Script(subject, set, instance, node, command)));
                    if (command.Config is string config && node.Instance == 0)
                        files.Add(subject.ConfigFile(set, config));
                }
            }
        }

        return subject.IsDisaggregated ? [.. files, .. Router.Files(subject)] : files;
    }

    /// <summary>Where an instance's first node, or one that a router must find, is.</summary>
    public static CommandWord HostOf(LaunchSubject subject, InstanceSet set, InstanceNode node)
    {
        if (subject.Options.Nodes.Count > 0)
            return new CommandWord(subject.Options.Nodes[node.Node]);
        return new CommandWord(Words.Invariant($"${set.Section.ToUpperInvariant()}_{node.Instance}"), IsExpanded: true);
    }

    private static NodeTerms Terms(LaunchSubject subject, IReadOnlyList<InstanceNode> instance, InstanceNode node)
    {
        LaunchOptions options = subject.Options;
        bool named = options.Nodes.Count > 0;
        CommandWord head = options.Head is string address ? new CommandWord(address)
            : named ? new CommandWord(options.Nodes[instance[0].Node]) : new CommandWord("$HEAD", IsExpanded: true);
        CommandWord self = named ? new CommandWord(options.Nodes[node.Node]) : new CommandWord("\"$(hostname -f)\"", IsExpanded: true);
        return new NodeTerms(head, node.Index, "", self);
    }

    private static string FileName(LaunchSubject subject, InstanceSet set, InstanceNode node) =>
        set.Name
        + (set.Instances > 1 ? Words.Invariant($"_{node.Instance}") : "")
        + (node.Count > 1 && !subject.Dialect.StartsAllNodes ? Words.Invariant($"_node{node.Index}") : "") + ".sh";

    private static string Script(
        LaunchSubject subject, InstanceSet set, IReadOnlyList<InstanceNode> instance, InstanceNode node, EngineCommand command)
    {
        var script = new StringBuilder("#!/usr/bin/env bash\n");
        script.Append($"# {subject.Describe(set, subject.Dialect.StartsAllNodes ? instance[0] with { Count = 1 } : node)}\n# For "
            + $"{subject.MadeFor}\nset -euo pipefail\n");
        if (command.Words.Any(word => word.Text.StartsWith("$HEAD", StringComparison.Ordinal)))
            script.Append(": \"${HEAD:?set HEAD to the address of the first node of this instance}\"\n");
        script.Append(EngineCommand.Exports(command.Variables));
        if (node.IsShared)
            script.Append($"export CUDA_VISIBLE_DEVICES={string.Join(',', node.LocalGpus)}\n");
        if (command.Config is not null)
            script.Append("cd \"$(dirname \"$0\")\"\n");
        return script.Append("exec ").Append(subject.Dialect.StartsAllNodes && node.Count > 1 ? Mpi(subject, instance) : "")
            .Append(command.Line).Append('\n').ToString();
    }

    /// <summary>One task a GPU over all nodes of an instance.</summary>
    private static string Mpi(LaunchSubject subject, IReadOnlyList<InstanceNode> instance)
    {
        string nodes = subject.Options.Nodes.Count == 0 ? ""
            : $"-w {CommandWord.Line([new(string.Join(',', instance.Select(node => subject.Options.Nodes[node.Node])))])} ";
        int perNode = instance[0].LocalGpus.Count;
        return Words.Invariant($"srun -N {instance.Count} {nodes}--ntasks {instance.Count * perNode} --ntasks-per-node {perNode} ")
            + "--mpi=pmix trtllm-llmapi-launch ";
    }
}
