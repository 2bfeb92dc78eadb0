using ParallelDag.Documents;
using ParallelDag.Files;
using ParallelDag.Layers;
using ParallelDag.Models.Families;
using ParallelDag.Models.Quantization;
using ParallelDag.Operators;
using ParallelDag.Wording;

namespace ParallelDag.Models;

/// <summary>Reads a Hugging Face <c>config.json</c> as a model.</summary>
public static class HuggingFaceConfig
{
    private const int MaxBytes = 4 << 20;

    /// <summary>No published model comes near; sums of this size stay far from 2^63 whatever they are multiplied with.</summary>
    private const long MaxElements = 1L << 50;

    private const string ByHand =
        "a model of another type can be written in the plan: "
        + "model: { layers: 32, hidden: 4096, heads: 32, kvHeads: 8, ffn: 14336, vocab: 32000 }";

    private static readonly string[] NestedModels = ["text_config", "llm_config", "language_config"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file to open.</param>
    /// <param name="displayName">The file as the user named it.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The file cannot be read, is no config, or is of an unknown family.</exception>
    public static ModelSpec ReadFile(string path, string? displayName = null, CancellationToken cancellation = default) =>
        Read(InputFile.ReadRegular(path, displayName, MaxBytes, cancellation), cancellation);

    /// <summary>Reads an input.</summary>
    /// <exception cref="InputException">It is no config, or is of an unknown family.</exception>
    public static ModelSpec Read(InputFile input, CancellationToken cancellation = default)
    {
        input.RequireAtMost(MaxBytes);
        if (!input.Utf8.ContainsAnyExcept(" \t\r\n"u8))
            throw Empty(input.Name, default);
        return Read(JsonTree.Read(input, cancellation), input.Name, () => CheckpointFormats.ReadBeside(input, cancellation));
    }

    /// <summary>
    /// Reads a document. A config that nests its language model (<c>text_config</c>, <c>llm_config</c>) is read through it.
    /// </summary>
    /// <exception cref="InputException">The document is no config or of an unknown family.</exception>
    public static ModelSpec Read(DocumentNode root, string? file) => Read(root, file, beside: null);

    private static ModelSpec Read(DocumentNode root, string? file, Func<InputFile?>? beside)
    {
        if (root is not DocumentMap map)
            throw new InputException(file, root.Position, $"a model config is a mapping, not {root.Describe()}");
        if (map.Entries.Count == 0)
            throw Empty(file, map.Position);
        (ConfigFields config, ModelFamily family) = Resolve(map, file);
        try
        {
            ModelSpec model = family.Read(config);
            RequireSane(model, file, map);
            return CheckpointFormats.Apply(model with { NotCounted = [.. config.Uncounted()] }, map, file, beside);
        }
        catch (OverflowException)
        {
            throw new InputException(file, map.Position, "a size in this config is out of range");
        }
    }

    private static (ConfigFields Config, ModelFamily Family) Resolve(DocumentMap map, string? file)
    {
        var config = new ConfigFields(map, file, "");
        string type = config.Text("model_type", "");
        string? nestedField = Array.Find(NestedModels, config.Has);
        if (nestedField is not null && config.Section(nestedField) is not null)
        {
            var nested = (DocumentMap)map.Find(nestedField)!;
            string inner = new ConfigFields(nested, file, "").Text("model_type", "");
            string read = ModelFamilies.Find(inner) is null ? type : inner;
            if (ModelFamilies.Find(read) is ModelFamily known)
                return (new ConfigFields(nested, file, ModelFamilies.NameOf(read), config, nestedField + "."), known);
            throw Unknown(file, nested.Find("model_type")?.Position ?? config.PositionOf("model_type"), inner.Length > 0 ? inner : type);
        }

        if (type.Length == 0)
        {
            throw new InputException(file, map.Position, $"the field 'model_type' is missing; known are {Known}; {ByHand}");
        }

        ModelFamily family = ModelFamilies.Find(type) ?? throw Unknown(file, config.PositionOf("model_type"), type);
        return (new ConfigFields(map, file, ModelFamilies.NameOf(type)), family);
    }

    private static string Known => string.Join(", ", ModelFamilies.KnownModelTypes);

    private static InputException Unknown(string? file, TextPosition place, string type) =>
        new(file, place, $"the model_type '{OneLine.Quote(type)}' is not known; known are {Known}; {ByHand}");

    private static InputException Empty(string? file, TextPosition place) =>
        new(file, place == default ? new TextPosition(1, 1) : place, "this config is empty: it describes no model");

    /// <summary>Sizes that are each within bounds but make no model together.</summary>
    private static void RequireSane(ModelSpec model, string? file, DocumentMap map)
    {
        foreach ((string key, string message) in model.LayerKinds
            .SelectMany(layer => (layer.Mixer?.Faults() ?? []).Concat(layer.FeedForward?.Faults() ?? [])))
        {
            throw new InputException(file, map.Position, $"{key}: {message}");
        }

        Int128 elements = 0;
        for (int kind = 0; kind < model.LayerKinds.Count; kind++)
        {
            LayerSpec layer = model.LayerKinds[kind];
            Int128 ofLayer = 0;
            foreach (WeightSpec weight in layer.Weights(model.Hidden))
                ofLayer += (Int128)weight.Rows * weight.Columns * weight.Count;
            foreach (CachedTensor tensor in layer.Mixer?.Cache ?? [])
                ofLayer += (Int128)tensor.Units * tensor.Width;
            elements += ofLayer * model.KindOfLayer.Count(other => other == kind);
        }

        if (elements > MaxElements)
            throw new InputException(file, map.Position, "the sizes in this config make a model of more than 2^50 parameters; check them");
    }
}
