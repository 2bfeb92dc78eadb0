using System.Globalization;
using ParallelDag.Strategies;
using ParallelDag.Wording;

namespace ParallelDag.Engines.Import;

/// <summary>Turns an engine's arguments into a strategy: the inverse of what its dialect writes.</summary>
/// <param name="arguments">The arguments.</param>
/// <param name="model">The model, or null when it is not known.</param>
internal sealed class StrategyImport(EngineArguments arguments, ModelSpec? model)
{
    private readonly EngineKind _engine = arguments.Table.Engine;

    /// <summary>The set that a command starts.</summary>
    /// <exception cref="InputException">Degrees that do not go together.</exception>
    public ImportedSet Read(ImportedCommand command)
    {
        ServingRole role = command.Role ?? Role();
        PhaseStrategy strategy = _engine switch
        {
            EngineKind.Vllm => Vllm(),
            EngineKind.Sglang => Sglang(),
            EngineKind.Trtllm => Trtllm(),
            _ => MegatronImport.Strategy(arguments, HasExperts(arguments.Has("experts"))),
        };
        int data = strategy.ExpertParallel == ExpertParallelMode.Folded ? strategy.Dp : 1;
        int? batch = Batch(strategy, data);
        strategy = Habits(strategy, role, batch, data);
        int gpus = (int)strategy.WorldSize;
        int? nodes = command.Nodes ?? arguments.CountOrNull("nnodes");
        return new ImportedSet
        {
            Role = role,
            Strategy = strategy with { Replicas = command.Replicas },
            KvParallel = arguments.Count("dcp", 1),
            Batch = batch,
            MaxLength = arguments.CountOrNull("maxLength") ?? arguments.CountOrNull("length"),
            Cache = Cache(),
            Memory = arguments.Text("memory") is string memory
                && decimal.TryParse(memory, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal share)
                ? share : null,
            GpusPerNode = command.GpusPerNode ?? (nodes > 1 && gpus % nodes == 0 ? gpus / nodes : LocalGpus(strategy)),
            Arguments = arguments,
        };
    }

    private bool HasExperts(bool told) => model is null ? told : model.Experts is not null;

    private PhaseStrategy Vllm()
    {
        int tp = arguments.Count("tp", 1), sp = arguments.Count("sp", 1), dp = arguments.Count("dp", 1);
        bool spread = arguments.Has("ep"), experts = HasExperts(spread || dp > 1);
        int stage = tp * sp * dp;
        var strategy = new PhaseStrategy { Tp = tp, Sp = sp, Dp = dp, Pp = arguments.Count("pp", 1) };
        if (!experts || stage == 1 || (!spread && dp == 1 && sp == 1))
            return strategy;
        bool routed = dp > 1 && arguments.Text("dispatch") is string backend
            && backend is not ("allgather_reducescatter" or "naive" or "pplx");
        return strategy with
        {
            ExpertParallel = ExpertParallelMode.Folded,
            Ep = spread ? stage : 1,
            Etp = spread ? 1 : stage,
            Dispatch = dp * sp == 1 ? ExpertDispatch.None : spread && routed ? ExpertDispatch.AllToAll : ExpertDispatch.AllGather,
            RedundantExperts = Redundant(),
        };
    }

    private PhaseStrategy Sglang()
    {
        int world = arguments.Count("world", 1), sp = arguments.Count("sp", 1), ep = arguments.Count("ep", 1),
            copies = arguments.Count("moeDp", 1);
        bool attention = arguments.Has("dpAttention");
        int dp = arguments.Count("dp", 1), data = attention ? dp : 1;
        Divides("--tp-size", world, "--dp-size * --attn-cp-size", data * sp);
        int tp = world / (data * sp);
        var strategy = new PhaseStrategy { Tp = tp, Sp = sp, Pp = arguments.Count("pp", 1), Dp = attention ? 1 : dp };
        if (!HasExperts(ep > 1 || attention))
            return strategy with { Dp = dp };
        if (copies > 1)
            return strategy with { Ep = ep, RedundantExperts = Redundant() };
        if (ep == 1 && data == 1 && sp == 1)
            return strategy;
        Divides("--tp-size", world, "--ep-size", ep);
        bool routed = arguments.Text("dispatch") is string backend && backend != "none";
        bool dense = model is null || model.HasDense;
        int? width = data == 1 || !dense ? null : arguments.CountOrNull("denseTp") ?? (arguments.Has("denseAttentionTp") ? tp : tp * data);
        return strategy with
        {
            Dp = data,
            ExpertParallel = ExpertParallelMode.Folded,
            Ep = ep,
            Etp = world / ep,
            Dispatch = routed ? ExpertDispatch.AllToAll : data * sp == 1 ? ExpertDispatch.None : ExpertDispatch.AllGather,
            RedundantExperts = Redundant(),
            DenseTp = width == tp ? null : width,
            HeadTp = data == 1 ? null : arguments.Has("headAttentionTp") ? tp : tp * data,
        };
    }

    private PhaseStrategy Trtllm()
    {
        int ranks = arguments.Count("tp", 1), sp = arguments.Count("sp", 1);
        bool attention = arguments.Has("dpAttention");
        int? spread = arguments.CountOrNull("ep"), split = arguments.CountOrNull("etp");
        int ep = spread is int given && given > 0 ? given : split is int etp && etp > 0 ? ranks / etp : 1;
        Divides("tensor_parallel_size", ranks, "moe_expert_parallel_size", ep);
        var strategy = new PhaseStrategy { Tp = attention ? 1 : ranks, Dp = attention ? ranks : 1, Sp = sp, Pp = arguments.Count("pp", 1) };
        if (!HasExperts(attention || ep > 1) || (ep == 1 && !attention))
            return strategy;
        return strategy with
        {
            ExpertParallel = ExpertParallelMode.Folded,
            Ep = ep,
            Etp = ranks / ep,
            Dispatch = attention && ranks > 1 ? ExpertDispatch.AllToAll : ExpertDispatch.None,
            RedundantExperts = arguments.CountOrNull("slots") is int slots && model?.Experts is { } moe
                ? Math.Max(0, slots - moe.ExpertCount) : 0,
        };
    }

    /// <summary>What the engine does beside: order, layers, messages, padding, micro-batches.</summary>
    private PhaseStrategy Habits(PhaseStrategy strategy, ServingRole role, int? batch, int data)
    {
        bool copies = strategy.ExpertParallel == ExpertParallelMode.Dedicated && strategy.Dp > 1;
        bool attentionData = data > 1;
        int layers = model?.Layers.Count ?? 0;
        strategy = EngineHabits.Realise(
            _engine, strategy, strategy.Dispatch, role == ServingRole.Prefill || (role == ServingRole.Both && _engine == EngineKind.Vllm));
        if (strategy.Pp > 1 && (copies || attentionData))
            strategy = strategy with { Order = EngineHabits.Order(_engine, copies) };
        if (model is not null && model.Vocabulary.PaddedTo(strategy.VocabPadding) == model.Vocabulary)
            strategy = strategy with { VocabPadding = 1 };
        if (Layers() is { } told && (layers == 0 || !told.SequenceEqual(EngineHabits.Layers(EngineKind.Vllm, layers, strategy.Pp))))
            strategy = strategy with { LayersPerStage = [.. told] };
        else if (Layers() is null && layers >= strategy.Pp && !EngineHabits.Layers(_engine, layers, strategy.Pp)
            .SequenceEqual(EngineHabits.Layers(EngineKind.Vllm, layers, strategy.Pp)))
            strategy = strategy with { LayersPerStage = [.. EngineHabits.Layers(_engine, layers, strategy.Pp)] };
        if (arguments.Has("overlap"))
            strategy = strategy with { Schedule = PhaseSchedule.Overlapped, MicroBatches = 2 };
        else if (strategy.Pp > 1)
            strategy = strategy with { MicroBatches = MicroBatches(strategy, batch, data) };
        int? tokens = arguments.CountOrNull("chunk");
        if (tokens > 0 && role != ServingRole.Decode && (_engine != EngineKind.Trtllm || arguments.Has("chunked")))
            strategy = strategy with { Chunk = _engine == EngineKind.Sglang ? tokens : tokens * data };
        return strategy;
    }

    private int MicroBatches(PhaseStrategy strategy, int? batch, int data)
    {
        int copies = strategy.ExpertParallel == ExpertParallelMode.Dedicated ? strategy.Dp * strategy.Ep : data;
        int own = batch is int all ? Math.Max(1, (all + copies - 1) / copies) : int.MaxValue;
        return arguments.CountOrNull("microBatch") is int size && size > 0 && _engine == EngineKind.Sglang
            ? (own + size - 1) / size : Math.Min(strategy.Pp, own);
    }

    private int[]? Layers()
    {
        if (_engine == EngineKind.Megatron)
            return MegatronImport.Layers(arguments);
        if (arguments.Text("layers") is not string text)
            return null;
        string[] parts = text.Trim('[', ']').Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        return [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count
            : throw new InputException($"{text} lists no layers; give whole numbers, one a stage"))];
    }

    private int? Batch(PhaseStrategy strategy, int data)
    {
        if (arguments.CountOrNull("batch") is not int batch || batch == 0)
            return null;
        int copies = strategy.ExpertParallel == ExpertParallelMode.Folded ? 1 : strategy.Dp;
        return _engine switch
        {
            EngineKind.Sglang => batch * copies,
            EngineKind.Megatron => batch,
            _ => batch * data * copies,
        };
    }

    private ServingRole Role()
    {
        if (_engine == EngineKind.Megatron)
            return ServingRole.Both;
        string? told = arguments.Text("role") ?? (_engine == EngineKind.Vllm ? arguments.Json("transfer", "kv_role") : null);
        return told switch
        {
            "prefill" or "kv_producer" => ServingRole.Prefill,
            "decode" or "kv_consumer" => ServingRole.Decode,
            _ when _engine == EngineKind.Trtllm && arguments.Has("transfer") =>
                arguments.Has("overlapScheduler") ? ServingRole.Prefill : ServingRole.Decode,
            _ => ServingRole.Both,
        };
    }

    private int Redundant() => arguments.CountOrNull("redundantExperts")
        ?? (int.TryParse(arguments.Json("eplbConfig", "num_redundant_experts"), NumberStyles.None, CultureInfo.InvariantCulture,
            out int copies) ? copies : 0);

    private string? Cache() => arguments.Text("cacheType") switch
    {
        null or "auto" or "bf16" or "bfloat16" => null,
        string text when text.StartsWith("fp8", StringComparison.Ordinal) => "fp8",
        string text => text,
    };

    private int? LocalGpus(PhaseStrategy strategy) =>
        arguments.CountOrNull("dpLocal") is int local && local > 0 ? local * strategy.Tp * strategy.Sp * strategy.Pp : null;

    private static void Divides(string whole, int value, string part, int by)
    {
        if (by < 1 || value % by != 0)
            throw new InputException(
                Words.Invariant($"{whole} {value} is no multiple of {part} {by}; the engine would not start"));
    }
}
