namespace ParallelDag;

/// <summary>How a rule came out.</summary>
public enum CheckStatus
{
    /// <summary>The rule looked at everything that it speaks of, and it holds.</summary>
    Pass,

    /// <summary>The rule found a fault and names it.</summary>
    Fail,

    /// <summary>The graph lacks the facts that the rule needs; it neither passes nor fails.</summary>
    Skipped,
}
