using System.CommandLine;
using ParallelDag.Search;
using ParallelDag.Units;

namespace ParallelDag.Cli;

/// <summary>The options of <c>search</c> that say what for; of a plan file they take the place of what it says.</summary>
internal sealed class SearchProblemOptions
{
    private readonly Option<int?> _gpus = ArgumentFaults.Count("--gpus", "GPUs that there are.", 1_048_576);
    private readonly Option<string> _gpu = new("--gpu") { Description = "The kind of GPU: H100, MI300X, B200 ..." };
    private readonly Option<int?> _perNode = ArgumentFaults.Count("--gpus-per-node", "GPUs of a node; 8.", 1_048_576);
    private readonly Option<int?> _domain = ArgumentFaults.Count("--domain", "GPUs that share the fast links; those of a node.", 1_048_576);
    private readonly Option<int?> _prompt = ArgumentFaults.Count("--prompt", "Tokens of a prompt.", 1 << 30);
    private readonly Option<int?> _output = ArgumentFaults.Count("--output", "Tokens of an output.", 1 << 30);
    private readonly Option<double?> _ttft = Duration("--ttft", "The longest time to the first token: 500ms.");
    private readonly Option<double?> _tpot = Duration("--tpot", "The longest time for each further token: 25ms.");

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _gpus, _gpu, _perNode, _domain, _prompt, _output, _ttft, _tpot })
            command.Add(option);
    }

    /// <summary>True when the arguments say any of it.</summary>
    public bool AnyGiven(ParseResult parsed) => new Option[] { _gpus, _gpu, _perNode, _domain, _prompt, _output, _ttft, _tpot }
        .Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>The problem that arguments and input tell.</summary>
    public SearchProblem Of(ParseResult parsed, (PlanSpec? Plan, string Name, ModelSpec Model, string? ModelFile) input)
    {
        PlanSpec? plan = input.Plan;
        DeviceProfile gpu = parsed.GetValue(_gpu) is string name
            ? DeviceProfile.Get(name, "--gpu")
            : plan?.Cluster.Gpu ?? throw Missing("--gpu", "H100");
        int gpus = parsed.GetValue(_gpus) ?? plan?.Cluster.Gpus ?? throw Missing("--gpus", "32");
        return new SearchProblem
        {
            Name = input.Name,
            Model = input.Model,
            ModelFile = input.ModelFile,
            Cluster = Cluster(parsed, plan?.Cluster, gpu, gpus),
            Workload = (plan?.Workload ?? new WorkloadSpec { Batch = 1, PromptLength = 1 }) with
            {
                PromptLength = parsed.GetValue(_prompt) ?? plan?.Workload.PromptLength ?? throw Missing("--prompt", "4096"),
                OutputLength = parsed.GetValue(_output) ?? plan?.Workload.OutputLength ?? throw Missing("--output", "512"),
            },
            Limits = (plan?.Limits ?? new LimitsSpec()) with
            {
                Ttft = parsed.GetValue(_ttft) ?? plan?.Limits?.Ttft, Tpot = parsed.GetValue(_tpot) ?? plan?.Limits?.Tpot,
            },
            Timing = plan?.Timing ?? TimingSpec.Default,
        };
    }

    private ClusterSpec Cluster(ParseResult parsed, ClusterSpec? given, DeviceProfile gpu, int gpus)
    {
        bool same = given is not null && given.Gpu == gpu;
        ClusterSpec cluster = same ? given! with { Gpus = gpus }
            : new ClusterSpec { Gpus = gpus, Gpu = gpu, InterNode = given?.InterNode ?? new LinkSpec(50e9, 5e-6) };
        if (parsed.GetValue(_perNode) is int perNode)
            cluster = cluster with { GpusPerNode = perNode, Domain = perNode, NicsPerNode = perNode };
        return parsed.GetValue(_domain) is int domain ? cluster with { Domain = domain } : cluster;
    }

    private static InputException Missing(string option, string example) =>
        new($"a config.json tells the model alone; give {option} too, such as {option} {example}");

    private static Option<double?> Duration(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (Quantity.TryParseDuration(result.Tokens[0].Value, out double seconds) && seconds > 0)
                return seconds;
            result.AddError($"{name} is a time such as 500ms or 2s, not '{result.Tokens[0].Value}'");
            return null;
        },
    };
}
