using ParallelDag.Documents;
using ParallelDag.Models.Families;

namespace ParallelDag.Models;

/// <summary>Reads a Hugging Face <c>config.json</c> as a model.</summary>
public static class HuggingFaceConfig
{
    private const int MaxBytes = 4 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file to open.</param>
    /// <param name="displayName">The file as the user named it.</param>
    /// <exception cref="InputException">The file cannot be read, is no config, or is of an unknown family.</exception>
    public static ModelSpec ReadFile(string path, string? displayName = null)
    {
        displayName ??= path;
        byte[] bytes;
        try
        {
            if (Directory.Exists(path))
                throw new InputException(displayName, default, "this is a folder; give a config.json");
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
                throw new InputException(displayName, default, $"this file is larger than {MaxBytes >> 20} MiB, so it is no model config");
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException(displayName, default, File.Exists(path) ? $"cannot be read: {exception.Message}" : "there is no such file");
        }

        return Read(JsonTree.Read(bytes, displayName), displayName);
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="InputException">The document is no config or of an unknown family.</exception>
    public static ModelSpec Read(DocumentNode root, string? file)
    {
        if (root is not DocumentMap map)
            throw new InputException(file, root.Position, $"a model config is a mapping, not {root.Describe()}");
        var config = new ConfigFields(map, file);
        string type = config.Text("model_type", "");
        string known = string.Join(", ", ModelFamily.KnownModelTypes);
        if (type.Length == 0)
            throw new InputException(file, map.Position, $"the field 'model_type' is missing; known are {known}");
        ModelFamily family = ModelFamily.Find(type)
            ?? throw new InputException(file, config.PositionOf("model_type"), $"the model_type '{type}' is not known; known are {known}");
        try
        {
            return family.Read(config);
        }
        catch (OverflowException)
        {
            throw new InputException(file, map.Position, "a size in this config is out of range");
        }
    }
}
