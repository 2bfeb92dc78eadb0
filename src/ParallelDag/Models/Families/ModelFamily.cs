namespace ParallelDag.Models.Families;

/// <summary>
/// A family of Hugging Face models: how its <c>config.json</c> becomes a <see cref="ModelSpec"/>. A subclass with a parameterless constructor in this assembly
/// is found by itself: a new family is one file.
/// </summary>
public abstract class ModelFamily
{
    private static readonly Lazy<IReadOnlyDictionary<string, ModelFamily>> Registry = new(() =>
        typeof(ModelFamily).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(ModelFamily)) && !type.IsAbstract)
            .Select(type => (ModelFamily)Activator.CreateInstance(type)!)
            .SelectMany(family => family.ModelTypes.Select(name => (name, family)))
            .ToDictionary(pair => pair.name, pair => pair.family, StringComparer.Ordinal));

    /// <summary>All known values of <c>model_type</c>, sorted.</summary>
    public static IReadOnlyList<string> KnownModelTypes => [.. Registry.Value.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The values of <c>model_type</c> that the family reads.</summary>
    public abstract IReadOnlyList<string> ModelTypes { get; }

    /// <summary>The family of a <c>model_type</c>, or null.</summary>
    public static ModelFamily? Find(string modelType) => Registry.Value.GetValueOrDefault(modelType);

    /// <summary>Reads the config.</summary>
    /// <exception cref="InputException">A field is missing or makes no sense.</exception>
    public abstract ModelSpec Read(ConfigFields config);

    /// <summary>What decoder-only models with rotary positions and RMSNorm have in common; families change what differs.</summary>
    protected static ModelSpec Common(ConfigFields config)
    {
        int hidden = config.Int("hidden_size"), heads = config.Int("num_attention_heads");
        return new ModelSpec
        {
            Layers = config.Int("num_hidden_layers"),
            Hidden = hidden,
            Heads = heads,
            KvHeads = config.OptionalInt("num_key_value_heads") ?? heads,
            HeadDim = config.OptionalInt("head_dim") ?? config.Divide("hidden_size", hidden, "num_attention_heads", heads),
            Ffn = config.Int("intermediate_size"),
            Vocab = config.Int("vocab_size"),
            TiedEmbeddings = config.Bool("tie_word_embeddings", false),
            DataType = config.DataType(),
        };
    }

    /// <summary>The layers (from 1) with a dense FFN: those listed in <c>mlp_only_layers</c> (from 0) and those that <c>decoder_sparse_step</c> skips.</summary>
    protected static IReadOnlySet<int> DenseLayers(ConfigFields config)
    {
        int layers = config.Int("num_hidden_layers"), step = config.OptionalInt("decoder_sparse_step") ?? 1;
        var listed = config.IntList("mlp_only_layers").Select(layer => layer + 1).ToHashSet();
        if (step < 1)
            throw config.Fault("decoder_sparse_step", "must be at least 1");
        return Enumerable.Range(1, layers).Where(layer => listed.Contains(layer) || layer % step != 0).ToHashSet();
    }
}
