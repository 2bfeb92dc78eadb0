using ParallelDag.Engines.Dialects;
using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Strategies;
using ParallelDag.Wording;

namespace ParallelDag.Engines;

/// <summary>
/// Holds a plan to an engine. What the engine would place elsewhere is refused; where it does the same with other collectives, or leaves a
/// choice to itself, a warning tells; nothing that the plan says is dropped in silence.
/// </summary>
internal static class EngineReview
{
    // Facts of the machine, of its traffic and of what the plan must keep: no engine is told of them.
    private static readonly string[] NoOptions =
    [
        "cluster.intraNode", "cluster.interNode", "cluster.hostLink", "cluster.domain", "cluster.nicsPerNode", "workload.expertLoad",
        "workload.cachedPrompt", "limits", "timing",
    ];

    /// <summary>Holds the sets of a plan to an engine and places their instances on nodes.</summary>
    public static IReadOnlyDictionary<InstanceSet, IReadOnlyList<IReadOnlyList<InstanceNode>>> Of(
        DeploymentPlan plan, IReadOnlyList<InstanceSet> sets, EngineDialect dialect, LaunchReview review)
    {
        if (plan.Cluster.Pool == PoolKind.Unified && plan is { Prefill: not null, Decode: not null })
            RefuseUnlike(plan, dialect, review);
        foreach (InstanceSet set in sets)
            dialect.Refuse(set, review);
        if (review.Refusals.Count > 0)
            return new Dictionary<InstanceSet, IReadOnlyList<IReadOnlyList<InstanceNode>>>();
        foreach (InstanceSet set in sets)
            RefuseOrder(set, dialect, review);
        RefusePrecision(plan, dialect, review);
        var placed = InstanceNode.Place(sets, dialect.Table, review);
        foreach ((InstanceSet set, IReadOnlyList<IReadOnlyList<InstanceNode>> instances) in placed)
            dialect.RefuseNode(set, instances[0][0], review);
        foreach (InstanceSet set in sets)
            Remark(set, dialect, review);
        if (Array.FindAll(NoOptions, review.Writes) is { Length: > 0 } told)
            review.Note(told[0], $"{dialect.Name} is not told of {string.Join(", ", told)}: no option takes what describes the machine, "
                + "its traffic or your bounds");
        return placed;
    }

    /// <summary>One process serves both phases of a unified pool, so they must be alike in every axis.</summary>
    private static void RefuseUnlike(DeploymentPlan plan, EngineDialect dialect, LaunchReview review)
    {
        PhaseStrategy prefill = plan.Prefill!, decode = plan.Decode!;
        (string Key, object Prefill, object Decode)[] keys =
        [
            ("pp", prefill.Pp, decode.Pp), ("dp", prefill.Dp, decode.Dp), ("ep", prefill.Ep, decode.Ep), ("tp", prefill.Tp, decode.Tp),
            ("sp", prefill.Sp, decode.Sp), ("expertParallel", prefill.ExpertParallel, decode.ExpertParallel),
                ("etp", prefill.Etp, decode.Etp),
            ("replicas", prefill.Replicas, decode.Replicas), ("redundantExperts", prefill.RedundantExperts, decode.RedundantExperts),
            ("denseTp", prefill.DenseTp ?? prefill.Tp, decode.DenseTp ?? decode.Tp),
                ("headTp", prefill.HeadTp ?? prefill.Tp, decode.HeadTp ?? decode.Tp),
            ("order", string.Join(' ', prefill.Order), string.Join(' ', decode.Order)),
            ("layersPerStage", Split(plan.PrefillLayout!), Split(plan.DecodeLayout!)),
        ];
        var unlike = keys.Where(key => !key.Prefill.Equals(key.Decode)).ToList();
        // A width that follows from tp is told with tp.
        unlike.RemoveAll(key => key.Key is "denseTp" or "headTp" && prefill.Tp != decode.Tp || key.Key == "layersPerStage"
            && prefill.Pp != decode.Pp);
        if (unlike.Count == 0)
            return;
        string told = string.Join(", ", unlike.Select(key => $"{key.Key} ({Text(key.Prefill)}, {Text(key.Decode)})"));
        string first = unlike[0].Key;
        review.Refuse(review.Written($"decode.{first}", $"prefill.{first}"),
            $"{dialect.Name} runs prefill and decode of one instance with one strategy; they differ in {told}: make them alike or set "
                + "pool: disaggregated");
    }

    private static string Split(PhaseLayout layout) =>
        string.Join(' ', layout.Stages.Select(stage => Words.Invariant($"{stage.LastLayer - stage.FirstLayer + 1}")));

    private static string Text(object value) => value is Enum ? value.ToString()!.ToLowerInvariant() : Words.Invariant($"{value}");

    /// <summary>The engine numbers ranks itself: each instance must lie on GPUs in a row, in that order.</summary>
    private static void RefuseOrder(InstanceSet set, EngineDialect dialect, LaunchReview review)
    {
        bool asNumbered = set.GpusByRank(dialect.Table.RankOrder)
            .All(gpus => gpus.Zip(gpus.Skip(1)).All(pair => pair.Second == pair.First + 1));
        if (asNumbered)
            return;
        string wanted = string.Join(", ", EngineHabits.Order(dialect.Table.Engine, set.Copies > 1));
        string otherwise = set.Pp > 1 ? "stage 2 is on other GPUs" : "ranks are on other GPUs";
        string rule = set.Copies > 1 && dialect.Table.Engine != EngineKind.Vllm
            ? Words.Invariant($"{dialect.Name} runs the {set.Copies} data-parallel copies as instances, each on GPUs in a row")
            : $"{dialect.Name} numbers ranks {string.Join(", ", dialect.Table.RankOrder)}";
        review.Refuse(review.Written($"{set.Section}.order", $"{set.Section}.pp"),
            $"{rule}: set order: [{wanted}], or {otherwise} than the picture shows");
    }

    private static void RefusePrecision(DeploymentPlan plan, EngineDialect dialect, LaunchReview review)
    {
        Precision precision = plan.Model.Precision;
        if (precision.KvCache != precision.Activations && dialect.CacheType(precision.KvCache.Name) is null)
            review.Refuse("model.precision.kvCache",
                $"{dialect.Name} keeps no cache in {precision.KvCache.Name}; use fp8 or leave kvCache out");
        if (plan.Spec.ModelFile is null && (precision.Weights.IsQuantized || precision.Experts.IsQuantized))
            review.Note(review.Written("model.precision.weights", "model.precision.experts", "model.dtype"),
                $"{dialect.Name} takes the formats of weights from the checkpoint: the model must be one with {precision}");
    }

    private static void Remark(InstanceSet set, EngineDialect dialect, LaunchReview review)
    {
        dialect.Warn(set, review);
        IEnumerable<PhaseLayout> layouts = set.Role == ServingRole.Both ? set.Plan.Phases : [set.Layout];
        foreach (PhaseLayout layout in layouts)
            RemarkPhase(set, layout, dialect, review);
        if (set.Role == ServingRole.Both && set.Plan is { PrefillLayout: { } prefill, DecodeLayout: { } decode }
            && prefill.Workload.Batch != decode.Workload.Batch)
            review.Warn(set, review.Written("prefill.batch", "decode.batch"), Words.Invariant(
                $"{dialect.Name} takes prompts by tokens, not by count: prefill's batch of {prefill.Workload.Batch} is not kept; chunk ")
                    + "says how many tokens a pass takes");
        if (set.Chunk is int chunk && dialect.Table.Engine != EngineKind.Sglang && chunk % set.AttentionDp != 0)
            review.Warn(set, "prefill.chunk",
                Words.Invariant($"{dialect.Name} counts tokens per data-parallel rank; {chunk} over {set.AttentionDp} ranks are ")
                    + Words.Invariant($"{chunk / set.AttentionDp} each"));
        if (set.Plan.Cluster.MemoryReserve != 0.1 && dialect.Table.Engine != EngineKind.Vllm)
            review.Warn(set, "cluster.memoryReserve",
                $"{dialect.Name} is told of its cache, not of a share of the GPU; its own default stays");
        if (set.Chunk is int whole && whole < set.AttentionDp)
            review.Refuse("prefill.chunk",
                Words.Invariant($"a chunk of {whole} tokens leaves none for some of {set.AttentionDp} data-parallel ranks; give ")
                    + Words.Invariant($"{set.AttentionDp} or more"));
    }

    private static void RemarkPhase(InstanceSet set, PhaseLayout layout, EngineDialect dialect, LaunchReview review)
    {
        string phase = set.Role == ServingRole.Both ? layout.Phase.ToName() : set.Section;
        PhaseStrategy strategy = layout.Strategy;
        bool prompts = set.Role switch { ServingRole.Prefill => true, ServingRole.Decode => false, _ => layout.Phase == PhaseKind.Prefill
            || dialect.Table.Engine == EngineKind.Vllm };
        PhaseStrategy real = EngineHabits.Realise(dialect.Table.Engine, strategy, set.Dispatch, prompts);
        if (strategy.Tp > 1 && strategy.AttentionOutput != real.AttentionOutput)
            review.Warn(set, review.Written($"{phase}.attentionOutput", phase), strategy.AttentionOutput == AttentionOutput.AllGather
                ? $"{dialect.Name} uses all-reduce (or reduce-scatter with sequence-parallel MoE); the picture's collectives differ, the "
                    + "placement does not"
                : $"{dialect.Name} uses {(real.AttentionOutput == AttentionOutput.AllReduce ? "all-reduce" : "reduce-scatter")} behind "
                    + "attention; the picture's collectives differ, the placement does not");
        if (strategy.Dedup != real.Dedup)
            review.Warn(set, review.Written($"{phase}.dedup", $"{phase}.dispatch", $"{phase}.ep"), real.Dedup
                ? $"{dialect.Name}'s kernels for prompts (DeepEP) send a token once to each rank; dedup: true counts that"
                : $"{dialect.Name} sends a token once to each of its experts here; leave dedup out");
        if (strategy is { Pp: > 1, Tp: > 1 } && strategy.AttentionOutput != AttentionOutput.ReduceScatter
            && strategy.PipelineMessage != real.PipelineMessage)
            review.Warn(set, review.Written($"{phase}.pipelineMessage", $"{phase}.pp"), real.PipelineMessage == PipelineMessage.Scattered
                ? $"{dialect.Name} sends a part from each tp rank and gathers them; pipelineMessage: scattered draws that"
                : $"{dialect.Name} sends whole messages from each tp rank; pipelineMessage: whole draws that");
        if (strategy.Sp > 1 && strategy.SpMethod != real.SpMethod)
            review.Warn(set, $"{phase}.spMethod",
                $"{dialect.Name} gathers K and V (SGLang: in zig-zag order); it has no {strategy.SpMethod.ToString().ToLowerInvariant()}");
        VocabularySpec vocabulary = set.Plan.Model.Vocabulary, padded = vocabulary.PaddedTo(real.VocabPadding);
        if (vocabulary.PaddedTo(strategy.VocabPadding) != padded)
            review.Warn(set, review.Written($"{phase}.vocabPadding", $"{phase}.tp"), Words.Invariant(
                $"{dialect.Name} pads the vocabulary of {vocabulary.Size} to {padded.Size}; vocabPadding: {real.VocabPadding} ")
                    + "draws that");
        RemarkMicroBatches(set, layout, dialect, review);
    }

    private static void RemarkMicroBatches(InstanceSet set, PhaseLayout layout, EngineDialect dialect, LaunchReview review)
    {
        string phase = set.Role == ServingRole.Both ? layout.Phase.ToName() : set.Section;
        PhaseStrategy strategy = layout.Strategy;
        int microBatches = layout.Workload.MicroBatches, flight = Math.Min(strategy.Pp, Math.Max(1, set.RankBatch));
        string key = review.Written($"{phase}.microBatches", "workload.microBatches", phase);
        bool told = dialect.Table.Engine == EngineKind.Sglang && microBatches > 1;
        if (strategy.Pp > 1 && microBatches != flight && !told)
            review.Warn(set, key, Words.Invariant(
                $"{dialect.Name} keeps as many micro-batches in flight as stages; the plan draws {microBatches}: microBatches: {flight} ")
                    + "draws that");
        else if (strategy.Pp == 1 && microBatches > 1 && !(strategy.Schedule == PhaseSchedule.Overlapped && microBatches == 2))
            review.Warn(set, key, Words.Invariant(
                $"{dialect.Name} passes a batch in one piece; the plan draws {microBatches} micro-batches"));
        if (strategy.Schedule == PhaseSchedule.Overlapped && (strategy.Pp > 1 || microBatches != 2)
            && dialect.Table.Engine != EngineKind.Trtllm)
            review.Warn(set, review.Written($"{phase}.schedule", key),
                $"{dialect.Name} overlaps two micro-batches of one stage; schedule: gpipe draws what else it does");
    }
}
