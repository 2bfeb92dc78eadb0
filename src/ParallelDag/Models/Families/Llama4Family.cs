using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Llama 4: every <c>interleave_moe_layer_step</c>-th layer has experts of <c>intermediate_size</c> and a shared one, the others a dense
/// FFN of <c>intermediate_size_mlp</c>. Three of four layers attend within chunks, every fourth to everything, without rotary positions.
/// The QK norm has no weights.
/// </summary>
internal sealed class Llama4Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["llama4"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        GroupedAttention full = Attention(config) with { QkvBias = bias, OutputBias = bias };
        GroupedAttention local = full with { Chunk = config.Size("attention_chunk_size", 8192) };
        config.Ignore("use_qk_norm", "intermediate_size_mlp");
        int layers = LayerCount(config), width = config.Int("intermediate_size");
        Func<int, bool> isFull = IsFull(config, layers), isSparse = IsSparse(config);
        var moe = new MoeFeedForward
        {
            ExpertCount = config.Count("num_local_experts"),
            TopK = config.Count("num_experts_per_tok", 1),
            Ffn = width,
            SharedExperts = 1,
            SharedFfn = width,
        };
        DenseFeedForward? dense = Enumerable.Range(1, layers).All(isSparse) ? null : new() { Ffn = config.Int("intermediate_size_mlp") };
        return Model(config, layer => new LayerSpec
        {
            Mixer = isFull(layer) ? full : local,
            FeedForward = isSparse(layer) ? moe : dense!,
        });
    }

    /// <summary>In <c>no_rope_layers</c> a 0 is a layer without rotary positions.</summary>
    private static Func<int, bool> IsFull(ConfigFields config, int layers)
    {
        IReadOnlyList<int> rotary = config.IntList("no_rope_layers");
        if (rotary.Count == 0)
            return IsOfType(config, "full_attention", EveryNth(config, "no_rope_layer_interval", 4));
        config.RequireLayers("no_rope_layers", rotary.Count, layers);
        return IsOfType(config, "full_attention", layer => rotary[layer - 1] == 0);
    }

    /// <summary>Listed in <c>moe_layers</c> (from 0), or every n-th.</summary>
    private static Func<int, bool> IsSparse(ConfigFields config)
    {
        Func<int, bool> every = EveryNth(config, "interleave_moe_layer_step", 1);
        if (!config.Has("moe_layers"))
            return every;
        var listed = config.IntList("moe_layers").ToHashSet();
        return layer => listed.Contains(layer - 1);
    }
}
