using ParallelDag.Wording;

namespace ParallelDag.Engines.Dialects;

/// <summary>
/// vLLM: an instance is pp * tp * pcp * dp ranks. With expert parallelism whole experts lie on all ranks of a stage, without it each is
/// split
/// over all of them (vllm/config/parallel.py).
/// </summary>
internal sealed class VllmDialect() : EngineDialect(EngineKind.Vllm)
{
    /// <inheritdoc/>
    public override void Refuse(InstanceSet set, LaunchReview review)
    {
        string phase = set.Section;
        if (set.HasExperts)
            RefuseExperts(set, review);
        if (set.Cp > 1 && set.AttentionDp > 1)
            review.Refuse($"{phase}.sp", "PCP does not support data parallelism yet");
        foreach ((string key, string what, int? degree) in new[] { ("denseTp", "dense FFNs", set.Strategy.DenseTp),
            ("headTp", "the LM head", set.Strategy.HeadTp) })
        {
            if (degree is int own && own != set.Tp)
                review.Refuse($"{phase}.{key}",
                    Words.Invariant($"vLLM splits {what} over tp={set.Tp}; the plan has {key}={own}: leave the key out"));
        }
    }

    /// <inheritdoc/>
    public override void RefuseNode(InstanceSet set, InstanceNode node, LaunchReview review)
    {
        int rank = set.Gpus / set.AttentionDp;
        if (set.AttentionDp > 1 && node.Count > 1 && node.LocalGpus.Count % rank != 0)
            review.Refuse($"{set.Section}.{(set.Strategy.Dp > 1 ? "dp" : "ep")}", Words.Invariant(
                $"a data-parallel rank of {rank} GPUs (tp*sp*pp) does not lie evenly on nodes of {node.LocalGpus.Count}; choose degrees ")
                    + "whose product divides that");
    }

    /// <inheritdoc/>
    public override void Warn(InstanceSet set, LaunchReview review)
    {
        string phase = set.Section;
        if (set.Dispatch == ExpertDispatch.AllToAll && set.AttentionDp == 1)
            review.Warn(set, review.Written($"{phase}.dispatch", $"{phase}.ep"),
                "vLLM moves no tokens without data parallelism: partial sums ride with the block's All-Reduce; dispatch: none draws that");
        if (set.Dispatch == ExpertDispatch.AllToAll && set.AttentionDp > 1 && set.Ep == 1)
            review.Warn(set, review.Written($"{phase}.dispatch", $"{phase}.etp"),
                "vLLM gathers plain tokens without expert parallelism; dispatch: allGather draws that");
        if (set.Role != ServingRole.Both && set.Pp > 1)
            review.Warn(set, $"{phase}.pp",
                "the hand-over of caches between pipelines is not in the matrix of vLLM's NixlConnector; TP may differ, PP is not listed");
        if (set.Cp > 1)
            review.Warn(set, $"{phase}.sp", "prefill context parallelism is experimental in vLLM");
    }

    /// <inheritdoc/>
    public override EngineCommand Command(InstanceSet set, LaunchOptions options, InstanceNode node, NodeTerms terms)
    {
        var command = new CommandBuilder(Table);
        command.Word(options.Model)
            .Option("tp", set.Tp)
            .Option("pp", set.Pp, set.Pp > 1)
            .Option("sp", set.Cp, set.Cp > 1)
            .Option("dcp", set.Dcp, set.Dcp > 1);
        if (set.AttentionDp > 1)
            AddDataParallel(command, set, options, node, terms);
        else if (node.Count > 1)
            command.Option("nnodes", node.Count).Option("nodeRank", terms.Rank).Option("headAddress", terms.Head)
                .Flag("headless", !terms.IsHead);
        AddExperts(command, set);
        command.Flag("overlap", set.Strategy.Schedule == PhaseSchedule.Overlapped && set.Pp == 1)
            .Option("maxLength", set.MaxLength)
            .Option("batch", set.RankBatch)
            .Option("chunk", (set.Chunk ?? 0) / set.AttentionDp, set.Chunk is not null);
        if (OwnCacheType(set) is string cache)
            command.Option("cacheType", cache);
        if (set.Plan.Cluster.MemoryReserve != 0.1)
            command.Option("memory", Words.Invariant($"{1 - (decimal)set.Plan.Cluster.MemoryReserve}"));
        if (set.Role != ServingRole.Both)
            command.Option("transfer", Transfer(set.Role == ServingRole.Prefill ? "kv_producer" : "kv_consumer"));
        AddAddress(command, options, node);
        return new EngineCommand(Variables(set, node, terms), command.Options);
    }

    /// <inheritdoc/>
    public override string? CacheType(string format) => format.StartsWith("fp8", StringComparison.Ordinal) ? "fp8" : format == "bf16"
        ? "bfloat16" : null;

    private void RefuseExperts(InstanceSet set, LaunchReview review)
    {
        string phase = set.Section;
        PhaseStrategy strategy = set.Strategy;
        if (strategy.ExpertParallel == ExpertParallelMode.Dedicated)
        {
            if (set.Ep > 1 && set.Tp > 1)
            {
                review.Refuse(review.Written($"{phase}.expertParallel", $"{phase}.ep"), Words.Invariant(
                    $"vLLM's experts are whole or split over all of TP x DP; expertParallel: dedicated splits each over tp={set.Tp} ")
                        + Words.Invariant($"within ep={set.Ep}: ")
                    + "use expertParallel: folded");
            }
            else if (set.Cp > 1)
            {
                review.Refuse(review.Written($"{phase}.expertParallel", $"{phase}.sp"), Words.Invariant(
                    $"vLLM spreads experts over all of TP x PCP x DP; expertParallel: dedicated replicates them over sp={set.Cp}: use ")
                        + "expertParallel: folded");
            }
        }
        else if (set.Ep > 1 && (set.Ep != set.StageRanks || set.Etp > 1))
        {
            review.Refuse($"{phase}.ep", Words.Invariant(
                $"with expert parallelism vLLM spreads whole experts over all {set.StageRanks} ranks (ep={set.StageRanks}); the plan has ")
                    + Words.Invariant($"ep={set.Ep}, etp={set.Etp}"));
        }
        else if (set.Ep == 1 && set.Etp != set.StageRanks)
        {
            review.Refuse(review.Written($"{phase}.etp", $"{phase}.expertParallel"), Words.Invariant(
                $"without expert parallelism vLLM splits each expert over all {set.StageRanks} ranks (etp={set.StageRanks}); the plan has ")
                    + Words.Invariant($"ep=1, etp={set.Etp}"));
        }

        RefuseRedundantExperts(set, review);
    }

    private static string Transfer(string role) => $$"""{"kv_connector":"NixlConnector","kv_role":"{{role}}"}""";

    private void AddDataParallel(CommandBuilder command, InstanceSet set, LaunchOptions options, InstanceNode node, NodeTerms terms)
    {
        command.Option("dp", set.AttentionDp);
        if (node.Count == 1)
            return;
        int local = set.AttentionDp / node.Count;
        command.Option("dpLocal", local);
        if (!terms.IsHead)
            command.Option("dpStart", terms.Times(local)).Flag("headless");
        command.Option("dpAddress", terms.Head).Option("dpPort", options.RendezvousPort ?? Table.RendezvousPort);
    }

    private static void AddExperts(CommandBuilder command, InstanceSet set)
    {
        if (set.Ep == 1)
            return;
        command.Flag("ep");
        if (set.Dispatch == ExpertDispatch.AllToAll && set.AttentionDp > 1)
            command.Option("dispatch", set.Role == ServingRole.Decode ? "deepep_low_latency" : "deepep_high_throughput");
        if (set.Strategy.RedundantExperts > 0)
            command.Flag("eplb").Option("eplbConfig", Words.Invariant($"{{\"num_redundant_experts\":{set.Strategy.RedundantExperts}}}"));
    }

    private List<(string, CommandWord)> Variables(InstanceSet set, InstanceNode node, NodeTerms terms)
    {
        var variables = new List<(string, CommandWord)>();
        if (!HasOwnLayers(set))
            variables.Add((Table.LayersVariable!, new CommandWord(string.Join(',', set.Layers))));
        if (set.Role != ServingRole.Both)
        {
            variables.Add(("VLLM_NIXL_SIDE_CHANNEL_HOST", terms.Self));
            if (node.HasNeighbours)
                variables.Add(("VLLM_NIXL_SIDE_CHANNEL_PORT",
                    new CommandWord(Words.Invariant($"{Table.TransferPort + 100 * node.Neighbour}"))));
        }

        return variables;
    }
}
