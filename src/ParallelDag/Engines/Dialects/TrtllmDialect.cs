using System.Text;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Wording;

namespace ParallelDag.Engines.Dialects;

/// <summary>
/// TensorRT-LLM: all ranks of a stage are tensor parallel in attention, or all are data parallel; experts are spread over them as
/// moe_tp * moe_ep, ep innermost (tensorrt_llm/mapping.py). It is told in a file.
/// </summary>
internal sealed class TrtllmDialect() : EngineDialect(EngineKind.Trtllm)
{
    /// <inheritdoc/>
    public override bool StartsAllNodes => true;

    /// <inheritdoc/>
    public override void Refuse(InstanceSet set, LaunchReview review)
    {
        string phase = set.Section;
        int ranks = set.Tp * set.AttentionDp;
        if (set.Tp > 1 && set.AttentionDp > 1)
            review.Refuse($"{phase}.tp", Words.Invariant(
                $"attention is tensor parallel or data parallel over all {ranks} ranks; the plan has tp={set.Tp} and ")
                    + Words.Invariant($"dp={set.AttentionDp}"));
        if (set.HasExperts && set.Cp > 1 && (set.Ep > 1 || set.Strategy.ExpertParallel == ExpertParallelMode.Folded))
            review.Refuse($"{phase}.sp",
                Words.Invariant($"TensorRT-LLM's context parallelism does not go with expert parallelism; the plan has sp={set.Cp} and ")
                    + Words.Invariant($"ep={set.Ep}"));
        else if (set.HasExperts && set.Ep * set.Etp != ranks)
            review.Refuse(review.Written($"{phase}.ep", $"{phase}.expertParallel"), Words.Invariant(
                $"TensorRT-LLM spreads experts over all {ranks} ranks of a stage (moe_tp*moe_ep={ranks}); the plan has ep={set.Ep}, ")
                    + Words.Invariant($"etp={set.Etp}"));
        if (set.Dcp > 1)
            review.Refuse("decode.kvParallel", Words.Invariant(
                $"TensorRT-LLM splits a cache by token over ranks of their own, not over those of tp; the plan has kvParallel={set.Dcp}"));
        if (set.Strategy.DenseTp is int dense && dense != set.Tp)
            review.Refuse($"{phase}.denseTp", Words.Invariant(
                $"TensorRT-LLM splits dense FFNs as attention (tp={set.Tp}); the plan has denseTp={dense}: leave the key out"));
        if (set.Strategy.HeadTp is int head && head != set.Tp)
            review.Refuse($"{phase}.headTp", Words.Invariant(
                $"TensorRT-LLM splits the LM head as attention (tp={set.Tp}), or over a number of ranks of its own choice; the plan has ")
                    + Words.Invariant($"headTp={head}: leave the key out"));
        RefuseRedundantExperts(set, review);
    }

    /// <inheritdoc/>
    public override void Warn(InstanceSet set, LaunchReview review)
    {
        string phase = set.Section;
        if (set.Ep > 1 && set.Etp > 1)
        {
            DeviceMesh mesh = set.Layout.ExpertMesh;
            int[] ours = [.. mesh.Groups(Axis.Ep)[0].Select(rank => set.Layout.StageGpus[0][rank]).Order()];
            string theirs = GpuSet.FromGpus(Enumerable.Range(ours[0], set.Ep)).ToString();
            review.Warn(set, review.Written($"{phase}.etp", $"{phase}.ep"),
                $"TensorRT-LLM counts ep inside etp: expert group 0 is GPUs {string.Join(',', ours)} in the plan and {theirs} there");
        }

        if (set.Dispatch is not null && set.AttentionDp > 1 && set.Dispatch != ExpertDispatch.AllToAll)
            review.Warn(set, $"{phase}.dispatch",
                "TensorRT-LLM picks all-to-all or gathers by the links of the GPUs; no option of it says dispatch: allGather");
        else if (set.AttentionDp == 1 && set.Dispatch is ExpertDispatch.AllToAll or ExpertDispatch.AllGather)
            review.Warn(set, review.Written($"{phase}.dispatch", $"{phase}.ep"),
                "TensorRT-LLM moves no tokens without attention data parallelism; dispatch: none draws that");
        if (set.Strategy.Schedule == PhaseSchedule.Overlapped)
            review.Warn(set, $"{phase}.schedule", "TensorRT-LLM has no overlap of two micro-batches; schedule: gpipe draws what it does");
        if (set.Cp > 1)
            review.Warn(set, $"{phase}.sp", "context parallelism of TensorRT-LLM is a prototype; cp_config chooses its kind");
    }

    /// <inheritdoc/>
    public override EngineCommand Command(InstanceSet set, LaunchOptions options, InstanceNode node, NodeTerms terms)
    {
        var command = new CommandBuilder(Table);
        command.Word(options.Model).Option("config", set.ConfigName);
        AddAddress(command, options, node);
        return new EngineCommand([], command.Options, Config(set));
    }

    /// <inheritdoc/>
    public override string? CacheType(string format) => format switch
    {
        "bf16" => "auto",
        "nvfp4" => "nvfp4",
        _ => format.StartsWith("fp8", StringComparison.Ordinal) ? "fp8" : null,
    };

    private string Config(InstanceSet set)
    {
        var yaml = new StringBuilder();
        void Line(string means, string value) => yaml.Append(Table.Option(means).Field).Append(": ").Append(value).Append('\n');
        void Count(string means, int value) => Line(means, Words.Invariant($"{value}"));
        int ranks = set.Tp * set.AttentionDp;
        Count("tp", ranks);
        Count("pp", set.Pp);
        if (set.Cp > 1)
            Count("sp", set.Cp);
        if (set.HasExperts)
        {
            Count("ep", set.Ep);
            Count("etp", set.Etp);
        }

        Line("dpAttention", set.AttentionDp > 1 ? "true" : "false");
        Count("maxLength", set.MaxLength);
        Count("batch", set.RankBatch);
        if (set.Chunk is int chunk)
        {
            Line("chunked", "true");
            Count("chunk", chunk / set.AttentionDp);
        }

        if (!HasOwnLayers(set))
            Line("layers", $"[{string.Join(", ", set.Layers)}]");
        if (set.Strategy.RedundantExperts > 0)
            yaml.Append("moe_config:\n  backend: WIDEEP\n  load_balancer:\n    num_slots: ")
                .Append(Words.Invariant(
                    $"{set.Plan.Model.Experts!.ExpertCount + set.Strategy.RedundantExperts}\n    layer_updates_per_iter: 0\n"));
        if (OwnCacheType(set) is string cache)
            yaml.Append($"kv_cache_config:\n  dtype: {cache}\n");
        if (set.Role != ServingRole.Both)
            yaml.Append("cache_transceiver_config:\n  backend: DEFAULT\n");
        if (set.Role == ServingRole.Prefill)
            Line("overlapScheduler", "true");
        return yaml.ToString();
    }
}
