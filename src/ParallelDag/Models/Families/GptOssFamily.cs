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
        GroupedAttention local = full with { Window = config.OptionalInt("sliding_window") ?? 0 };
        var moe = new MoeFeedForward
        {
            ExpertCount = config.Int("num_local_experts"),
            TopK = config.Int("num_experts_per_tok"),
            Ffn = config.Int("intermediate_size"),
            RouterBias = true,
            Bias = true,
        };
        IReadOnlyList<string> types = config.TextList("layer_types");
        return Model(config, layer => new LayerSpec
        {
            Mixer = (types.Count >= layer ? types[layer - 1] == "sliding_attention" : layer % 2 == 1) ? local : full,
            FeedForward = moe,
        });
    }
}
