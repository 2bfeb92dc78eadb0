namespace ParallelDag.Engines.Dialects;

/// <summary>What is particular to an engine: which placements it can express, and how it is told of them.</summary>
internal abstract class EngineDialect(EngineKind engine)
{
    /// <summary>The engine's options.</summary>
    public EngineTable Table { get; } = EngineTable.Of(engine);

    /// <summary>The engine's name.</summary>
    public string Name => Table.Name;

    /// <summary>The dialect of an engine.</summary>
    /// <exception cref="InputException">It has no server.</exception>
    public static EngineDialect Of(EngineKind engine) => engine switch
    {
        EngineKind.Vllm => new VllmDialect(),
        EngineKind.Sglang => new SglangDialect(),
        EngineKind.Trtllm => new TrtllmDialect(),
        _ => throw new InputException(
            "Megatron-Core is a library without a server; launch vllm, sglang or trtllm (import reads its arguments)"),
    };

    /// <summary>Notes why the engine cannot place the set so.</summary>
    public abstract void Refuse(InstanceSet set, LaunchReview review);

    /// <summary>Notes why the engine cannot lie on its nodes so.</summary>
    public virtual void RefuseNode(InstanceSet set, InstanceNode node, LaunchReview review)
    {
    }

    /// <summary>Notes where the engine differs although it places the set so.</summary>
    public abstract void Warn(InstanceSet set, LaunchReview review);

    /// <summary>What starts the engine on a node of an instance.</summary>
    public abstract EngineCommand Command(InstanceSet set, LaunchOptions options, InstanceNode node, NodeTerms terms);

    /// <summary>The engine's words for the cache's format; null for one that it does not keep.</summary>
    public abstract string? CacheType(string format);

    /// <summary>True where all nodes of an instance are started by one command (MPI).</summary>
    public virtual bool StartsAllNodes => false;

    /// <summary>The cache's format in the engine's words, where it is not that of activations.</summary>
    protected string? OwnCacheType(InstanceSet set) => set.Plan.Model.Precision.KvCache == set.Plan.Model.Precision.Activations
        ? null : CacheType(set.Plan.Model.Precision.KvCache.Name);
}
