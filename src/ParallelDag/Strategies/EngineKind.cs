namespace ParallelDag;

/// <summary>An engine that runs models, or the library that trained them.</summary>
public enum EngineKind
{
    /// <summary>vLLM.</summary>
    Vllm,

    /// <summary>SGLang.</summary>
    Sglang,

    /// <summary>TensorRT-LLM.</summary>
    Trtllm,

    /// <summary>Megatron-Core: a library without a server of its own; its arguments are read, never written.</summary>
    Megatron,
}
