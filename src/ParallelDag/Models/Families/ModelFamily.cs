using ParallelDag.Collections;
using ParallelDag.Layers;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Models.Families;

/// <summary>
/// A family of Hugging Face models: how its <c>config.json</c> becomes a <see cref="ModelSpec"/>. A new family is one file, and a line in
/// <see cref="ModelFamilies"/>.
/// </summary>
internal abstract class ModelFamily
{
    private const string Layers = "num_hidden_layers";

    /// <summary>The values of <c>model_type</c> that the family reads; with <c>_text</c> behind it each is read too.</summary>
    public abstract IReadOnlyList<string> ModelTypes { get; }

    /// <summary>Reads the config.</summary>
    /// <exception cref="InputException">A field is missing or makes no sense.</exception>
    public abstract ModelSpec Read(ConfigFields config);

    /// <summary>A model whose dimensions stand in the usual fields.</summary>
    /// <param name="config">The config.</param>
    /// <param name="layer">Each layer, by its number from 1.</param>
    /// <param name="tied">Whether the family ties its embeddings when the config does not say.</param>
    /// <param name="norm">The final norm.</param>
    /// <param name="hidden">The field of the width.</param>
    /// <param name="layers">The field of the number of layers.</param>
    protected static ModelSpec Model(
        ConfigFields config, Func<int, LayerSpec> layer, bool tied = false, NormKind norm = NormKind.Rms, string hidden = "hidden_size",
        string layers = Layers) => new()
        {
            Hidden = config.Int(hidden),
            Vocabulary = new VocabularySpec
            {
                Size = config.Int("vocab_size"),
                Tied = config.Bool("tie_word_embeddings", tied),
                Norm = norm,
            },
            Layers = ModelSpec.LayersOf(config.Count(layers), layer),
            Precision = Precision.Of(config.DataType()),
        };

    /// <summary>The number of layers.</summary>
    protected static int LayerCount(ConfigFields config) => config.Count(Layers);

    /// <summary>Grouped attention as most configs state it.</summary>
    protected static GroupedAttention Attention(ConfigFields config)
    {
        int hidden = config.Int("hidden_size"), heads = config.Count("num_attention_heads");
        int kvHeads = config.Count("num_key_value_heads", heads);
        RequireGroups(config, "num_key_value_heads", heads, kvHeads);
        return new GroupedAttention
        {
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = config.OptionalInt("head_dim") ?? config.Divide("hidden_size", hidden, "num_attention_heads", heads),
        };
    }

    /// <summary>Refuses KV heads among which the heads do not divide.</summary>
    protected static void RequireGroups(ConfigFields config, string field, int heads, int kvHeads)
    {
        if (heads % kvHeads != 0)
            throw config.Fault(field, Words.Invariant($"{heads} num_attention_heads do not divide by {kvHeads}"));
    }

    /// <summary>A gated FFN as most configs state it.</summary>
    protected static DenseFeedForward Dense(ConfigFields config) => new() { Ffn = config.Int("intermediate_size") };

    /// <summary>The dense FFN of a model with experts; null, and its width is not asked for, where no layer has it.</summary>
    protected static DenseFeedForward? DenseBesideExperts(ConfigFields config, Func<int, bool> isDense)
    {
        config.Ignore("intermediate_size");
        return Enumerable.Range(1, LayerCount(config)).Any(isDense) ? Dense(config) : null;
    }

    /// <summary>
    /// The layers (from 1) with a dense FFN: those listed in <c>mlp_only_layers</c> (from 0) and those that <c>decoder_sparse_step</c>
    /// skips.
    /// </summary>
    protected static Func<int, bool> IsDense(ConfigFields config)
    {
        int step = config.Int("decoder_sparse_step", 1);
        var listed = config.IntList("mlp_only_layers").Select(layer => layer + 1).ToHashSet();
        return layer => listed.Contains(layer) || layer % step != 0;
    }

    /// <summary>The layers (from 1) whose entry in <c>layer_types</c> is <paramref name="name"/>; without the list by a rule.</summary>
    /// <param name="config">The config.</param>
    /// <param name="name">The type asked for: <c>sliding_attention</c>.</param>
    /// <param name="rule">What holds without a list.</param>
    protected static Func<int, bool> IsOfType(ConfigFields config, string name, Func<int, bool> rule)
    {
        IReadOnlyList<string> types = config.TextList("layer_types");
        if (types.Count == 0)
            return rule;
        config.RequireLayers("layer_types", types.Count, LayerCount(config));
        return layer => types[layer - 1] == name;
    }

    /// <summary>Every n-th layer (from 1) stands apart, as <c>sliding_window_pattern</c> and <c>full_attention_interval</c> say.</summary>
    protected static Func<int, bool> EveryNth(ConfigFields config, string field, int absent)
    {
        int interval = config.Int(field, absent);
        return layer => layer % interval == 0;
    }

    /// <summary>Experts of <c>moe_intermediate_size</c>, beside shared ones as wide.</summary>
    /// <param name="config">The config.</param>
    /// <param name="experts">The field of the number of experts.</param>
    /// <param name="shared">The field of the number of shared ones.</param>
    /// <param name="absent">How many are shared where the config does not say.</param>
    /// <param name="topK">The field of the number of experts that a token gets.</param>
    protected static MoeFeedForward ExpertsBesideShared(
        ConfigFields config, string experts, string shared, int absent = 0, string topK = "num_experts_per_tok")
    {
        int width = config.Int("moe_intermediate_size"), beside = config.Size(shared, absent);
        return new MoeFeedForward
        {
            ExpertCount = config.Count(experts),
            TopK = config.Count(topK),
            Ffn = width,
            SharedExperts = beside,
            SharedFfn = checked(beside * width),
        };
    }

    /// <summary>The limit of node-limited routing, from two fields; (0, 0) where it limits nothing.</summary>
    protected static (int Groups, int Limit) NodeLimit(ConfigFields config, string group = "n_group", string chosen = "topk_group")
    {
        int groups = config.Size(group), limit = config.Size(chosen);
        return groups > 1 && limit > 0 && limit < groups ? (groups, limit) : (0, 0);
    }

    /// <summary><paramref name="count"/> alike layers that predict further tokens.</summary>
    protected static ValueList<LayerSpec> MultiToken(int count, LayerSpec layer) => [.. Enumerable.Repeat(layer, Math.Min(count, 64))];
}
