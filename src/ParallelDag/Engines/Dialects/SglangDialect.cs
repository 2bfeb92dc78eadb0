using ParallelDag.Wording;

namespace ParallelDag.Engines.Dialects;

/// <summary>
/// SGLang: <c>--tp-size</c> counts all ranks of a stage, attention tp * cp * dp; experts are spread over them as ep * etp (etp innermost),
/// times <c>--moe-dp-size</c> copies (python/sglang/srt/server_args.py).
/// </summary>
internal sealed class SglangDialect() : EngineDialect(EngineKind.Sglang)
{
    /// <inheritdoc/>
    public override void Refuse(InstanceSet set, LaunchReview review)
    {
        string phase = set.Section;
        if (set.HasExperts)
            RefuseExperts(set, review);
        int all = set.Tp * set.AttentionDp;
        bool data = set.AttentionDp > 1;
        if (set.Strategy.DenseTp is int dense && dense != set.Tp && !(data && (dense == 1 || dense == all)))
        {
            string choices = data ? Words.Invariant($"all {all} ranks, over tp={set.Tp} or not at all") : Words.Invariant($"tp={set.Tp}");
            review.Refuse($"{phase}.denseTp", Words.Invariant($"SGLang splits dense FFNs over {choices}; the plan has denseTp={dense}"));
        }

        if (set.Strategy.HeadTp is int head && head != set.Tp && !(data && head == all))
        {
            string choices = data ? Words.Invariant($"all {all} ranks or over tp={set.Tp}") : Words.Invariant($"tp={set.Tp}");
            review.Refuse($"{phase}.headTp", Words.Invariant($"SGLang splits the LM head over {choices}; the plan has headTp={head}"));
        }
    }

    /// <inheritdoc/>
    public override void Warn(InstanceSet set, LaunchReview review)
    {
        string phase = set.Section;
        if (set.Dispatch == ExpertDispatch.AllToAll && set.Ep != set.StageRanks)
            review.Warn(set, review.Written($"{phase}.dispatch", $"{phase}.etp", $"{phase}.ep"), Words.Invariant(
                $"SGLang's all-to-all needs ep={set.StageRanks}; with ep={set.Ep} it gathers tokens, which dispatch: allGather draws"));
        if (set.AttentionDp > 1 && set.Strategy.HeadTp is null)
            review.Warn(set, phase, Words.Invariant(
                $"SGLang splits the LM head over all {set.Tp * set.AttentionDp} ranks; the plan leaves headTp at tp={set.Tp}: ")
                + Words.Invariant($"write headTp: {set.Tp * set.AttentionDp} for that, or headTp: {set.Tp} for --enable-dp-lm-head"));
    }

    /// <inheritdoc/>
    public override EngineCommand Command(InstanceSet set, LaunchOptions options, InstanceNode node, NodeTerms terms)
    {
        var command = new CommandBuilder(Table);
        command.Option("model", options.Model)
            .Option("world", set.StageRanks)
            .Option("pp", set.Pp, set.Pp > 1)
            .Option("dp", set.AttentionDp, set.AttentionDp > 1)
            .Flag("dpAttention", set.AttentionDp > 1)
            .Option("sp", set.Cp, set.Cp > 1)
            .Flag("prefillCp", set.Cp > 1);
        if (set.Cp > 1)
            command.Option("cpStrategy", "zigzag");
        command.Option("dcp", set.Dcp, set.Dcp > 1)
            .Option("ep", set.Ep, set.Ep > 1)
            .Option("moeDp", ExpertCopies(set), ExpertCopies(set) > 1);
        if (set.Dispatch == ExpertDispatch.AllToAll && set.Ep == set.StageRanks)
            command.Option("dispatch", "deepep");
        AddWidths(command, set);
        if (set.Strategy.RedundantExperts > 0)
            command.Flag("eplb").Option("redundantExperts", set.Strategy.RedundantExperts);
        int microBatches = set.Layout.Workload.MicroBatches;
        command.Flag("overlap", set.Strategy.Schedule == PhaseSchedule.Overlapped && set.Pp == 1)
            .Option("maxLength", set.MaxLength)
            .Option("batch", set.Batch)
            .Option("chunk", set.Chunk ?? 0, set.Chunk is not null)
            .Option("microBatch", (set.RankBatch + microBatches - 1) / microBatches, set.Pp > 1 && microBatches > 1
                && microBatches != set.Pp);
        if (OwnCacheType(set) is string cache)
            command.Option("cacheType", cache);
        if (set.Role != ServingRole.Both)
        {
            command.Option("role", set.Role == ServingRole.Prefill ? "prefill" : "decode").Option("transfer", "nixl");
            if (node.HasNeighbours && set.Role == ServingRole.Prefill)
                command.Option("transferPort", Table.TransferPort + node.Neighbour);
        }

        if (node.Count > 1)
            command.Option("nnodes", node.Count).Option("nodeRank", terms.Rank)
                .Option("headAddress", new CommandWord(
                    Words.Invariant($"{terms.Head.Text}:{options.RendezvousPort ?? Table.RendezvousPort}"), terms.Head.IsExpanded));
        AddAddress(command, options, node);
        bool rule = set.Layers.Sum() % set.Pp == 0 && set.Layers.Distinct().Count() == 1;
        return new EngineCommand(rule ? [] : [(Table.LayersVariable!, new CommandWord(string.Join(',', set.Layers)))], command.Options);
    }

    /// <inheritdoc/>
    public override string? CacheType(string format) => format switch
    {
        "bf16" => "bf16",
        "nvfp4" => "nvfp4",
        "mxfp8" => "mxfp8",
        _ => format.StartsWith("fp8", StringComparison.Ordinal) ? "fp8_e4m3" : null,
    };

    /// <summary>Copies of all experts: those that sp makes in a plan of dedicated expert parallelism.</summary>
    private static int ExpertCopies(InstanceSet set) =>
        set.HasExperts && set.Strategy.ExpertParallel == ExpertParallelMode.Dedicated ? set.Cp : 1;

    private void RefuseExperts(InstanceSet set, LaunchReview review)
    {
        string phase = set.Section;
        if (set.Strategy.ExpertParallel == ExpertParallelMode.Dedicated)
        {
            if (set.Cp > 1 && set.Pp > 1)
                review.Refuse($"{phase}.sp",
                    Words.Invariant($"experts are replicated over sp={set.Cp}; SGLang allows that only as --moe-dp-size with pp=1"));
        }
        else if (set.Ep * set.Etp != set.StageRanks)
        {
            review.Refuse(review.Written($"{phase}.ep", $"{phase}.expertParallel"), Words.Invariant(
                $"SGLang spreads experts over all {set.StageRanks} ranks of a stage (ep*etp={set.StageRanks}); the plan has ep={set.Ep}, ")
                    + Words.Invariant($"etp={set.Etp}"));
        }

        RefuseRedundantExperts(set, review);
    }

    // Under data-parallel attention dense FFNs and the LM head are split over all ranks unless an option says otherwise.
    private static void AddWidths(CommandBuilder command, InstanceSet set)
    {
        if (set.AttentionDp == 1)
            return;
        int dense = set.Strategy.DenseTp ?? set.Tp;
        if (set.Plan.Model.HasDense)
            command.Option("denseTp", 1, dense == 1).Flag("denseAttentionTp", dense == set.Tp && dense > 1);
        command.Flag("headAttentionTp", set.Strategy.HeadTp == set.Tp);
    }
}
