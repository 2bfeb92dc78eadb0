using System.Text.Json;
using ParallelDag.Readers;

namespace ParallelDag.Formats;

/// <summary>What a file that a user named holds.</summary>
public enum InputKind
{
    /// <summary>A deployment plan.</summary>
    Plan,

    /// <summary>A graph in DOT or JSON.</summary>
    Graph,

    /// <summary>A Hugging Face <c>config.json</c>.</summary>
    ModelConfig,
}

/// <summary>Tells plans, graphs and model configurations apart.</summary>
public static class InputKinds
{
    /// <summary>
    /// A file that <see cref="GraphFile.Detect"/> knows is a graph; a <c>.json</c> with a top-level <c>model_type</c> is a configuration.
    /// Everything else is a plan, also what cannot be read: its reader says why. Reads no further than it must, in constant memory.
    /// </summary>
    /// <param name="path">Where the file is.</param>
    /// <param name="displayName">The file as the user named it, for messages; null: <paramref name="path"/>.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">The file cannot be opened.</exception>
    public static InputKind Of(string path, string? displayName = null, CancellationToken cancellation = default)
    {
        // What comes through a pipe can be read once only; it is taken for a plan.
        if (path.StartsWith("/dev/", StringComparison.Ordinal))
            return InputKind.Plan;
        if (GraphFile.Detect(path, displayName) != GraphFileKind.None)
            return InputKind.Graph;
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return InputKind.Plan;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return HasModelType(stream, cancellation) ? InputKind.ModelConfig : InputKind.Plan;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return InputKind.Plan;
        }
    }

    private static bool HasModelType(Stream stream, CancellationToken cancellation)
    {
        byte[] buffer = new byte[65536];
        int filled = stream.ReadAtLeast(buffer, 3, throwOnEndOfStream: false);
        int start = buffer.AsSpan(0, filled).StartsWith("\uFEFF"u8) ? 3 : 0;
        var state = new JsonReaderState(new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        bool ended = false;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var reader = new Utf8JsonReader(buffer.AsSpan(start, filled - start), ended, state);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("model_type"u8))
                    return true;
            }

            if (ended)
                return false;
            state = reader.CurrentState;
            int rest = filled - start - (int)reader.BytesConsumed;
            buffer.AsSpan(filled - rest, rest).CopyTo(buffer);

            // A token longer than the buffer is a string that no configuration holds.
            if (rest == buffer.Length)
                return false;
            int count = stream.Read(buffer, rest, buffer.Length - rest);
            ended = count == 0;
            start = 0;
            filled = rest + count;
        }
    }
}
