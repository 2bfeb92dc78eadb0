using ParallelDag.Wording;

namespace ParallelDag.Files;

/// <summary>
/// What a user named as input, read once and within bounds: a file, a device, a pipe, standard input or text at hand. UTF-16 and UTF-32
/// with a byte order mark
/// are turned into UTF-8; marks are taken away. Whatever is wrong is one line with a place.
/// </summary>
public sealed class InputFile
{
    private const int BlockBytes = 1 << 16;

    /// <summary>The file that a folder of a checkpoint is read as.</summary>
    private const string ConfigName = "config.json";

    private readonly byte[] _bytes;
    private readonly int _length;

    private InputFile(string name, string? path, byte[] bytes, int length)
    {
        Name = name;
        Path = path;
        (_bytes, _length) = InputEncoding.ToUtf8(bytes, length, name);
    }

    /// <summary>Reads the bytes of a file that is no text, as they are.</summary>
    /// <inheritdoc cref="Read(string, string?, int, CancellationToken)"/>
    public static byte[] ReadBinary(string path, string? name, int limit, CancellationToken cancellation = default) =>
        Guarded(path, name ?? path, () => Open(path, name ?? path, limit, (_, bytes, length) => bytes[..length], cancellation));

    /// <summary>The input as the user named it, for messages.</summary>
    public string Name { get; }

    /// <summary>The full path; null when it is no regular file.</summary>
    public string? Path { get; }

    /// <summary>The folder from which relative names in the input start; null when it is no regular file.</summary>
    public string? Folder => Path is null ? null : System.IO.Path.GetDirectoryName(Path);

    /// <summary>The content. Bytes that are no UTF-8 are still among them.</summary>
    public ReadOnlySpan<byte> Utf8 => _bytes.AsSpan(0, _length);

    /// <summary>
    /// Reads what stands at a path; a folder with a <c>config.json</c>, such as that of a checkpoint, is read as that file.
    /// </summary>
    /// <param name="path">Where it is.</param>
    /// <param name="name">The path as the user wrote it; null: <paramref name="path"/>.</param>
    /// <param name="limit">The most bytes that are read.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">It is another folder, cannot be read or holds more than <paramref name="limit"/> bytes.</exception>
    public static InputFile Read(string path, string? name, int limit, CancellationToken cancellation = default)
    {
        name ??= path;
        string file = FileOf(path);
        if (file != path)
            (path, name) = (file, System.IO.Path.Combine(name, ConfigName));
        return Guarded(path, name, () =>
            Open(path, name, limit, (known, bytes, length) => new InputFile(name, known, bytes, length), cancellation));
    }

    /// <summary>The file that a path is read from: of a folder with a <c>config.json</c> that file, else the path itself.</summary>
    public static string FileOf(string path)
    {
        string config = System.IO.Path.Combine(path, ConfigName);
        return Directory.Exists(path) && File.Exists(config) ? config : path;
    }

    /// <summary>Reads a file that another file names: only a regular one, because nobody waits there to feed a pipe.</summary>
    /// <inheritdoc cref="Read(string, string?, int, CancellationToken)"/>
    public static InputFile ReadRegular(string path, string? name, int limit, CancellationToken cancellation = default) =>
        FileStatus.Of(path).Kind == FileKind.Stream
            ? throw new InputException(name ?? path, default, "this is a device or a pipe; name a regular file")
            : Read(path, name, limit, cancellation);

    /// <summary>Reads a stream to its end; it stays open.</summary>
    /// <param name="stream">The bytes.</param>
    /// <param name="name">A name for messages.</param>
    /// <param name="limit">The most bytes that are read.</param>
    /// <param name="cancellation">Ends the work early, at the next block.</param>
    /// <exception cref="InputException">It cannot be read or holds more than <paramref name="limit"/> bytes.</exception>
    public static InputFile Read(Stream stream, string name, int limit, CancellationToken cancellation = default) =>
        Guarded(null, name, () => ReadAll(
            stream, name, limit, expected: 0, (bytes, length) => new InputFile(name, path: null, bytes, length), cancellation));

    /// <summary>Takes bytes that are at hand.</summary>
    public static InputFile Of(byte[] bytes, string name) => new(name, path: null, bytes, bytes.Length);

    /// <summary>Refuses input of a kind of which <paramref name="limit"/> bytes are always enough.</summary>
    /// <exception cref="InputException">It is longer.</exception>
    public void RequireAtMost(int limit)
    {
        if (_length > limit)
            throw TooLong(Name, limit);
    }

    /// <summary>The text of a line, from 1, without its break; null where there is none. O(text).</summary>
    public string? LineAt(int line) => PositionCounter.TryGetLine(Utf8, line, unicodeBreaks: false, out ReadOnlySpan<byte> bytes)
        ? SourceText.Shown(System.Text.Encoding.UTF8.GetString(bytes))
        : null;

    /// <summary>The same problems, each with the line that it points at.</summary>
    public InputException Quote(InputException fault) => new(
        [.. fault.Problems.Select(problem => problem.LineText is null && problem.File == Name && problem.Position.Line > 0
            ? problem with { LineText = LineAt(problem.Position.Line) }
            : problem)]);

    /// <summary>Reads what stands at a path; <paramref name="make"/> takes its full path, null when it is no regular file.</summary>
    private static T Open<T>(string path, string name, int limit, Func<string?, byte[], int, T> make, CancellationToken cancellation)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        bool known = stream.CanSeek && FileStatus.Of(path).Kind == FileKind.Regular;
        if (known && stream.Length > limit)
            throw TooLong(name, limit);
        string? full = known ? System.IO.Path.GetFullPath(path) : null;
        return ReadAll(stream, name, limit, known ? (int)stream.Length : 0, (bytes, length) => make(full, bytes, length), cancellation);
    }

    private static T ReadAll<T>(
        Stream stream, string name, int limit, int expected, Func<byte[], int, T> make, CancellationToken cancellation)
    {
        // One byte more than expected, so that the end shows without another block.
        byte[] bytes = new byte[Math.Max(BlockBytes, expected + 1)];
        int length = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            int read = stream.Read(bytes, length, Math.Min(bytes.Length - length, 16 * BlockBytes));
            if (read == 0)
                return make(bytes, length);
            length += read;
            if (length > limit)
                throw TooLong(name, limit);
            if (length == bytes.Length)
                Array.Resize(ref bytes, (int)Math.Min(2L * length, limit + 1L));
        }
    }

    private static InputException TooLong(string name, int limit) =>
        new(name, default, $"this is longer than {Size(limit)}, the most that is read here; check that it is the right file");

    private static string Size(int bytes) =>
        bytes >= 1 << 20 ? Words.Invariant($"{bytes >> 20} MiB") : Words.Invariant($"{bytes >> 10} KiB");

    private static T Guarded<T>(string? path, string name, Func<T> read)
    {
        if (path is not null && Directory.Exists(path))
            throw new InputException(name, default, "this is a folder without a config.json; name a file in it");
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException(name, default, "there is no such file; check the path");
        }
        catch (UnauthorizedAccessException)
        {
            throw new InputException(name, default, "the file may not be read; check its permissions");
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException or PathTooLongException)
        {
            throw new InputException(name, default, "this is not the name of a file");
        }
        catch (IOException fault)
        {
            throw new InputException(name, default, $"the file cannot be read: {fault.Message}");
        }
    }
}
