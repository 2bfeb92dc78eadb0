using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// MiniMax-Text-01 and M1: lightning attention where <c>attn_type_list</c> is 0, grouped attention where it is 1, experts in every layer.
/// </summary>
internal sealed class MiniMaxFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["minimax", "minimax_m1", "minimax_text_01"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        GroupedAttention attention = Attention(config) with { Window = config.Size("sliding_window") };
        int shared = config.Size("shared_intermediate_size");
        var moe = new MoeFeedForward
        {
            ExpertCount = config.Count("num_local_experts"),
            TopK = config.Count("num_experts_per_tok", 2),
            Ffn = config.Int("intermediate_size"),
            SharedExperts = shared > 0 ? 1 : 0,
            SharedFfn = shared,
        };
        LayerSpec full = new() { Mixer = attention, FeedForward = moe };
        LayerSpec linear = new()
        {
            Mixer = new LightningAttention { Heads = attention.Heads, HeadDim = attention.HeadDim },
            FeedForward = moe,
        };
        Func<int, bool> isFull = IsFull(config);
        return Model(config, layer => isFull(layer) ? full : linear);
    }

    private static Func<int, bool> IsFull(ConfigFields config)
    {
        string list = config.NameOf("attn_type_list", "decoder_attention_types");
        if (!config.Has(list))
            return IsOfType(config, "full_attention", layer => layer % 2 == 1);
        Func<int, int> types = config.SizePerLayer(list, LayerCount(config), 1);
        return layer => types(layer) == 1;
    }
}
