using ParallelDag.Formulas;
using ParallelDag.Layers;

namespace ParallelDag.Serving;

/// <summary>The batches at which the tokens of a pass divide evenly over the routed experts of every layer.</summary>
internal static class EvenRouting
{
    /// <summary>
    /// The fewest data-parallel sequences at which every expert gets as many whole tokens: with p positions of a sequence that pass and k
    /// of E experts each, E over the greatest common divisor of E and p*k. Of a prompt those pass that no prefix cache holds; where ranks
    /// split a sequence, each group of experts has its part of the positions.
    /// <para>Worked example: prompts of 30 of which 10 are cached, 2 of 16 experts: 16/gcd(16, 40) = 2 sequences.</para>
    /// </summary>
    public static int Of(ModelSpec model, WorkloadSpec workload, PhaseKind phase, PhaseStrategy strategy)
    {
        long even = 1, positions = phase == PhaseKind.Prefill ? workload.PassingPositions : 1;
        int parts = strategy.Sp * (strategy.AttentionOutput == AttentionOutput.ReduceScatter ? strategy.Tp : 1);
        if (phase == PhaseKind.Prefill && positions % parts == 0)
            positions /= parts;
        foreach (MoeFeedForward moe in model.LayerKinds.Select(kind => kind.FeedForward?.Experts).OfType<MoeFeedForward>())
        {
            long own = moe.ExpertCount / Divisors.Greatest(moe.ExpertCount, positions * moe.TopK);
            even *= own / Divisors.Greatest(even, own);
        }

        return (int)even;
    }
}
