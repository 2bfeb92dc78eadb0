using ParallelDag.Documents;
using ParallelDag.Files;

namespace ParallelDag.Formats.Yaml;

/// <summary>
/// Reads YAML 1.1/1.2, and therefore JSON, into a document tree with line and column, strictly:
/// exactly one document, no duplicate keys, no tags, no merge keys, plain scalars as keys. An alias stands for its anchor's
/// value, as long as the whole, written out, stays within <see cref="MaxValues"/>. Whatever is wrong ends in an
/// <see cref="InputException"/>.
/// </summary>
public static class YamlDocument
{
    /// <summary>The longest document that is read. A plan that lists the load of 65,536 experts takes about 1 MiB.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>How deep lists and mappings may nest. A plan needs four levels.</summary>
    public const int MaxDepth = 64;

    /// <summary>How many values a document may hold with its aliases written out.</summary>
    public const int MaxValues = 500_000;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="displayName">The file as the user named it, for messages; null: <paramref name="path"/>.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">Every problem found, with line and column.</exception>
    public static DocumentNode ReadFile(string path, string? displayName = null, CancellationToken cancellation = default) =>
        Read(SourceText.Of(InputFile.Read(path, displayName, MaxBytes, cancellation), MaxBytes), cancellation);

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="displayName">A name for messages, or null.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">Every problem found, with line and column.</exception>
    public static DocumentNode Read(Stream stream, string? displayName = null, CancellationToken cancellation = default) =>
        Read(SourceText.Of(InputFile.Read(stream, displayName ?? "the plan", MaxBytes, cancellation), MaxBytes), cancellation);

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="displayName">A name for messages, or null.</param>
    /// <exception cref="InputException">Every problem found, with line and column.</exception>
    public static DocumentNode Read(string text, string? displayName = null) =>
        Read(SourceText.Of(text, displayName, MaxBytes));

    /// <summary>Reads a text that was decoded before.</summary>
    /// <param name="input">The text.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">Every problem found, with line and column, each quoting its line.</exception>
    public static DocumentNode Read(SourceText input, CancellationToken cancellation = default)
    {
        try
        {
            return new YamlComposer(input, cancellation).Compose();
        }
        catch (InputException fault)
        {
            throw input.Quote(fault);
        }
    }
}
