using ParallelDag.Documents;

namespace ParallelDag.Engines.Import;

/// <summary>A command that starts an engine, with what its surroundings say of it.</summary>
internal sealed record ImportedCommand
{
    /// <summary>Environment variables.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>The words of the command.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The engine's own file, where it stands with the command.</summary>
    public DocumentMap? Config { get; init; }

    /// <summary>Options that a manifest has keys for, by what they mean.</summary>
    public IReadOnlyList<(string Means, string Value)> Typed { get; init; } = [];

    /// <summary>Which phases it serves; null: the command says it.</summary>
    public ServingRole? Role { get; init; }

    /// <summary>Instances.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Nodes of an instance; null: the command says it.</summary>
    public int? Nodes { get; init; }

    /// <summary>GPUs of a node; null: nothing says it.</summary>
    public int? GpusPerNode { get; init; }

    /// <summary>Texts of here-documents by file.</summary>
    public IReadOnlyDictionary<string, string> Documents { get; init; } = new Dictionary<string, string>();
}

/// <summary>Where the words of a command begin to be an engine's.</summary>
internal static class EngineStart
{
    /// <summary>The words behind those that start the engine; null for another command.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="words">The words of a command.</param>
    /// <param name="namesModel">True where the first bare word is the model.</param>
    public static IReadOnlyList<string>? Arguments(EngineKind engine, IReadOnlyList<string> words, out bool namesModel)
    {
        namesModel = false;
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i][(words[i].LastIndexOf('/') + 1)..], next = i + 1 < words.Count ? words[i + 1] : "";
            switch (engine)
            {
                case EngineKind.Vllm when word == "vllm" && next == "serve":
                    namesModel = true;
                    return [.. words.Skip(i + 2)];
                case EngineKind.Vllm when word is "vllm.entrypoints.openai.api_server" or "vllm.entrypoints.cli.main" or "dynamo.vllm":
                case EngineKind.Sglang when word is "sglang.launch_server" or "dynamo.sglang":
                case EngineKind.Trtllm when word is "dynamo.trtllm":
                    return [.. words.Skip(i + 1)];
                case EngineKind.Sglang when word == "sglang" && next == "serve":
                    return [.. words.Skip(i + 2)];
                case EngineKind.Trtllm when word == "trtllm-serve" && next != "disaggregated":
                    namesModel = true;
                    return [.. words.Skip(next == "serve" ? i + 2 : i + 1)];
                case EngineKind.Megatron when word.EndsWith(".py", StringComparison.Ordinal) && !word.StartsWith('-'):
                    return [.. words.Where(other => other != words[i] && other is not ("torchrun" or "python" or "python3"))];
                default:
                    break;
            }
        }

        return null;
    }
}
