using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// gpt-oss: GQA with biases and one sink logit per head, every second layer under a sliding window, every layer a mixture of experts with
/// biases on router and experts.
/// </summary>
internal sealed class GptOssFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt_oss"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", true);
        GroupedAttention full = Attention(config) with { QkvBias = bias, OutputBias = bias, Sinks = true };
        GroupedAttention local = full with { Window = config.Size("sliding_window", 128) };
        var moe = new MoeFeedForward
        {
            ExpertCount = config.Count("num_local_experts"),
            TopK = config.Count(config.NameOf("num_experts_per_tok", "experts_per_token")),
            Ffn = config.Int("intermediate_size"),
            RouterBias = true,
            Bias = true,
        };
        config.Ignore("experts_per_token");
        Func<int, bool> isLocal = IsOfType(config, "sliding_attention", layer => layer % 2 == 1);
        return Model(config, layer => new LayerSpec { Mixer = isLocal(layer) ? local : full, FeedForward = moe });
    }
}
