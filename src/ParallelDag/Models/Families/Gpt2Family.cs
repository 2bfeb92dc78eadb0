namespace ParallelDag.Models.Families;

/// <summary>
/// GPT-2: multi-head attention, two FFN matrices, LayerNorms and linear layers with biases, learned positions, tied embeddings, a final LayerNorm (2h).
/// </summary>
public sealed class Gpt2Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt2"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        int hidden = config.Int("n_embd"), heads = config.Int("n_head");
        return new ModelSpec
        {
            Layers = config.Int("n_layer"),
            Hidden = hidden,
            Heads = heads,
            KvHeads = heads,
            HeadDim = config.Divide("n_embd", hidden, "n_head", heads),
            Ffn = config.OptionalInt("n_inner") ?? checked(4 * hidden),
            GatedFfn = false,
            Vocab = config.Int("vocab_size"),
            TiedEmbeddings = config.Bool("tie_word_embeddings", true),
            DataType = config.DataType(),
            QkvBias = true,
            OutputBias = true,
            FfnBias = true,
            NormBias = true,
            LearnedPositions = config.OptionalInt("n_positions") ?? config.Int("n_ctx"),
        };
    }
}
