using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Qwen2-MoE (a shared expert of its own width with a gate) and Qwen3-MoE (none). Dense layers by <c>mlp_only_layers</c> and <c>decoder_sparse_step</c>.
/// </summary>
internal sealed class QwenMoeFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen2_moe", "qwen3_moe"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool third = config.Text("model_type", "") == "qwen3_moe";
        int shared = third ? 0 : config.Int("shared_expert_intermediate_size");
        GroupedAttention attention = QwenFamily.Attention(config, third);
        var moe = new MoeFeedForward
        {
            ExpertCount = config.Int("num_experts"),
            TopK = config.Int("num_experts_per_tok"),
            Ffn = config.Int("moe_intermediate_size"),
            SharedExperts = shared > 0 ? 1 : 0,
            SharedFfn = shared,
            SharedGate = shared > 0,
        };
        DenseFeedForward dense = Dense(config);
        Func<int, bool> isDense = IsDense(config);
        return Model(config, layer => new LayerSpec { Mixer = attention, FeedForward = isDense(layer) ? dense : moe });
    }
}
