namespace ParallelDag.Models.Families;

/// <summary>
/// Qwen2-MoE (a shared expert of its own width with a gate) and Qwen3-MoE (none). Dense layers by <c>mlp_only_layers</c> and <c>decoder_sparse_step</c>.
/// </summary>
public sealed class QwenMoeFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen2_moe", "qwen3_moe"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool third = config.Text("model_type", "") == "qwen3_moe";
        int shared = third ? 0 : config.Int("shared_expert_intermediate_size");
        return QwenFamily.Attention(config, third) with
        {
            Moe = new MoeSpec
            {
                Experts = config.Int("num_experts"),
                TopK = config.Int("num_experts_per_tok"),
                Ffn = config.Int("moe_intermediate_size"),
                SharedExperts = shared > 0 ? 1 : 0,
                SharedFfn = shared,
                SharedGate = shared > 0,
                DenseLayers = DenseLayers(config),
            },
        };
    }
}
