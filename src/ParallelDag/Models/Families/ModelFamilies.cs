using System.Collections.Frozen;

namespace ParallelDag.Models.Families;

/// <summary>All families that are read: a new one adds its line here.</summary>
internal static class ModelFamilies
{
    private static readonly ModelFamily[] All =
    [
        new LlamaFamily(), new MistralFamily(), new MixtralFamily(), new QwenFamily(), new QwenMoeFamily(), new DeepSeekFamily(),
            new Gpt2Family(), new GptOssFamily(),
    ];

    private static readonly FrozenDictionary<string, ModelFamily> ByType = All
        .SelectMany(family => family.ModelTypes.Select(name => (name, family)))
        .ToFrozenDictionary(pair => pair.name, pair => pair.family, StringComparer.Ordinal);

    /// <summary>All known values of <c>model_type</c>, sorted.</summary>
    public static IReadOnlyList<string> KnownModelTypes { get; } = [.. ByType.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The family of a <c>model_type</c>, or null.</summary>
    public static ModelFamily? Find(string modelType) => ByType.GetValueOrDefault(modelType);
}
