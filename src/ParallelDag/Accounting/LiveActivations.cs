using ParallelDag.Operators;

namespace ParallelDag.Accounting;

/// <summary>
/// The most bytes of activations that are alive at once on a rank while a section runs step by step: a step's outputs come to life with it and end after
/// their last reader; what enters the section lives until its last reader. Nothing is computed in place or recomputed.
/// </summary>
public static class LiveActivations
{
    /// <summary>Peak bytes on <paramref name="rank"/>.</summary>
    public static long Peak(OperatorProgram program, int rank)
    {
        const int Entering = -1;
        var lastReader = new Dictionary<int, int> { [program.Output.Producer!.Index] = int.MaxValue };
        long entering = 0;
        foreach (OperatorStep step in program.Steps)
        {
            foreach (StepSource source in step.Sources)
            {
                int producer = source.Producer?.Index ?? Entering;
                lastReader[producer] = Math.Max(lastReader.GetValueOrDefault(producer, Entering), step.Index);
                if (source.Producer is null)
                    entering = Math.Max(entering, source.Tensor.LocalBytes(rank));
            }
        }

        long live = entering, peak = entering;
        foreach (OperatorStep step in program.Steps)
        {
            live = checked(live + OutputBytes(step, rank));
            peak = Math.Max(peak, live);
            foreach (int ended in step.Sources.Select(source => source.Producer?.Index ?? Entering).Distinct().Where(producer => lastReader[producer] == step.Index))
                live -= ended == Entering ? entering : OutputBytes(program.Steps[ended], rank);
            if (!lastReader.ContainsKey(step.Index))
                live -= OutputBytes(step, rank);
        }

        return peak;
    }

    private static long OutputBytes(OperatorStep step, int rank) => step.Outputs.Sum(tensor => tensor.LocalBytes(rank));
}
