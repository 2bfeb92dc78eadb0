namespace ParallelDag.Engines;

/// <summary>What a launch is written for.</summary>
public enum LaunchTarget
{
    /// <summary>Shell scripts, one a node.</summary>
    Shell,

    /// <summary>Slurm batch scripts.</summary>
    Slurm,

    /// <summary>Kubernetes LeaderWorkerSet.</summary>
    Lws,

    /// <summary>Kubernetes DisaggregatedSet: prefill and decode in one object.</summary>
    DisaggregatedSet,

    /// <summary>KServe LLMInferenceService.</summary>
    LlmInferenceService,

    /// <summary>NVIDIA Dynamo DynamoGraphDeployment.</summary>
    Dynamo,

    /// <summary>Values of the Helm chart llm-d-modelservice.</summary>
    LlmD,

    /// <summary>A configuration of Ray Serve LLM.</summary>
    Ray,
}

/// <summary>What a plan does not tell and a launch needs. Nothing of it is guessed.</summary>
public sealed record LaunchOptions
{
    /// <summary>The engine.</summary>
    public required EngineKind Engine { get; init; }

    /// <summary>The model's id or path, as the engine takes it.</summary>
    public required string Model { get; init; }

    /// <summary>What is written.</summary>
    public LaunchTarget Target { get; init; } = LaunchTarget.Shell;

    /// <summary>The container image; needed where containers are started.</summary>
    public string? Image { get; init; }

    /// <summary>The address that servers listen at; the engine's own where it is left out (containers listen at all).</summary>
    public string? Host { get; init; }

    /// <summary>The port of requests; the engine's own where it is left out.</summary>
    public int? Port { get; init; }

    /// <summary>The port at which nodes of an instance meet; that of the engine's documentation where it is left out.</summary>
    public int? RendezvousPort { get; init; }

    /// <summary>The address of the first node of the only instance; <c>$HEAD</c> where it is left out.</summary>
    public string? Head { get; init; }

    /// <summary>The names of the nodes, in the order of their GPUs; none: whoever starts a script says where.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>The Kubernetes namespace; none where it is left out.</summary>
    public string? Namespace { get; init; }
}
