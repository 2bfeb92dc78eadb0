using ParallelDag.Operators;

namespace ParallelDag.Layers;

/// <summary>
/// What each position computes: a dense FFN or a mixture of experts. A closed set of kinds, each of which declares once, in its own file,
/// its weights and its
/// operators with placements; parameters, bytes, memory, FLOPs and the DAG follow.
/// </summary>
public abstract record FeedForward
{
    private protected FeedForward()
    {
    }

    /// <summary>
    /// The routed experts, or null. (A method, and a property in <see cref="FeedForwardExtensions"/>: experts are their own routed experts,
    /// and serializers would follow them without end.)
    /// </summary>
    public virtual MoeFeedForward? GetExperts() => null;

    /// <summary>Every weight.</summary>
    /// <param name="hidden">Width of the stream.</param>
    public abstract IEnumerable<WeightSpec> Weights(int hidden);

    /// <summary>What is wrong with its sizes: the model's key at fault, and what to change.</summary>
    public abstract IEnumerable<(string Key, string Message)> Faults();

    /// <summary>Why a strategy cannot run it: the phase's key at fault, and what to change.</summary>
    /// <param name="phase">Prefill or decode.</param>
    /// <param name="strategy">The strategy of the phase.</param>
    public virtual IEnumerable<(string Key, string Message)> Refusals(PhaseKind phase, PhaseStrategy strategy) => [];

    /// <summary>Adds its operators.</summary>
    /// <param name="program">The layer's program.</param>
    /// <param name="layer">The layer and its context.</param>
    /// <param name="input">What it may read.</param>
    /// <returns>The output in the stream's placement.</returns>
    internal abstract StepValue Add(ProgramBuilder program, LayerContext layer, FeedForwardInput input);
}

/// <summary>What a feed-forward part may read.</summary>
/// <param name="Stream">The stream before its norm.</param>
/// <param name="Normed">Normed hidden states in the stream's placement.</param>
/// <param name="Whole">The same, whole on every tp rank; gathered when first asked for.</param>
internal sealed record FeedForwardInput(StepValue Stream, StepValue Normed, Func<StepValue> Whole)
{
    /// <summary>An input whose whole tensor is gathered at most once.</summary>
    public static FeedForwardInput Of(StepValue stream, StepValue normed, Func<StepValue> gather)
    {
        StepValue? known = null;
        return new FeedForwardInput(stream, normed, () => known ??= gather());
    }
}
