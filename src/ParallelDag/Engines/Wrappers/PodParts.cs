using ParallelDag.Documents;
using ParallelDag.Wording;
using static ParallelDag.Engines.Wrappers.Manifest;

namespace ParallelDag.Engines.Wrappers;

/// <summary>What containers of an engine have in common: a command, GPUs, shared memory, and a network of their own.</summary>
internal static class PodParts
{
    /// <summary>The variable in which Kubernetes tells a pod its address.</summary>
    private const string PodAddress = "POD_IP";

    /// <summary>What joins the nodes of an instance, and where a server listens: options that some targets set themselves.</summary>
    public static readonly string[] Wiring =
        ["dpLocal", "dpStart", "dpAddress", "dpPort", "headless", "nnodes", "nodeRank", "headAddress", "port", "host"];

    /// <summary>The command of a node, named by its number or by a variable.</summary>
    public static EngineCommand Command(LaunchSubject subject, InstanceSet set, int? index, string head, string variable)
    {
        // Each pod has GPUs and ports of its own.
        InstanceNode node = subject.Nodes[set][0][0] with { IsShared = false, HasNeighbours = false, Neighbour = 0 };
        var terms = new NodeTerms(
            new CommandWord(head, IsExpanded: true), index, variable, new CommandWord("$" + PodAddress, IsExpanded: true));
        return subject.Dialect.Command(set, subject.Options with { Host = subject.Options.Host ?? Everywhere(subject) }, node, terms);
    }

    /// <summary>What a shell runs on a node of an instance, told apart by a variable where there are several.</summary>
    public static string Script(LaunchSubject subject, InstanceSet set, string head, string variable)
    {
        int nodes = subject.Nodes[set][0].Count;
        EngineCommand first = Command(subject, set, 0, head, variable);
        string script = Prelude(first);
        if (nodes == 1 || subject.Dialect.StartsAllNodes)
            return script + $"exec {first.Line}\n";
        EngineCommand other = Command(subject, set, null, head, variable);
        return script + $"if [ \"${{{variable}:-0}}\" -eq 0 ]; then\n  exec {first.Line}\nfi\nexec {other.Line}\n";
    }

    /// <summary>The same for a node that is known to be the first, or another.</summary>
    public static string Script(LaunchSubject subject, InstanceSet set, bool isHead, string head, string variable)
    {
        EngineCommand command = Command(subject, set, isHead ? 0 : null, head, variable);
        return Prelude(command) + $"exec {command.Line}\n";
    }

    /// <summary>A container that runs a script.</summary>
    public static DocumentMap Container(LaunchSubject subject, InstanceSet set, string name, string script, bool serves) => Map(
        ("name", Text(name)),
        ("image", Text(Image(subject))),
        ("command", List(Text("/bin/bash"), Text("-c"))),
        ("args", List(Text(script))),
        ("env", script.Contains("$" + PodAddress, StringComparison.Ordinal) ? List(FieldVariable(PodAddress, "status.podIP")) : null),
        ("ports", serves ? List(Map(("containerPort", Number(subject.Options.Port ?? subject.Dialect.Table.Port)))) : null),
        ("resources", Resources(subject, set)),
        ("volumeMounts", List(Map(("name", Text("shm")), ("mountPath", Text("/dev/shm"))))));

    /// <summary>GPUs of a node.</summary>
    public static DocumentMap Resources(LaunchSubject subject, InstanceSet set)
    {
        DocumentScalar gpus = Text(Words.Invariant($"{subject.Nodes[set][0][0].LocalGpus.Count}"));
        return Map(("limits", Map(("nvidia.com/gpu", gpus))), ("requests", Map(("nvidia.com/gpu", gpus))));
    }

    /// <summary>Memory that processes of a pod share.</summary>
    public static DocumentList Volumes() => List(Map(("name", Text("shm")), ("emptyDir", Map(("medium", Text("Memory"))))));

    /// <summary>A variable that Kubernetes fills.</summary>
    public static DocumentMap FieldVariable(string name, string field) =>
        Map(("name", Text(name)), ("valueFrom", Map(("fieldRef", Map(("fieldPath", Text(field)))))));

    /// <summary>The name and namespace of an object.</summary>
    public static DocumentMap Metadata(LaunchSubject subject, InstanceSet? set = null) => Map(
        ("name", Text(subject.ObjectName(set))),
        ("namespace", subject.Options.Namespace is string space ? Text(space) : null));

    /// <summary>The image.</summary>
    /// <exception cref="InputException">None is given.</exception>
    public static string Image(LaunchSubject subject) => subject.Options.Image
        ?? throw new InputException("containers need an image, which the plan does not tell; name one (--image)");

    /// <summary>Refuses an engine that a target does not start.</summary>
    public static void RequireVllm(LaunchSubject subject, string target)
    {
        if (subject.Options.Engine != EngineKind.Vllm)
            throw new InputException($"{target} runs vLLM here; for {subject.Dialect.Name} use shell, slurm, lws or dynamo");
    }

    // vLLM listens at all addresses unless it is told one.
    private static string? Everywhere(LaunchSubject subject) => subject.Options.Engine == EngineKind.Vllm ? null : "0.0.0.0";

    private static string Prelude(EngineCommand command) => EngineCommand.Exports(command.Variables)
        + (command.Config is string config ? $"cd /tmp\ncat > {ConfigName(command)} <<'CONFIG'\n{config}CONFIG\n" : "");

    private static string ConfigName(EngineCommand command) =>
        command.Options.First(option => option.Option?.Means == "config").Words[1].ToShell();
}
