using ParallelDag.Documents;
using ParallelDag.Files;
using ParallelDag.Models.Families;
using ParallelDag.Models.Quantization;

namespace ParallelDag.Models;

/// <summary>Reads a Hugging Face <c>config.json</c> as a model.</summary>
public static class HuggingFaceConfig
{
    private const int MaxBytes = 4 << 20;

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
        return Read(JsonTree.Read(input, cancellation), input.Name, () => CheckpointFormats.ReadBeside(input, cancellation));
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="InputException">The document is no config or of an unknown family.</exception>
    public static ModelSpec Read(DocumentNode root, string? file) => Read(root, file, beside: null);

    private static ModelSpec Read(DocumentNode root, string? file, Func<InputFile?>? beside)
    {
        if (root is not DocumentMap map)
            throw new InputException(file, root.Position, $"a model config is a mapping, not {root.Describe()}");
        var config = new ConfigFields(map, file);
        string type = config.Text("model_type", "");
        string known = string.Join(", ", ModelFamilies.KnownModelTypes);
        if (type.Length == 0)
            throw new InputException(file, map.Position, $"the field 'model_type' is missing; known are {known}");
        ModelFamily family = ModelFamilies.Find(type)
            ?? throw new InputException(file, config.PositionOf("model_type"), $"the model_type '{type}' is not known; known are {known}");
        try
        {
            return CheckpointFormats.Apply(family.Read(config), map, file, beside);
        }
        catch (OverflowException)
        {
            throw new InputException(file, map.Position, "a size in this config is out of range");
        }
    }
}
