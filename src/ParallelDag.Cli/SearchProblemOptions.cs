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
    private readonly Option<double?> _outputThroughput =
        Rate("--output-throughput", "Output tokens a second that a GPU yields at least: 500, or 0.5tokens/ms.");
    private readonly Option<double?> _totalThroughput =
        Rate("--total-throughput", "The same of prompts and outputs together.");
    private readonly Option<string> _fit = ArgumentFaults.Choice("--fit",
        "batch: the most sequences at once that memory and limits allow; context: the longest prompts.", null, "batch", "context");

    private Option[] All => [_gpus, _gpu, _perNode, _domain, _prompt, _output, _ttft, _tpot, _outputThroughput, _totalThroughput, _fit];

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in All)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (FitOf(result.GetValue(_fit)) == SearchFit.Context && result.GetResult(_prompt) is { Implicit: false })
                result.AddError("--fit context finds the longest prompt; leave --prompt out");
        });
    }

    /// <summary>True when the arguments say any of it.</summary>
    public bool AnyGiven(ParseResult parsed) => All.Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>What is to be as large as fits, or null.</summary>
    public SearchFit? Fit(ParseResult parsed) => FitOf(parsed.GetValue(_fit));

    /// <summary>The problem that arguments and input tell.</summary>
    public SearchProblem Of(ParseResult parsed, SearchRequest input)
    {
        ClusterSpec? given = input.Plan?.Cluster;
        DeviceProfile? gpu = parsed.GetValue(_gpu) is string name
            ? DeviceProfile.Get(name, "--gpu")
            : given?.Gpu;
        int? gpus = parsed.GetValue(_gpus) ?? given?.Gpus;
        SearchRequest request = input with
        {
            Cluster = gpu is not null && gpus is int count ? Cluster(parsed, given, gpu, count) : null,
            PromptLength = parsed.GetValue(_prompt),
            OutputLength = parsed.GetValue(_output),
            Limits = new LimitsSpec
            {
                Ttft = parsed.GetValue(_ttft),
                Tpot = parsed.GetValue(_tpot),
                OutputThroughput = parsed.GetValue(_outputThroughput),
                TotalThroughput = parsed.GetValue(_totalThroughput),
            },
            Fit = Fit(parsed),
        };
        return request.Missing is not [string missing, ..] ? request.ToProblem() : throw (missing switch
        {
            "cluster" when gpu is null => Missing("--gpu", "H100"),
            "cluster" => Missing("--gpus", "32"),
            "promptLength" => Missing("--prompt", "4096"),
            _ => Missing("--output", "512"),
        });
    }

    private static SearchFit? FitOf(string? name) => name is null ? null : Enum.Parse<SearchFit>(name, ignoreCase: true);

    private delegate bool QuantityParser(string text, out double value);

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

    private static Option<double?> Duration(string name, string description) =>
        Positive(name, description, Quantity.TryParseDuration, "a time such as 500ms or 2s");

    private static Option<double?> Rate(string name, string description) =>
        Positive(name, description, Quantity.TryParseTokenRate, "a rate such as 500 or 0.5tokens/ms");

    private static Option<double?> Positive(string name, string description, QuantityParser parse, string wanted) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (parse(result.Tokens[0].Value, out double value) && value > 0)
                return value;
            result.AddError($"{name} is {wanted}, not '{result.Tokens[0].Value}'");
            return null;
        },
    };
}
