namespace ParallelDag.Graphs;

/// <summary>
/// Operators whose kernels reach alike shares of a GPU's peak rates; a device has one efficiency for each class (and, where it matters,
/// format).
/// </summary>
public enum KernelClass
{
    /// <summary>No kernel: where a phase begins and ends, and what only communicates.</summary>
    None,

    /// <summary>Norms, additions, lookups, sums, routing, sampling: memory alone bounds them.</summary>
    Elementwise,

    /// <summary>Matrix products with weights.</summary>
    Gemm,

    /// <summary>Softmax attention of a prompt.</summary>
    AttentionPrefill,

    /// <summary>Softmax attention of new tokens against a cache of keys and values.</summary>
    AttentionDecode,

    /// <summary>Attention of new tokens against a cache of latents, absorbed.</summary>
    LatentDecode,

    /// <summary>Cores that are linear in the sequence: gated delta nets, lightning attention, state spaces.</summary>
    Recurrent,

    /// <summary>Routed experts, as one grouped matrix product.</summary>
    Experts,
}
