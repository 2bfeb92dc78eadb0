namespace ParallelDag;

/// <summary>Where the phases of a plan run.</summary>
public enum PoolKind
{
    /// <summary>Decode runs on the prefill GPUs.</summary>
    Unified,

    /// <summary>Decode runs on GPUs of its own, after those of prefill.</summary>
    Disaggregated,
}

/// <summary>Names of pools, as plans and files carry them.</summary>
public static class PoolKinds
{
    /// <summary><c>unified</c>, <c>disaggregated</c>.</summary>
    public static string ToName(this PoolKind pool) => pool == PoolKind.Unified ? "unified" : "disaggregated";
}
