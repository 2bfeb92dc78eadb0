using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>Qwen2-MoE (a shared expert with a gate) and Qwen3-MoE (none).</summary>
internal sealed class QwenMoeFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen2_moe", "qwen3_moe", "qwen3_vl_moe"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        int shared = config.ModelType == "qwen2_moe" ? config.Int("shared_expert_intermediate_size") : 0;
        GroupedAttention full = QwenFamily.Attention(config), local = full with { Window = QwenFamily.Window(config) };
        MoeFeedForward moe = Moe(config, shared);
        Func<int, bool> isDense = IsDense(config), isLocal = QwenFamily.IsLocal(config);
        DenseFeedForward? dense = DenseBesideExperts(config, isDense);
        return Model(config, layer => new LayerSpec
        {
            Mixer = isLocal(layer) ? local : full,
            FeedForward = isDense(layer) ? dense! : moe,
        });
    }

    /// <summary>The experts, with a gated shared one where its width is not 0.</summary>
    internal static MoeFeedForward Moe(ConfigFields config, int shared) => new()
    {
        ExpertCount = config.Count("num_experts"),
        TopK = config.Count("num_experts_per_tok"),
        Ffn = config.Int("moe_intermediate_size"),
        SharedExperts = shared > 0 ? 1 : 0,
        SharedFfn = shared,
        SharedGate = shared > 0,
    };
}
