using ParallelDag.Strategies;

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

    /// <summary>The port of requests of an instance: those of a node count up.</summary>
    public int PortOf(LaunchOptions options, InstanceNode node) => (options.Port ?? Table.Port) + node.Neighbour;

    /// <summary>Where a server listens, as far as it is not the engine's own choice.</summary>
    protected void AddAddress(CommandBuilder command, LaunchOptions options, InstanceNode node)
    {
        if (options.Host is string host)
            command.Option("host", host);
        command.Option("port", PortOf(options, node), options.Port is not null || node.HasNeighbours);
    }

    /// <summary>Refuses copies of experts where none is whole on a rank.</summary>
    protected void RefuseRedundantExperts(InstanceSet set, LaunchReview review)
    {
        if (set.Strategy.RedundantExperts > 0 && set.Ep == 1)
            review.Refuse($"{set.Section}.redundantExperts",
                $"{Name} balances copies of experts with expert parallelism alone; set ep, or leave redundantExperts out");
    }

    /// <summary>True where stages have the layers that the engine gives them by itself.</summary>
    protected bool HasOwnLayers(InstanceSet set) =>
        set.Layers.SequenceEqual(EngineHabits.Layers(Table.Engine, set.Layers.Sum(), set.Pp));

    /// <summary>The cache's format in the engine's words, where it is not that of activations.</summary>
    protected string? OwnCacheType(InstanceSet set) => set.Plan.Model.Precision.KvCache == set.Plan.Model.Precision.Activations
        ? null : CacheType(set.Plan.Model.Precision.KvCache.Name);
}
