using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Models;
using ParallelDag.Pictures.Pareto;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Search;
using ParallelDag.Wording;

namespace ParallelDag.Commands;

/// <summary>Finds the best plans for a model, GPUs and limits, and tells of the others why not.</summary>
[Cmdlet(VerbsCommon.Find, "DeploymentPlan", DefaultParameterSetName = ByInput)]
[OutputType(typeof(PlanCandidate), typeof(string))]
public sealed class FindDeploymentPlanCommand : DagInputCommand
{
    private const string Wanted =
        "the path of a model's config.json or of a plan file, with or without strategies, or a plan (New-DeploymentPlan)";

    /// <summary>The GPUs: '32 x H100', a hashtable or a ClusterSpec; those of the plan unless given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public object? Cluster { get; set; }

    /// <summary>Prompt tokens of a sequence.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 1 << 30)]
    public int PromptLength { get; set; }

    /// <summary>Tokens of an output.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 1 << 30)]
    public int OutputLength { get; set; }

    /// <summary>The longest time to the first token: '500 ms', a TimeSpan or seconds.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [DurationTransformation]
    public double? Ttft { get; set; }

    /// <summary>The longest time for each further token.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [DurationTransformation]
    public double? Tpot { get; set; }

    /// <summary>Output tokens a second that a GPU yields at least: '500', '0.5 tokens/ms'.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TokenRateTransformation]
    public double? OutputThroughput { get; set; }

    /// <summary>The same of prompts and outputs together.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TokenRateTransformation]
    public double? TotalThroughput { get; set; }

    /// <summary>What is to be as large as memory and limits allow, in place of a goal.</summary>
    [Parameter]
    public SearchFit? Fit { get; set; }

    /// <summary>The formats of weights that are tried beside each other: bf16, fp8.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PrecisionCompleter))]
    public string[] Precision { get; set; } = [];

    /// <summary>How requests are served.</summary>
    [Parameter]
    public ServingMode[] Mode { get; set; } = [ServingMode.Disaggregated, ServingMode.Aggregated];

    /// <summary>The only degrees of tp, pp, sp, dp and ep.</summary>
    [Parameter]
    [ValidateRange(1, 65_536)]
    public int[] Degree { get; set; } = [];

    /// <summary>How attention leaves tensor parallelism.</summary>
    [Parameter]
    public AttentionOutput[] AttentionOutput { get; set; } = [];

    /// <summary>What is best.</summary>
    [Parameter]
    public SearchGoal Sort { get; set; } = SearchGoal.Throughput;

    /// <summary>Of a plan with strategies: keys that stay as they are; the others change one at a time.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ChangedKeyCompleter))]
    public string[] Keep { get; set; } = [];

    /// <summary>The price of a GPU for an hour.</summary>
    [Parameter]
    [ValidateRange(0.000001, 1_000_000.0)]
    public double? PricePerGpuHour { get; set; }

    /// <summary>How many candidates are given.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int Top { get; set; } = 10;

    /// <summary>Gives a row for every rejected range too, behind the candidates, each as it is made.</summary>
    [Parameter]
    public SwitchParameter IncludeRejected { get; set; }

    /// <summary>Return the report of the search as Markdown.</summary>
    [Parameter]
    public SwitchParameter AsMarkdown { get; set; }

    /// <summary>Return the picture of the Pareto front as SVG.</summary>
    [Parameter]
    public SwitchParameter AsSvg { get; set; }

    private protected override bool TakesModels => true;

    private protected override DagSource OpenInput(InputFile input, CancellationToken cancellation) => InputKinds.Of(input) switch
    {
        InputKind.ModelConfig => new DagSource(
            FileNames.OfModel(input.Path ?? input.Name), HuggingFaceConfig.Read(input, cancellation))
        {
            Input = input,
        },
        InputKind.Plan => new DagSource(PlanFile.LoadEnvironment(input, cancellation)) { Input = input },
        _ => base.OpenInput(input, cancellation),
    };

    private protected override void Process(DagSource source)
    {
        PlanSpec? basis = source.Environment ?? source.Plan?.GetSpec();
        if (basis is null && source.Model is null)
            throw NotSupported(source, Wanted);
        var options = new SearchOptions
        {
            Modes = [.. Mode],
            Degrees = Given(nameof(Degree)) ? [.. Degree] : null,
            AttentionOutputs = Given(nameof(AttentionOutput)) ? [.. AttentionOutput] : null,
            Precisions = Given(nameof(Precision)) ? [.. Precision.Select(name => FormatOf(source, name))] : null,
            Fit = Fit,
            Goal = Given(nameof(Sort)) ? Sort : SearchProblem.GoalOf(basis),
            PricePerGpuHour = PricePerGpuHour,
            Top = Top,
            IncludeRejected = IncludeRejected,
            Keep = [.. Keep],
        };
        SearchRequest request = RequestOf(source, basis);
        if (basis is { } changed && (changed.Prefill ?? changed.Decode) is not null && !request.AsksAnew && !NamesSpace())
        {
            var plan = DeploymentPlan.Create(changed);
            Emit(Await($"Changing {source.Name}", token => PlanSearch.Improve(plan, options, token)));
            return;
        }

        if (Keep.Length > 0)
            throw new ReportedException(ErrorRecords.ArgumentFault(
                "-Keep is for a plan with strategies whose changes are asked for, without other GPUs or limits.", source.Name));
        if (Fit == SearchFit.Context && Given(nameof(PromptLength)))
            throw new ReportedException(ErrorRecords.ArgumentFault(
                "-Fit Context finds the longest prompt; leave -PromptLength out.", source.Name));
        if (request.Missing is [string missing, ..])
            throw Missing(source, missing);
        SearchProblem problem = request.ToProblem();
        string status = "";
        Emit(Await($"Searching plans of {source.Name}", token => PlanSearch.Run(problem, options, new SearchProgress(
            (step, done) => status = Words.Invariant($"{step}, {done * 100:0} %"), token)), () => status));
    }

    /// <summary>True where parameters say which strategies are looked at.</summary>
    private bool NamesSpace() => new[] { nameof(Mode), nameof(Degree), nameof(AttentionOutput), nameof(Precision) }.Any(Given);

    private void Emit(SearchResult result)
    {
        WriteVerbose($"{string.Join(", ", result.Verdicts.Where(entry => entry.Value > 0).Select(entry => $"{entry.Key} {entry.Value}"))}; "
            + Words.Invariant($"{result.Evaluations} evaluations in {result.Seconds:0.00} s."));
        WriteVerbose(result.Accuracy);
        foreach (string sentence in result.Shortfalls)
            WriteWarning(sentence);
        if (AsMarkdown)
            WriteObject(SearchReport.Write(result));
        if (AsSvg)
            WriteObject(ParetoPicture.ToSvg(result));
        if (AsMarkdown || AsSvg)
            return;
        foreach (PlanCandidate candidate in result.Candidates.Concat(result.Rejected))
        {
            StopToken.ThrowIfCancellationRequested();
            WriteObject(candidate);
        }
    }

    private SearchRequest RequestOf(DagSource source, PlanSpec? basis) => new()
    {
        Plan = basis,
        Name = source.Name,
        Model = source.Model,
        ModelFile = source.Input?.Path,
        Cluster = Cluster is null ? null : PlanReader.ReadCluster(PlanParts.Cluster(Cluster)),
        PromptLength = Given(nameof(PromptLength)) ? PromptLength : null,
        OutputLength = Given(nameof(OutputLength)) ? OutputLength : null,
        Limits = new LimitsSpec { Ttft = Ttft, Tpot = Tpot, OutputThroughput = OutputThroughput, TotalThroughput = TotalThroughput },
        Fit = Fit,
    };

    private static NumberFormat FormatOf(DagSource source, string name) => NumberFormat.TryParse(name, out NumberFormat format) ? format
        : throw new ReportedException(ErrorRecords.ArgumentFault(
            $"There is no format '{name}'; known are {string.Join(", ", NumberFormat.KnownNames)}.", source.Name));

    private static ReportedException Missing(DagSource source, string key)
    {
        (string parameter, string example) = key switch
        {
            "cluster" => (nameof(Cluster), "'32 x H100-SXM-80GB'"),
            "promptLength" => (nameof(PromptLength), "4096"),
            _ => (nameof(OutputLength), "512"),
        };
        return new(ErrorRecords.ArgumentFault(
            $"{source.Name} is a model alone; give -{parameter} too, such as -{parameter} {example}.", source.Name));
    }
}
