using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// Models with Llama's layers under other names, ties and biases: EXAONE 3, InternLM 2.5 and 3, Seed-OSS, SmolLM3, and Arcee, whose FFN has
/// two matrices.
/// </summary>
internal sealed class LlamaLikeFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["arcee", "exaone", "internlm2", "internlm3", "seed_oss", "smollm3"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        (bool qkv, bool output, bool ffn) = Biases(config);
        var layer = new LayerSpec
        {
            Mixer = Attention(config) with { QkvBias = qkv, OutputBias = output },
            FeedForward = Dense(config) with { Gated = config.ModelType != "arcee", Bias = ffn },
        };
        bool tied = config.ModelType is "exaone" or "smollm3";
        return Model(config, _ => layer, tied, layers: config.NameOf("num_hidden_layers", "num_layers"));
    }

    private static (bool Qkv, bool Output, bool Ffn) Biases(ConfigFields config)
    {
        bool bias = config.Bool(config.ModelType.StartsWith("internlm", StringComparison.Ordinal) ? "bias" : "attention_bias", false);
        return config.ModelType switch
        {
            "internlm2" => (bias, bias, false),
            "internlm3" => (config.Bool("qkv_bias", bias), bias, bias),
            "seed_oss" => (config.Bool("attention_bias", true), config.Bool("attention_out_bias", false), config.Bool("mlp_bias", false)),
            _ => (bias, bias, config.Bool("mlp_bias", false)),
        };
    }
}
