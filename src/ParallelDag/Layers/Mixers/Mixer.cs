using ParallelDag.Operators;

namespace ParallelDag.Layers;

/// <summary>
/// How positions see one another: attention of some kind, a linear recurrence, a state space. A closed set of kinds, each of which declares
/// once, in its own
/// file, its weights, what it keeps of past positions, and its operators with placements; parameters, bytes, cache, memory, FLOPs and the
/// DAG follow.
/// </summary>
public abstract record Mixer
{
    private protected Mixer()
    {
    }

    /// <summary>What prefixes its operators: <c>attention</c>, or <c>mixer</c> for what is no attention.</summary>
    internal virtual string Stem => "attention";

    /// <summary>What it keeps of past positions, per token or per sequence.</summary>
    public virtual IReadOnlyList<CachedTensor> Cache => [];

    /// <summary>Every weight.</summary>
    /// <param name="hidden">Width of the stream.</param>
    public abstract IEnumerable<WeightSpec> Weights(int hidden);

    /// <summary>How many of a sequence's <paramref name="length"/> positions stay in the cache.</summary>
    public virtual long CachedPositions(long length) => length;

    /// <summary>How many positions the last <paramref name="queries"/> of a sequence of <paramref name="length"/> read together.</summary>
    public long ReadPositions(long length, long queries) => Math.Min(length, Math.Max(CachedPositions(length) + queries - 1, queries));

    /// <summary>What is wrong with its sizes: the model's key at fault, and what to change.</summary>
    public abstract IEnumerable<(string Key, string Message)> Faults();

    /// <summary>Why a strategy cannot run it: the phase's key at fault, and what to change.</summary>
    /// <param name="phase">Prefill or decode.</param>
    /// <param name="strategy">The strategy of the phase.</param>
    public virtual IEnumerable<(string Key, string Message)> Refusals(PhaseKind phase, PhaseStrategy strategy) => [];

    /// <summary>Adds its operators.</summary>
    /// <param name="program">The layer's program.</param>
    /// <param name="layer">The layer and its context.</param>
    /// <param name="input">Normed hidden states, whole on every tp rank.</param>
    /// <returns>The output in the stream's placement.</returns>
    internal abstract StepValue Add(ProgramBuilder program, LayerContext layer, StepValue input);
}
