using System.Text.Json;
using ParallelDag.Files;
using ParallelDag.Readers;

namespace ParallelDag.Formats;

/// <summary>What an input that a user named holds.</summary>
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
    /// What <see cref="GraphFile.KindOf"/> knows is a graph; JSON with a top-level <c>model_type</c> is a configuration.
    /// Everything else is a plan, also what cannot be understood: its reader says why.
    /// </summary>
    public static InputKind Of(InputFile input) => GraphFile.KindOf(input) != GraphFileKind.None ? InputKind.Graph
        : HasModelType(input.Utf8) ? InputKind.ModelConfig
        : InputKind.Plan;

    private static bool HasModelType(ReadOnlySpan<byte> utf8)
    {
        if (utf8.TrimStart(" \t\r\n"u8) is not [(byte)'{', ..])
            return false;
        var options = new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var json = new Utf8JsonReader(utf8, options);
        try
        {
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1 && json.ValueTextEquals("model_type"u8))
                    return true;
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Not JSON: a plan may be YAML that begins with a brace.
        }

        return false;
    }
}
