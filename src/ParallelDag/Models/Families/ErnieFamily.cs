using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// ERNIE 4.5: Llama's layers with tied embeddings; from <c>moe_layer_start_index</c> on (counted from 0) experts with shared ones and, with
/// <c>moe_use_aux_free</c>, a score correction.
/// </summary>
internal sealed class ErnieFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["ernie4_5", "ernie4_5_moe"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        bool bias = config.Bool("use_bias", false);
        GroupedAttention attention = Attention(config) with { QkvBias = bias, OutputBias = bias };
        LayerSpec plain = new() { Mixer = attention, FeedForward = Dense(config) with { Bias = bias } };
        if (config.ModelType == "ernie4_5" || !config.Has("moe_num_experts"))
            return Model(config, _ => plain, tied: true);
        int layers = LayerCount(config), first = config.Size("moe_layer_start_index"), interval = config.Int("moe_layer_interval", 1);
        int last = EndIndex(config, layers), width = config.Int("moe_intermediate_size"), shared = config.Size("moe_num_shared_experts");
        LayerSpec sparse = new()
        {
            Mixer = attention,
            FeedForward = new MoeFeedForward
            {
                ExpertCount = config.Count("moe_num_experts"),
                TopK = config.Count("moe_k"),
                Ffn = width,
                Bias = bias,
                ScoreCorrection = config.Bool("moe_use_aux_free", true),
                SharedExperts = shared,
                SharedFfn = checked(shared * width),
            },
        };
        if (config.Size("num_nextn_predict_layers") > 0)
            config.NotCounted("num_nextn_predict_layers", "what these layers hold is not known");
        bool IsSparse(int index) => (index + 1) % interval == 0 && index >= first && index <= last;
        return Model(config, layer => IsSparse(layer - 1) ? sparse : plain, tied: true);
    }

    /// <summary>The last layer with experts, from 0; -1 in a config is the last of all.</summary>
    private static int EndIndex(ConfigFields config, int layers) =>
        config.IsMinusOne("moe_layer_end_index") ? layers - 1 : config.Size("moe_layer_end_index", layers - 1);
}
