using System.Collections;
using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Documents;
using ParallelDag.Formats;
using ParallelDag.Plans;

namespace ParallelDag.Commands;

/// <summary>Reads plan files, makes a plan of parts, or varies a plan.</summary>
[Cmdlet(VerbsCommon.New, "DeploymentPlan", DefaultParameterSetName = ByPath)]
[OutputType(typeof(DeploymentPlan))]
public sealed class NewDeploymentPlanCommand : DagReadingCommand
{
    private const string ByPath = "Path";
    private const string ByLiteralPath = "LiteralPath";
    private const string ByParts = "Parts";
    private const string Wanted =
        "a plan, the path of a plan file, or an object with the parts of a plan (Model, Cluster, Prefill, Decode and so on)";

    /// <summary>Plan files; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ByPath)]
    [SupportsWildcards]
    [FilePathTransformation]
    [AllowEmptyString]
    public string[] Path { get; set; } = [];

    /// <summary>Plan files, each name taken as it stands.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralPath)]
    [Alias("PSPath")]
    [AllowEmptyString]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>A plan to vary, a plan file, or an object or hashtable with parts as its properties.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByParts)]
    [Alias("Plan")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [DagInputTransformation]
    public DagInput?[]? InputObject { get; set; }

    /// <summary>The plan's name.</summary>
    [Parameter(ParameterSetName = ByParts)]
    public string? Name { get; set; }

    /// <summary>The model: the path of a config.json, a hashtable or a ModelSpec.</summary>
    [Parameter(ParameterSetName = ByParts)]
    public object? Model { get; set; }

    /// <summary>The cluster: '64 x H100-SXM-80GB', a hashtable or a ClusterSpec.</summary>
    [Parameter(ParameterSetName = ByParts)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public object? Cluster { get; set; }

    /// <summary>The prefill strategy: 'pp4 ep4 tp2 sp2', a hashtable or a PhaseStrategy.</summary>
    [Parameter(ParameterSetName = ByParts)]
    [ArgumentCompleter(typeof(StrategyCompleter))]
    [AllowNull]
    public object? Prefill { get; set; }

    /// <summary>The decode strategy.</summary>
    [Parameter(ParameterSetName = ByParts)]
    [ArgumentCompleter(typeof(StrategyCompleter))]
    [AllowNull]
    public object? Decode { get; set; }

    /// <summary>What the plan must keep: a hashtable or a LimitsSpec; null takes the limits from a plan that is varied.</summary>
    [Parameter(ParameterSetName = ByParts)]
    [Alias("Limits")]
    [AllowNull]
    public object? Limit { get; set; }

    /// <summary>The engine whose habits stand for what the strategies leave open: layer split, rank order, dispatch, padding.</summary>
    [Parameter(ParameterSetName = ByParts)]
    public EngineKind? Engine { get; set; }

    /// <summary>Sequences, over all replicas and micro-batches.</summary>
    [Parameter(ParameterSetName = ByParts)]
    public int BatchSize { get; set; }

    /// <summary>Prompt tokens of a sequence.</summary>
    [Parameter(ParameterSetName = ByParts)]
    public int PromptLength { get; set; } = PlanAssembly.DefaultPromptLength;

    /// <summary>Tokens that decode adds to a sequence.</summary>
    [Parameter(ParameterSetName = ByParts)]
    public int OutputLength { get; set; } = 1;

    /// <summary>Parts of the batch that follow each other through the pipeline.</summary>
    [Parameter(ParameterSetName = ByParts)]
    public int MicroBatches { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByParts)
        {
            if (!Given(nameof(InputObject)))
                TryDo(null, ErrorRecords.PlanFault, () => Emit(Assemble(new PlanRow())));
            foreach (DagInput? input in InputObject ?? [])
                Vary(input);
            return;
        }

        bool literal = ParameterSetName == ByLiteralPath;
        foreach (string path in literal ? LiteralPath : Path)
            ForEachPlan(path, literal, Emit);
    }

    /// <summary>Makes a plan of what came through the pipeline and of what was given on the command line, which wins.</summary>
    private void Vary(DagInput? input)
    {
        switch (input?.Value)
        {
            case string path:
                ForEachPlan(path, literal: false, plan => Emit(Assemble(PlanRow.Of(plan))));
                break;
            case FileInfo file:
                ForEachPlan(file.FullName, literal: true, plan => Emit(Assemble(PlanRow.Of(plan))));
                break;
            case DeploymentPlan plan:
                TryDo(plan.Name, ErrorRecords.PlanFault, () => Emit(Assemble(PlanRow.Of(plan))));
                break;
            case PlanCandidate { Plan: DeploymentPlan found }:
                TryDo(found.Name, ErrorRecords.PlanFault, () => Emit(Assemble(PlanRow.Of(found))));
                break;
            case IDictionary parts when PlanRow.Of(parts) is PlanRow row:
                TryDo(input.Original, ErrorRecords.PlanFault, () => Emit(Assemble(row)));
                break;
            default:
                VaryOther(input);
                break;
        }
    }

    private void VaryOther(DagInput? input)
    {
        if (input?.DeserializedType is string type && type == typeof(DeploymentPlan).FullName)
        {
            TryDo(input.Original, ErrorRecords.PlanFault, () =>
                Emit(Assemble(PlanRow.Of(Revival.Of(input, StopToken)?.Plan
                    ?? throw new ReportedException(ErrorRecords.InputDeserialized(input.Original!, type))))));
        }
        else if (input?.Original is PSObject { BaseObject: PSCustomObject } parts && PlanRow.Of(parts) is PlanRow row)
        {
            TryDo(input.Original, ErrorRecords.PlanFault, () => Emit(Assemble(row)));
        }
        else if (input?.NamedFile is (string path, bool literal))
        {
            ForEachPlan(path, literal, plan => Emit(Assemble(PlanRow.Of(plan))));
        }
        else
        {
            WriteError(ErrorRecords.InputNotSupported(input?.Original, Wanted));
        }
    }

    private void ForEachPlan(string path, bool literal, Action<DeploymentPlan> process)
    {
        List<InputPaths.NamedPath> files = [];
        TryDo(path, ErrorRecords.PlanFault, () => files = InputPaths.Resolve(this, path, literal));
        foreach (InputPaths.NamedPath file in files)
        {
            TryDo(file, ErrorRecords.PlanFault, () =>
            {
                InputPaths.RequireFile(file);
                process(Await($"Reading {file.DisplayName}", token => PlanFile.Load(file.FullPath, file.DisplayName, token)));
            });
        }
    }

    private void Emit(DeploymentPlan plan)
    {
        WriteVerbose($"{plan}.");
        WriteObject(plan);
    }

    private DeploymentPlan Assemble(PlanRow row)
    {
        object? model = Choose(row, nameof(Model), Model), cluster = Choose(row, nameof(Cluster), Cluster);
        PlanSpec? basis = row.Basis;
        if (basis is null && (model is null || cluster is null))
            throw new ReportedException(
                ErrorRecords.ArgumentFault("A plan needs a model and a cluster; give -Model and -Cluster, or pipe a plan to vary.",
                    row.Input));

        // A phase that is taken away by $null must not come back from the basis.
        if (basis is not null && Given(nameof(Prefill)) && Prefill is null)
            basis = basis with { Prefill = null };
        if (basis is not null && Given(nameof(Decode)) && Decode is null)
            basis = basis with { Decode = null };
        if (basis is not null && Given(nameof(Limit)) && Limit is null)
            basis = basis with { Limits = null };

        DocumentNode? modelPart = model is null ? null : ModelDocument(model);
        DocumentNode? prefill = Choose(row, nameof(Prefill), Prefill) is object first ? PlanParts.Strategy(first, "prefill") : null;
        DocumentNode? decode = Choose(row, nameof(Decode), Decode) is object second ? PlanParts.Strategy(second, "decode") : null;
        string? name = Choose(row, nameof(Name), Name)?.ToString() ?? (basis is null ? PlanAssembly.NameOf(modelPart!) : null);
        DocumentMap document = PlanParts.Map(
            ("name", name is null ? null : new DocumentScalar(name, Quoted: true, default)),
            ("engine", Choose(row, nameof(Engine), Engine) is object engine ? PlanParts.Tree(engine, "engine", 0) : null),
            ("model", modelPart),
            ("cluster", cluster is null ? null : PlanParts.Cluster(cluster)),
            ("workload", Workload(row, prefill, decode)),
            ("prefill", prefill),
            ("decode", decode),
            ("limits", (Given(nameof(Limit)) ? Limit : row.Part(nameof(DeploymentPlan.Limits))) is object limits
                ? PlanParts.Tree(limits, "limits", 0) : null));
        string folder = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        return Await($"Reading {name ?? basis!.Name}", _ => PlanReader.Read(document, file: null, folder, basis));
    }

    /// <summary>The workload: what is given; else the basis keeps its own, and a new plan gets what is usual.</summary>
    private DocumentMap? Workload(PlanRow row, DocumentNode? prefill, DocumentNode? decode)
    {
        object? batch = Choose(row, nameof(BatchSize), BatchSize), prompt = Choose(row, nameof(PromptLength), PromptLength);
        object? output = Choose(row, nameof(OutputLength), OutputLength), micro = Choose(row, nameof(MicroBatches), MicroBatches);
        if (row.Part(nameof(DeploymentPlan.Workload)) is object whole && PlanParts.Unwrap(whole) is WorkloadSpec workload)
            (batch, prompt, output, micro) =
                (batch ?? workload.Batch, prompt ?? workload.PromptLength, output ?? workload.OutputLength, micro ?? workload.MicroBatches);
        if (row.Basis is null)
        {
            micro ??= MicroBatches;
            prompt ??= PromptLength;
            output ??= OutputLength;
            if (batch is null)
            {
                batch = PlanAssembly.SmallestBatch(LanguagePrimitives.TryConvertTo(micro, out int parts) ? parts : 1, prefill, decode);
                WriteVerbose($"No -BatchSize was given: {batch} is the smallest that gives every replica and micro-batch a sequence.");
            }
        }

        (string Key, object? Value)[] given =
            [("batch", batch), ("promptLength", prompt), ("outputLength", output), ("microBatches", micro)];
        return given.All(entry => entry.Value is null)
            ? null
            : PlanParts.Map([.. given
                .Select(entry => (entry.Key, entry.Value is null ? null : PlanParts.Tree(entry.Value, "workload", 0)))]);
    }

    /// <summary>The value that counts: the parameter where it was given, else the row's.</summary>
    private object? Choose(PlanRow row, string name, object? parameter) => Given(name) ? parameter : row.Part(name);

    /// <summary>A path becomes the full path of one config.json, as a plan file would name it; anything else a mapping.</summary>
    private DocumentNode ModelDocument(object model)
    {
        switch (PlanParts.Unwrap(model))
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
                return PlanParts.Tree(model, "model", 0);
        }
    }
}
