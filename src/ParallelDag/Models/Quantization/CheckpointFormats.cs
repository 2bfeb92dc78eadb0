using System.Text.RegularExpressions;
using ParallelDag.Documents;
using ParallelDag.Files;
using ParallelDag.Wording;

namespace ParallelDag.Models.Quantization;

/// <summary>
/// Finds a checkpoint's quantisation block, in its <c>config.json</c>, in the language model that the config nests, or in the
/// <c>hf_quant_config.json</c> beside it, and gives a model its formats.
/// </summary>
internal static class CheckpointFormats
{
    /// <summary>The file that Model Optimizer writes beside a <c>config.json</c>.</summary>
    public const string BesideName = "hf_quant_config.json";

    private const int MaxBytes = 4 << 20;

    // Older versions of compressed-tensors write the second.
    private static readonly string[] Fields = ["quantization_config", "compression_config"];
    private static readonly string[] Nests = ["text_config", "llm_config", "language_config"];

    /// <summary>The model in the formats of its checkpoint; unchanged where nothing is said of them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="root">Its <c>config.json</c>.</param>
    /// <param name="file">That file as the user named it.</param>
    /// <param name="beside">Reads the file beside it; null when there is none.</param>
    /// <exception cref="InputException">The block is not understood.</exception>
    public static ModelSpec Apply(ModelSpec model, DocumentMap root, string? file, Func<InputFile?>? beside = null)
    {
        try
        {
            return Scheme(root, file, beside) is QuantizationScheme scheme ? QuantizedModel.Of(model, scheme) : model;
        }
        catch (RegexMatchTimeoutException fault)
        {
            throw new InputException(
                file, root.Position, $"the expression '{OneLine.Quote(fault.Pattern)}' takes too long; write it without nested repeats");
        }
    }

    /// <summary>The file beside a config, or null.</summary>
    public static InputFile? ReadBeside(InputFile config, CancellationToken cancellation)
    {
        if (config.Folder is not string folder || !File.Exists(Path.Combine(folder, BesideName)))
            return null;
        string name = Path.Combine(Path.GetDirectoryName(config.Name) ?? "", BesideName);
        return InputFile.ReadRegular(Path.Combine(folder, BesideName), name, MaxBytes, cancellation);
    }

    private static QuantizationScheme? Scheme(DocumentMap root, string? file, Func<InputFile?>? beside)
    {
        if (Block(root, file, "") is QuantizationBlock block)
            return QuantizationReader.Read(block);
        foreach (string nest in Nests)
        {
            if (root.Find(nest) is DocumentMap inner && Block(inner, file, nest + ".") is QuantizationBlock nested)
                return QuantizationReader.Read(nested);
        }

        if (beside?.Invoke() is not InputFile input)
            return null;
        if (JsonTree.Read(input) is not DocumentMap document || document.Find("quantization") is not DocumentMap quantization)
            throw new InputException(input.Name, new(1, 1), "this is no quantisation config: it lacks the mapping 'quantization'");
        var written = new QuantizationBlock(quantization, input.Name, "quantization");
        return ModelOptimizer.Read(written) with { NotCounted = written.Unread() };
    }

    private static QuantizationBlock? Block(DocumentMap map, string? file, string path)
    {
        foreach (string field in Fields)
        {
            if (map.Find(field) is not DocumentNode node || node is DocumentScalar { IsNull: true })
                continue;
            return node is DocumentMap block ? new QuantizationBlock(block, file, path + field)
                : throw new InputException(file, node.Position, $"{path}{field}: must be a mapping, not {node.Describe()}");
        }

        return null;
    }
}
