namespace ParallelDag;

/// <summary>Which phases a command looks at.</summary>
public enum PhaseFilter
{
    /// <summary>Every phase that there is.</summary>
    All,

    /// <summary>Prefill alone.</summary>
    Prefill,

    /// <summary>Decode alone.</summary>
    Decode,
}
