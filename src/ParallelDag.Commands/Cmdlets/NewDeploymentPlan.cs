using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Documents;
using ParallelDag.Formats;
using ParallelDag.Plans;

namespace ParallelDag.Commands;

/// <summary>Reads plan files, or makes a plan of parts given on the command line.</summary>
[Cmdlet(VerbsCommon.New, "DeploymentPlan", DefaultParameterSetName = ByPath)]
[OutputType(typeof(DeploymentPlan))]
public sealed class NewDeploymentPlanCommand : ParallelDagCommand
{
    private const string ByPath = "Path";
    private const string ByLiteralPath = "LiteralPath";
    private const string ByParts = "Parts";

    /// <summary>Plan files; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByPath)]
    [SupportsWildcards]
    [FilePathTransformation]
    [AllowEmptyString]
    public string[] Path { get; set; } = [];

    /// <summary>Plan files, each name taken as it stands.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralPath)]
    [Alias("PSPath")]
    [AllowEmptyString]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The plan's name.</summary>
    [Parameter(ParameterSetName = ByParts)]
    public string? Name { get; set; }

    /// <summary>The model: the path of a config.json, a hashtable or a ModelSpec.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByParts)]
    public object Model { get; set; } = "";

    /// <summary>The cluster: '64 x H100-SXM-80GB', a hashtable or a ClusterSpec.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByParts)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public object Cluster { get; set; } = "";

    /// <summary>The prefill strategy: 'pp4 ep4 tp2 sp2', a hashtable or a PhaseStrategy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByParts)]
    [ArgumentCompleter(typeof(StrategyCompleter))]
    public object? Prefill { get; set; }

    /// <summary>The decode strategy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByParts)]
    [ArgumentCompleter(typeof(StrategyCompleter))]
    public object? Decode { get; set; }

    /// <summary>Sequences, over all replicas and micro-batches.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByParts)]
    public int BatchSize { get; set; }

    /// <summary>Prompt tokens of a sequence.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByParts)]
    public int PromptLength { get; set; } = PlanAssembly.DefaultPromptLength;

    /// <summary>Tokens that decode adds to a sequence.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByParts)]
    public int OutputLength { get; set; } = 1;

    /// <summary>Parts of the batch that follow each other through the pipeline.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByParts)]
    public int MicroBatches { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByParts)
        {
            TryDo(null, ErrorRecords.PlanFault, () => Emit(Assemble()));
            return;
        }

        bool literal = ParameterSetName == ByLiteralPath;
        foreach (string path in literal ? LiteralPath : Path)
        {
            List<InputPaths.NamedPath> files = [];
            TryDo(path, ErrorRecords.PlanFault, () => files = InputPaths.Resolve(this, path, literal));
            foreach (InputPaths.NamedPath file in files)
                TryDo(file.DisplayName, ErrorRecords.PlanFault, () => Emit(Read(file)));
        }
    }

    private void Emit(DeploymentPlan plan)
    {
        WriteVerbose($"{plan}.");
        WriteObject(plan);
    }

    private DeploymentPlan Read(InputPaths.NamedPath file)
    {
        InputPaths.RequireFile(file);
        return Await($"Reading {file.DisplayName}", token => PlanFile.Load(file.FullPath, file.DisplayName, token));
    }

    private DeploymentPlan Assemble()
    {
        DocumentNode model = ModelDocument();
        string name = Name ?? PlanAssembly.NameOf(model);
        DocumentNode? prefill = Given(nameof(Prefill)) && Prefill is not null ? PlanParts.Strategy(Prefill, "prefill") : null;
        DocumentNode? decode = Given(nameof(Decode)) && Decode is not null ? PlanParts.Strategy(Decode, "decode") : null;
        if (!Given(nameof(BatchSize)))
        {
            BatchSize = PlanAssembly.SmallestBatch(MicroBatches, prefill, decode);
            WriteVerbose($"No -BatchSize was given: {BatchSize} is the smallest that gives every replica and micro-batch a sequence.");
        }

        DocumentMap document = PlanParts.Map(
            ("name", new DocumentScalar(name, Quoted: true, default)),
            ("model", model),
            ("cluster", PlanParts.Cluster(Cluster)),
            ("workload", PlanParts.Tree(new Dictionary<string, object> { ["batch"] = BatchSize, ["promptLength"] = PromptLength, ["outputLength"] = OutputLength, ["microBatches"] = MicroBatches }, "workload", 0)),
            ("prefill", prefill),
            ("decode", decode));
        string folder = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        return Await($"Reading {name}", _ => PlanReader.Read(document, file: null, folder));
    }

    /// <summary>A path becomes the full path of one config.json, as a plan file would name it; anything else a mapping.</summary>
    private DocumentNode ModelDocument()
    {
        switch (PlanParts.Unwrap(Model))
        {
            case string path:
                List<InputPaths.NamedPath> files = InputPaths.Resolve(this, path, literal: false);
                if (files.Count != 1)
                    throw new ReportedException(ErrorRecords.PathAmbiguous(path, files.Count));
                InputPaths.RequireFile(files[0]);
                return new DocumentScalar(files[0].FullPath, Quoted: true, default);
            case FileInfo file:
                return new DocumentScalar(file.FullName, Quoted: true, default);
            default:
                return PlanParts.Tree(Model, "model", 0);
        }
    }

    private bool Given(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
