namespace ParallelDag.Models.Families;

/// <summary>
/// gpt-oss: GQA with biases and one sink logit per head, every layer a mixture of experts with biases on router and experts.
/// Sliding windows are counted as full attention.
/// </summary>
public sealed class GptOssFamily : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt_oss"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        ModelSpec model = Common(config);
        bool bias = config.Bool("attention_bias", true);
        return model with
        {
            QkvBias = bias,
            OutputBias = bias,
            AttentionSinks = true,
            Moe = new MoeSpec
            {
                Experts = config.Int("num_local_experts"),
                TopK = config.Int("num_experts_per_tok"),
                Ffn = model.Ffn,
                RouterBias = true,
                ExpertBias = true,
            },
        };
    }
}
