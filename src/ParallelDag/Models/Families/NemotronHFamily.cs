using ParallelDag.Collections;
using ParallelDag.Layers;
using ParallelDag.Precisions;

namespace ParallelDag.Models.Families;

/// <summary>
/// Nemotron-H and Nemotron 3: a pattern of blocks with one norm each: M Mamba-2, * attention, E experts, - dense FFN. Experts and FFNs have
/// two matrices (relu2); experts may be narrower than the stream (<c>moe_latent_size</c>).
/// </summary>
internal sealed class NemotronHFamily : ModelFamily
{
    private const string Pattern = "hybrid_override_pattern";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["nemotron_h"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        foreach (string field in (string[])["use_bias", "mamba_proj_bias"])
        {
            if (config.Bool(field, false))
                throw config.Fault(field, "biases on the projections of Mamba-2 are not known; no published checkpoint has them");
        }

        string pattern = BlocksOf(config);
        var blocks = new Dictionary<char, LayerSpec>();
        foreach (char block in pattern.Distinct())
            blocks.Add(block, Block(config, block));
        config.Ignore(
            "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim", "attention_head_dim", "attention_bias",
            "mlp_bias", "sliding_window", "n_group", "topk_group", "n_shared_experts");
        return Model(config, layer => blocks[pattern[layer - 1]]) with { MultiTokenLayers = Further(config) };
    }

    private static string BlocksOf(ConfigFields config)
    {
        int layers = LayerCount(config);
        string pattern = config.Text(Pattern, "");
        if (!config.Has(Pattern))
        {
            pattern = string.Concat(config.TextList("layers_block_type").Select(name => name switch
            {
                "mamba" => 'M',
                "attention" => '*',
                "moe" => 'E',
                "mlp" => '-',
                _ => throw config.Fault("layers_block_type", "known are mamba, attention, moe, mlp"),
            }));
        }

        if (pattern.Any(block => block is not ('M' or '*' or 'E' or '-')))
            throw config.Fault(Pattern, "a block is M (Mamba-2), * (attention), E (experts) or - (dense FFN)");
        config.RequireLayers(Pattern, pattern.Length, layers);
        return pattern[..layers];
    }

    private static LayerSpec Block(ConfigFields config, char block) => block switch
    {
        'M' => new() { Mixer = Mamba(config) },
        '*' => new() { Mixer = SoftmaxAttention(config) },
        'E' => new() { FeedForward = Experts(config) },
        _ => new() { FeedForward = Dense(config) with { Gated = false, Bias = config.Bool("mlp_bias", false) } },
    };

    private static Mamba2 Mamba(ConfigFields config) => new()
    {
        Heads = config.Count("mamba_num_heads"),
        HeadDim = config.Count("mamba_head_dim"),
        Groups = config.Count("n_groups"),
        StateSize = config.Count("ssm_state_size"),
        ConvolutionKernel = config.Count("conv_kernel", 4),
        ConvolutionBias = config.Bool("use_conv_bias", true),
        StateFormat = config.Text("mamba_ssm_cache_dtype", "float32") == "bfloat16" ? NumberFormat.Bf16 : NumberFormat.Fp32,
    };

    private static GroupedAttention SoftmaxAttention(ConfigFields config)
    {
        bool bias = config.Bool("attention_bias", false);
        GroupedAttention attention = Attention(config) with { QkvBias = bias, OutputBias = bias, Window = config.Size("sliding_window") };
        return attention with { HeadDim = config.Int("attention_head_dim", attention.HeadDim) };
    }

    private static MoeFeedForward Experts(ConfigFields config)
    {
        (int groups, int limit) = NodeLimit(config);
        int shared = config.Size("n_shared_experts", 1);
        return new MoeFeedForward
        {
            ExpertCount = config.Count("n_routed_experts"),
            TopK = config.Count("num_experts_per_tok"),
            Ffn = config.Int("moe_intermediate_size"),
            Gated = false,
            Bias = config.Bool("mlp_bias", false),
            ScoreCorrection = true,
            SharedExperts = shared,
            SharedFfn = shared == 0 ? 0 : config.Size("moe_shared_expert_intermediate_size"),
            LatentWidth = config.Size("moe_latent_size"),
            Groups = groups,
            GroupLimit = limit,
        };
    }

    /// <summary>Multi-token layers: a mixer and a feed-forward part each, as <c>mtp_hybrid_override_pattern</c> says (*E).</summary>
    private static ValueList<LayerSpec> Further(ConfigFields config)
    {
        int count = config.Size("num_nextn_predict_layers");
        string pattern = config.Text("mtp_hybrid_override_pattern", "*E");
        if (count == 0)
            return [];
        if (pattern != "*E")
        {
            config.NotCounted("mtp_hybrid_override_pattern", "multi-token layers other than *E are not counted");
            return [];
        }

        return MultiToken(count, new LayerSpec { Mixer = SoftmaxAttention(config), FeedForward = Experts(config) });
    }
}
