using ParallelDag.Layers;

namespace ParallelDag.Models.Families;

/// <summary>
/// GPT-2: multi-head attention, two FFN matrices, LayerNorms and linear layers with biases, learned positions, tied embeddings, a final
/// LayerNorm (2h).
/// </summary>
internal sealed class Gpt2Family : ModelFamily
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt2"];

    /// <inheritdoc/>
    public override ModelSpec Read(ConfigFields config)
    {
        int hidden = config.Int("n_embd"), heads = config.Count("n_head");
        var layer = new LayerSpec
        {
            Norm = NormKind.LayerBias,
            Mixer = new GroupedAttention
            {
                Heads = heads,
                KvHeads = heads,
                HeadDim = config.Divide("n_embd", hidden, "n_head", heads),
                QkvBias = true,
                OutputBias = true,
            },
            FeedForward = new DenseFeedForward { Ffn = config.Int("n_inner", checked(4 * hidden)), Gated = false, Bias = true },
        };
        return new ModelSpec
        {
            Hidden = hidden,
            Vocabulary = new VocabularySpec
            {
                Size = config.Int("vocab_size"),
                Tied = config.Bool("tie_word_embeddings", true),
                LearnedPositions = config.Int(config.NameOf("n_positions", "n_ctx")),
                Norm = NormKind.LayerBias,
            },
            Layers = ModelSpec.LayersOf(config.Count("n_layer"), _ => layer),
            Precision = Precisions.Precision.Of(config.DataType()),
        };
    }
}
