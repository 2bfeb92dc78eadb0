using System.Text;
using ParallelDag.Wording;

namespace ParallelDag.Engines.Wrappers;

/// <summary>Batch scripts of Slurm, one for each instance: Slurm gives it nodes and GPUs, the first node is its head.</summary>
internal sealed class SlurmWriter : LaunchWriter
{
    private const string Index = "SLURM_NODEID";

    /// <inheritdoc/>
    public override IReadOnlyList<LaunchFile> Write(LaunchSubject subject)
    {
        var files = new List<LaunchFile>();
        foreach (InstanceSet set in subject.Sets)
        {
            foreach (IReadOnlyList<InstanceNode> instance in subject.Nodes[set])
            {
                string name = set.Name + (set.Instances > 1 ? Words.Invariant($"_{instance[0].Instance}") : "");
                files.Add(new LaunchFile(name + ".sbatch", Script(subject, set, instance, name)));
                if (Command(subject, set, instance[0], 0).Config is string config && instance[0].Instance == 0)
                    files.Add(subject.ConfigFile(set, config));
            }
        }

        return subject.IsDisaggregated ? [.. files, .. Router.Files(subject)] : files;
    }

    private static string Script(LaunchSubject subject, InstanceSet set, IReadOnlyList<InstanceNode> instance, string name)
    {
        int gpus = instance[0].LocalGpus.Count;
        var script = new StringBuilder("#!/usr/bin/env bash\n");
        script.Append(Words.Invariant($"#SBATCH --job-name={name}\n#SBATCH --nodes={instance.Count}\n#SBATCH --gpus-per-node={gpus}\n"));
        script.Append(Words.Invariant($"#SBATCH --ntasks-per-node={(subject.Dialect.StartsAllNodes ? gpus : 1)}\n"));
        if (!instance[0].IsShared)
            script.Append("#SBATCH --exclusive\n");
        if (subject.Options.Nodes.Count > 0)
            script.Append($"#SBATCH --nodelist={string.Join(',', instance.Select(node => subject.Options.Nodes[node.Node]))}\n");
        script.Append($"# {subject.Describe(set)}\n# For {subject.MadeFor}\nset -euo pipefail\n");
        EngineCommand head = Command(subject, set, instance[0], 0);
        if (subject.Dialect.StartsAllNodes)
            return script.Append("cd \"$SLURM_SUBMIT_DIR\"\n")
                .Append($"exec srun --mpi=pmix {(gpus * instance.Count > 1 ? "trtllm-llmapi-launch " : "")}{head.Line}\n").ToString();
        script.Append("HEAD=$(scontrol show hostnames \"$SLURM_JOB_NODELIST\" | head -n 1)\nexport HEAD\nnode=$(cat <<'NODE'\n");
        script.Append(EngineCommand.Exports(head.Variables));
        if (instance.Count > 1)
            script.Append($"if [ \"${Index}\" -ne 0 ]; then\n  exec {Command(subject, set, instance[0], null).Line}\nfi\n");
        return script.Append($"exec {head.Line}\nNODE\n)\nexec srun bash -c \"$node\"\n").ToString();
    }

    private static EngineCommand Command(LaunchSubject subject, InstanceSet set, InstanceNode node, int? index)
    {
        var terms = new NodeTerms(
            new CommandWord("$HEAD", IsExpanded: true), index, Index, new CommandWord("\"$(hostname -f)\"", IsExpanded: true));
        return subject.Dialect.Command(set, subject.Options, node, terms);
    }
}
