using ParallelDag.Collections;
using ParallelDag.Documents;
using ParallelDag.Files;
using ParallelDag.Models;
using ParallelDag.Plans;
using ParallelDag.Wording;
using static ParallelDag.Plans.PlanDocument;

namespace ParallelDag.Engines.Import;

/// <summary>What a command line does not tell and a plan needs.</summary>
public sealed record ImportOptions
{
    /// <summary>The engine whose commands are read.</summary>
    public required EngineKind Engine { get; init; }

    /// <summary>The path of the model's config.json, as the plan is to name it; null when it is not known.</summary>
    public string? ModelFile { get; init; }

    /// <summary>The GPU; null: H100-SXM-80GB, with a remark.</summary>
    public DeviceProfile? Gpu { get; init; }

    /// <summary>The plan's name; null: after the model.</summary>
    public string? Name { get; init; }

    /// <summary>Reads a document: a file of the engine that a command names. Null: such files are listed as not read.</summary>
    public Func<string, DocumentNode?>? OpenFile { get; init; }

    /// <summary>Reads a document from its text.</summary>
    public Func<string, DocumentNode?>? ReadDocument { get; init; }
}

/// <summary>A plan made of command lines.</summary>
/// <param name="Document">The plan, as <see cref="PlanReader"/> reads it.</param>
/// <param name="Remarks">What was assumed, what no plan tells, and what was not understood; a line each.</param>
public sealed record ImportedPlan(DocumentMap Document, ValueList<string> Remarks);

/// <summary>Reads command lines, scripts and manifests of engines as plans: the inverse of <see cref="Launch"/>.</summary>
public sealed class LaunchImport
{
    private readonly ImportOptions _options;
    private readonly EngineTable _table;
    private readonly ModelSpec? _model;
    private readonly List<ImportedCommand> _commands = [];
    private readonly List<string> _remarks = [];

    /// <summary>Begins without a command.</summary>
    /// <exception cref="InputException">The model's config.json cannot be read.</exception>
    public LaunchImport(ImportOptions options)
    {
        _options = options;
        _table = EngineTable.Of(options.Engine);
        _model = options.ModelFile is string file ? HuggingFaceConfig.ReadFile(file, file) : null;
    }

    /// <summary>Takes a command by its words.</summary>
    public void Add(IReadOnlyList<string> words)
    {
        var variables = new Dictionary<string, string>();
        int first = 0;
        while (first < words.Count && words[first].IndexOf('=', StringComparison.Ordinal) is int equals and > 0
            && words[first][0] is not ('-' or '.' or '/'))
            variables[words[first][..equals]] = words[first++][(equals + 1)..];
        string[] left = [.. words.Skip(first)];
        if (EngineStart.Arguments(_options.Engine, left, out _) is not null || IsOptions(left))
            _commands.Add(new ImportedCommand { Words = left, Variables = variables });
    }

    /// <summary>Takes the commands of a script, or one command as a shell reads it.</summary>
    public void AddScript(string text)
    {
        IReadOnlyList<ShellCommand> commands = ShellText.Read(text);
        ShellCommand[] starts = [.. commands.Where(command => EngineStart.Arguments(_options.Engine, command.Words, out _) is not null)];
        if (starts.Length == 0)
            starts = [.. commands.Where(command => IsOptions(command.Words))];
        _commands.AddRange(starts.Select(command => new ImportedCommand
        {
            Words = command.Words,
            Variables = command.Variables,
            Documents = command.Documents,
        }));
    }

    /// <summary>Takes the commands of a manifest, or the engine's own file.</summary>
    public void AddDocument(DocumentNode document) => _commands.AddRange(ManifestCommands.Find(_options.Engine, document));

    /// <summary>The plan of all commands taken.</summary>
    /// <exception cref="InputException">There is no command of the engine, or degrees do not go together.</exception>
    public ImportedPlan ToPlan()
    {
        List<ImportedSet> sets = [.. Sets()];
        if (sets.Count == 0)
            throw new InputException($"there is no command of {_table.Name} here; the engine is named by --engine");
        foreach (ImportedSet set in sets)
            Tell(set.Arguments);
        return new ImportedPlan(Plan(sets), [.. _remarks]);
    }

    /// <summary>True for words among which the engine's options are.</summary>
    private bool IsOptions(IEnumerable<string> words) =>
        words.Any(word => word.StartsWith('-') && _table.Find(word.Split('=')[0]) is not null);

    /// <summary>One set a role: nodes beside the first belong to their instance, equal commands are instances of one set.</summary>
    private IEnumerable<ImportedSet> Sets()
    {
        var read = _commands.Select(command => (Command: command, Arguments: Read(command))).ToList();
        var heads = read.Where(pair => IsHead(pair.Arguments)).ToList();
        foreach (var role in (heads.Count > 0 ? heads : read)
            .Select(pair => new StrategyImport(pair.Arguments, ModelOf(pair.Arguments)).Read(pair.Command))
            .GroupBy(set => set.Role).OrderBy(group => group.Key))
        {
            ImportedSet first = role.First();
            int replicas = role.Sum(set => set.Strategy.Replicas);
            if (role.Any(set => set.Strategy with { Replicas = 1 } != first.Strategy with { Replicas = 1 } || set.Batch != first.Batch))
                Remark($"instances of {role.Key.ToString().ToLowerInvariant()} differ, which a plan does not tell; all are taken as the "
                    + "first");
            yield return first with { Strategy = first.Strategy with { Replicas = replicas } };
        }
    }

    private EngineArguments Read(ImportedCommand command)
    {
        var arguments = new EngineArguments(_table);
        foreach ((string name, string value) in command.Variables)
            arguments.Variable(name, value);
        foreach ((string means, string value) in command.Typed)
            arguments.Set(means, value);
        IReadOnlyList<string>? words = EngineStart.Arguments(_options.Engine, command.Words, out bool namesModel);
        arguments.Words(words ?? command.Words, namesModel);
        if (command.Config is DocumentMap config)
            arguments.Fields(config);
        foreach (string means in new[] { "config", "engineArgs" })
        {
            if (arguments.Text(means) is string file)
                ReadFile(arguments, file, command);
        }

        return arguments;
    }

    private void ReadFile(EngineArguments arguments, string file, ImportedCommand command)
    {
        DocumentNode? document = command.Documents.TryGetValue(file, out string? text) ? _options.ReadDocument?.Invoke(text)
            : _options.OpenFile?.Invoke(file);
        if (document is DocumentMap map)
            arguments.Fields(map);
        else
            Remark($"{file}, which the command names, was not read");
    }

    private static bool IsHead(EngineArguments arguments) =>
        !arguments.Has("headless") && arguments.Text("nodeRank") is null or "0" or "$NODE_RANK" && arguments.Text("dpStart") is null or "0";

    private ModelSpec? ModelOf(EngineArguments arguments) =>
        _model ?? (MegatronModel(arguments) is DocumentMap model ? ReadModel(model) : null);

    private DocumentMap? MegatronModel(EngineArguments arguments) =>
        _options.Engine == EngineKind.Megatron && _options.ModelFile is null ? MegatronImport.Model(arguments) : null;

    private static ModelSpec? ReadModel(DocumentMap model)
    {
        var log = new BindingLog(null);
        return ModelBinder.Bind(new PlanBinder(Map(("model", model)), "", log), log, null, out _);
    }

    private DocumentMap Plan(List<ImportedSet> sets)
    {
        ImportedSet first = sets[0];
        bool apart = first.Role != ServingRole.Both;
        int gpus = sets.Sum(set => (int)set.Strategy.WorldSize);
        int? told = sets.Select(set => set.GpusPerNode).FirstOrDefault(value => value is not null);
        int[] batches = [.. sets.Select(BatchOf)];
        int length = sets.Select(set => set.MaxLength)
            .FirstOrDefault(value => value > 1) ?? Assumed(4096, "how long sequences are", "positions");
        if (_options.Engine != EngineKind.Megatron)
            Remark(Words.Invariant($"how {length} positions divide into prompt and output is not told; all but one are taken as prompt"));
        PhaseStrategy? prefill = sets.Find(set => set.Role == ServingRole.Prefill)?.Strategy ?? (apart ? null : first.Strategy);
        ImportedSet? decoding = sets.Find(set => set.Role == ServingRole.Decode) ?? (
            apart || _options.Engine == EngineKind.Megatron ? null : first);
        PhaseStrategy? decode = decoding is null ? null
            : decoding.Strategy with { Chunk = null, KvParallel = decoding.KvParallel, Sp = 1, SpMethod = SequenceMethod.AllGather };
        if (decoding?.Strategy.Sp > 1)
        {
            Remark("context parallelism splits prompts alone, so decode is left out: a plan of both phases would need GPUs of its own for "
                + "it");
            decode = null;
        }

        if (apart && batches.Length == 2)
            (prefill, decode) = (prefill! with { Batch = batches[0] }, decode! with { Batch = batches[1] });
        return Map(
            ("name", new DocumentScalar(Name(first.Arguments), Quoted: true, default)),
            ("model", Model(first)),
            ("cluster", Map(
                ("gpus", Number(gpus)),
                ("gpusPerNode", told is int node && node != 8 ? Number(node) : null),
                ("gpu", Text((_options.Gpu ?? AssumedGpu()).Name)),
                ("pool", apart ? Text("disaggregated") : null),
                ("memoryReserve", first.Memory is decimal share && share != 0.9m ? Text(Words.Invariant($"{1 - share}")) : null))),
            ("workload", Map(
                ("batch", apart && batches.Length == 2 ? null : Number(batches[0])),
                ("promptLength", Number(_options.Engine == EngineKind.Megatron ? length : length - 1)))),
            ("prefill", prefill is null ? null : From(prefill)),
            ("decode", decode is null ? null : From(decode)));
    }

    private DocumentNode Model(ImportedSet set)
    {
        if (MegatronModel(set.Arguments) is DocumentMap written)
            return written;
        if (_options.ModelFile is null)
            Remark("the command names the model alone; put its config.json beside the plan, or name it (--model)");
        DocumentScalar file = new(_options.ModelFile ?? "./config.json", Quoted: true, default);
        return set.Cache is string cache && cache != _model?.Precision.KvCache.Name
            ? Map(("config", file), ("precision", Map(("kvCache", Text(cache))))) : file;
    }

    private int BatchOf(ImportedSet set)
    {
        if (set.Batch is int batch)
            return batch;
        PhaseStrategy strategy = set.Strategy;
        int ranks = strategy.Dp * (strategy.ExpertParallel == ExpertParallelMode.Dedicated ? strategy.Ep : 1) * (
            strategy.MicroBatches ?? 1);
        return Assumed(ranks, "how many sequences run at once", "sequences");
    }

    private int Assumed(int value, string what, string noun)
    {
        Remark(Words.Invariant($"{what} is not told; {value} {noun} are taken"));
        return value;
    }

    private DeviceProfile AssumedGpu()
    {
        Remark("the GPU is not told; H100-SXM-80GB is taken (--gpu names another)");
        return DeviceProfile.Find("H100")!;
    }

    private string Name(EngineArguments arguments) => _options.Name
        ?? FileNames.Of((arguments.Model ?? _options.Engine.ToString().ToLowerInvariant()).Split('/', '\\')
            .LastOrDefault(part => part.Length > 0) ?? "plan");

    private void Tell(EngineArguments arguments)
    {
        if (arguments.Beside.Count > 0)
            Remark($"no plan tells: {string.Join(", ", arguments.Beside.Distinct())}");
        if (arguments.Unknown.Count > 0)
            Remark($"not understood: {string.Join(", ", arguments.Unknown.Distinct())}");
    }

    private void Remark(string text)
    {
        if (!_remarks.Contains(text))
            _remarks.Add(text);
    }
}
