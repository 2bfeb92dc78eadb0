namespace ParallelDag.Accounting;

/// <summary>
/// The idle share of a pipeline: (p-1)/(v*m) of the ideal time, for p stages, m micro-batches and v virtual stages a GPU
/// (Narayanan et al., "Efficient large-scale language model training on GPU clusters using Megatron-LM", SC 2021, section 2.2).
/// Worked example: p=4, m=8, v=1: 0.375.
/// </summary>
public static class PipelineBubble
{
    /// <summary>Idle time over ideal time.</summary>
    public static double Fraction(int stages, int microBatches, int virtualStages = 1) =>
        (stages - 1.0) / ((double)virtualStages * microBatches);
}
