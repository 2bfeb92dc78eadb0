namespace ParallelDag.Strategies;

/// <summary>
/// How layers spread over stages. Equal where it divides; otherwise the remainder goes one layer each to the stages counted back from the
/// last but one (vLLM's rule, vllm/distributed/utils.py get_pp_indices): 61 over 4 is 15, 15, 16, 15.
/// </summary>
internal static class LayerSplit
{
    /// <summary>The rule.</summary>
    public static int[] Even(int layers, int stages)
    {
        int[] split = Enumerable.Repeat(layers / stages, stages).ToArray();
        for (int extra = 0, stage = stages - 2; extra < layers % stages; extra++, stage--)
            split[stage]++;
        return split;
    }

    /// <summary>
    /// The contiguous split with the smallest slowest stage, every stage with at least one layer. O(layers^2 * stages) time.
    /// Of equal splits the one with the longest early stages is taken.
    /// </summary>
    /// <param name="layerCosts">The cost of each layer.</param>
    /// <param name="stages">How many stages.</param>
    /// <param name="entryCost">What the first stage does beside its layers.</param>
    /// <param name="exitCost">What the last stage does beside its layers.</param>
    public static int[] Balanced(IReadOnlyList<double> layerCosts, int stages, double entryCost, double exitCost)
    {
        int layers = layerCosts.Count;
        double[] before = new double[layers + 1];
        for (int layer = 0; layer < layers; layer++)
            before[layer + 1] = before[layer] + layerCosts[layer];

        // best[s][l]: the smallest slowest stage when the first s stages hold the first l layers; cut[s][l]: where the last of them starts.
        double[][] best = new double[stages + 1][];
        int[][] cut = new int[stages + 1][];
        for (int stage = 0; stage <= stages; stage++)
        {
            best[stage] = Enumerable.Repeat(double.PositiveInfinity, layers + 1).ToArray();
            cut[stage] = new int[layers + 1];
        }

        best[0][0] = 0;
        for (int stage = 1; stage <= stages; stage++)
        {
            for (int end = stage; end <= layers - (stages - stage); end++)
            {
                for (int start = end - 1; start >= stage - 1; start--)
                {
                    double cost = before[end] - before[start] + (stage == 1 ? entryCost : 0) + (stage == stages ? exitCost : 0);
                    double slowest = Math.Max(best[stage - 1][start], cost);
                    if (slowest < best[stage][end])
                    {
                        best[stage][end] = slowest;
                        cut[stage][end] = start;
                    }
                }
            }
        }

        int[] split = new int[stages];
        for (int stage = stages, end = layers; stage >= 1; end = cut[stage][end], stage--)
            split[stage - 1] = end - cut[stage][end];
        return split;
    }
}
