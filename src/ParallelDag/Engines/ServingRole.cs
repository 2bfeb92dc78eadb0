namespace ParallelDag.Engines;

/// <summary>Which phases a process of an engine serves.</summary>
public enum ServingRole
{
    /// <summary>Prompts and their continuation.</summary>
    Both,

    /// <summary>Prompts alone; caches are handed over.</summary>
    Prefill,

    /// <summary>Continuations alone.</summary>
    Decode,
}
