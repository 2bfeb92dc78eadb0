namespace ParallelDag.Models.Families;

/// <summary>All families that are read: a new one adds its line here.</summary>
internal static class ModelFamilies
{
    private const string TextSuffix = "_text";

    private static readonly ModelFamily[] All =
    [
        new AfmoeFamily(),
        new ApertusFamily(),
        new BailingFamily(),
        new CohereFamily(),
        new DbrxFamily(),
        new DeepSeekFamily(),
        new ErnieFamily(),
        new Exaone4Family(),
        new FalconFamily(),
        new Gemma2Family(),
        new Gemma4Family(),
        new GemmaFamily(),
        new GlmFamily(),
        new GlmMoeFamily(),
        new Gpt2Family(),
        new GptNeoXFamily(),
        new GptOssFamily(),
        new GraniteFamily(),
        new GraniteHybridFamily(),
        new HunyuanFamily(),
        new JambaFamily(),
        new KimiLinearFamily(),
        new Lfm2Family(),
        new Llama4Family(),
        new LlamaFamily(),
        new LlamaLikeFamily(),
        new MimoFamily(),
        new MiniMaxFamily(),
        new MiniMaxM2Family(),
        new MistralFamily(),
        new MixtralFamily(),
        new NemotronHFamily(),
        new NemotronNasFamily(),
        new Olmo2Family(),
        new OlmoeFamily(),
        new OptFamily(),
        new Phi3Family(),
        new PhimoeFamily(),
        new QwenFamily(),
        new QwenHybridFamily(),
        new QwenMoeFamily(),
        new Starcoder2Family(),
    ];

    private static readonly Dictionary<string, ModelFamily> ByType = FamiliesByType();

    /// <summary>All known values of <c>model_type</c>, sorted.</summary>
    public static IReadOnlyList<string> KnownModelTypes => [.. ByType.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The family of a <c>model_type</c>, or null.</summary>
    public static ModelFamily? Find(string modelType) => ByType.GetValueOrDefault(NameOf(modelType));

    /// <summary>The type without the suffix of a nested language model: <c>gemma3_text</c> is read as <c>gemma3</c>.</summary>
    public static string NameOf(string modelType) =>
        modelType.EndsWith(TextSuffix, StringComparison.Ordinal) ? modelType[..^TextSuffix.Length] : modelType;

    private static Dictionary<string, ModelFamily> FamiliesByType()
    {
        var families = new Dictionary<string, ModelFamily>(StringComparer.Ordinal);
        foreach (ModelFamily family in All)
        {
            foreach (string type in family.ModelTypes)
                families.Add(type, family);
        }

        return families;
    }
}
