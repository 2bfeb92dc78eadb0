using ParallelDag.Layers;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Models.Families;

/// <summary>
/// Qwen3-Next and Qwen3.5: a gated delta net on three of four layers, gated full attention with QK norm on every fourth; experts with a
/// gated shared one (qwen3_next, qwen3_5_moe) or a dense FFN (qwen3_5).
/// </summary>
internal sealed class QwenHybridFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["qwen3_next", "qwen3_5", "qwen3_5_moe"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        GroupedAttention attention = QwenFamily.Attention(config) with { OutputGate = config.Bool("attn_output_gate", true) };
        GatedDeltaNet linear = Linear(config);
        bool dense = config.ModelType == "qwen3_5" || !config.Has("num_experts");
        Func<int, bool> isDense = dense ? _ => true : IsDense(config);
        Func<int, bool> isFull = IsOfType(config, "full_attention", EveryNth(config, "full_attention_interval", 4));
        DenseFeedForward? ffn = DenseBesideExperts(config, isDense);
        MoeFeedForward? moe = dense ? null : QwenMoeFamily.Moe(config, config.Size("shared_expert_intermediate_size"));
        LayerSpec Layer(Mixer mixer, bool plain) => new() { Mixer = mixer, FeedForward = plain ? ffn : moe };
        int further = config.Size(config.NameOf("mtp_num_hidden_layers", "num_nextn_predict_layers"));
        return Model(config, layer => Layer(isFull(layer) ? attention : linear, isDense(layer))) with
        {
            MultiTokenLayers = MultiToken(further, Layer(attention, dense)),
        };
    }

    private static GatedDeltaNet Linear(ConfigFields config)
    {
        int keys = config.Count("linear_num_key_heads"), values = config.Count("linear_num_value_heads");
        if (values % keys != 0)
        {
            throw config.Fault("linear_num_value_heads", Words.Invariant(
                $"{values} is no multiple of linear_num_key_heads {keys}"));
        }

        return new GatedDeltaNet
        {
            KeyHeads = keys,
            ValueHeads = values,
            KeyHeadDim = config.Count("linear_key_head_dim"),
            ValueHeadDim = config.Count("linear_value_head_dim"),
            ConvolutionKernel = config.Count("linear_conv_kernel_dim", 4),
            StateFormat = config.Text("mamba_ssm_dtype", "") == "float32" ? NumberFormat.Fp32 : null,
        };
    }
}
