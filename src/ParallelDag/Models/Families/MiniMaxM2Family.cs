using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>MiniMax-M2: QK norm over the whole width, every layer a mixture of experts with a score correction.</summary>
internal sealed class MiniMaxM2Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["minimax_m2"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        int shared = config.Size("shared_intermediate_size");
        var layer = new LayerSpec
        {
            Mixer = Attention(config) with { QkNorm = config.Bool("use_qk_norm", true) ? QkNormKind.Whole : QkNormKind.None },
            FeedForward = new MoeFeedForward
            {
                ExpertCount = config.Count("num_local_experts"),
                TopK = config.Count("num_experts_per_tok"),
                Ffn = config.Int("intermediate_size"),
                ScoreCorrection = config.Bool("use_routing_bias", true),
                SharedExperts = shared > 0 ? 1 : 0,
                SharedFfn = shared,
            },
        };
        if (config.Size("num_mtp_modules") > 0)
            config.NotCounted("num_mtp_modules", "the published checkpoints hold no such layers");
        config.Ignore("attn_type_list");
        return Model(config, _ => layer);
    }
}
