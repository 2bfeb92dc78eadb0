using System.Text.Json;

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

/// <summary>Tells plans, graphs and model configurations apart: by name, a <c>.json</c> by its top-level keys.</summary>
public static class InputKinds
{
    /// <summary>
    /// <c>.dot</c> and <c>.gv</c> are graphs. In a <c>.json</c> the first of the top-level keys <c>schema</c> (a graph) and
    /// <c>model_type</c> (a configuration) decides. Everything else is a plan, also what cannot be read: its reader says why.
    /// Reads no further than it must, in constant memory.
    /// </summary>
    public static InputKind Of(string path, CancellationToken cancellation = default)
    {
        if (HasExtension(path, ".dot") || HasExtension(path, ".gv"))
            return InputKind.Graph;
        if (!HasExtension(path, ".json"))
            return InputKind.Plan;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return Of(stream, cancellation);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or JsonException)
        {
            return InputKind.Plan;
        }
    }

    private static InputKind Of(Stream stream, CancellationToken cancellation)
    {
        byte[] buffer = new byte[65536];
        int filled = stream.ReadAtLeast(buffer, 3, throwOnEndOfStream: false);
        int start = filled >= 3 && buffer.AsSpan(0, 3).SequenceEqual("\uFEFF"u8) ? 3 : 0;
        var state = new JsonReaderState(new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        bool ended = false;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var reader = new Utf8JsonReader(buffer.AsSpan(start, filled - start), ended, state);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                    continue;
                if (reader.ValueTextEquals("schema"u8))
                    return InputKind.Graph;
                if (reader.ValueTextEquals("model_type"u8))
                    return InputKind.ModelConfig;
            }

            if (ended)
                return InputKind.Plan;
            state = reader.CurrentState;
            int rest = filled - start - (int)reader.BytesConsumed;
            buffer.AsSpan(filled - rest, rest).CopyTo(buffer);

            // A token longer than the buffer is a string that no file of ours holds.
            if (rest == buffer.Length)
                return InputKind.Plan;
            int count = stream.Read(buffer, rest, buffer.Length - rest);
            ended = count == 0;
            start = 0;
            filled = rest + count;
        }
    }

    private static bool HasExtension(string path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);
}
