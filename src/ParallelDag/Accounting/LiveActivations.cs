using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Accounting;

/// <summary>
/// The most bytes of activations that are alive at once on a rank while a section runs step by step: a step's outputs come to life with it
/// and end after their last reader; what enters the section lives until its last reader; what a step holds while it runs lives for that
/// step. Nothing is recomputed. States of sequences are cache, not activations.
/// </summary>
public static class LiveActivations
{
    /// <summary>Peak bytes on <paramref name="rank"/>. O(steps^2), with some tens of steps.</summary>
    public static long Peak(OperatorProgram program, int rank) => Of(program, rank).Max();

    /// <summary>Bytes on <paramref name="rank"/> before the first step and while each runs.</summary>
    public static long[] Of(OperatorProgram program, int rank) => Of(program, tensor => tensor.LocalBytes(rank));

    /// <summary>The same of other sizes of the tensors.</summary>
    internal static long[] Of(OperatorProgram program, Func<ITensor, long> bytesOf)
    {
        int steps = program.Steps.Count;

        // Per producer (the last entry: what enters the section) its last reader, which every output has, and its bytes.
        int[] lastReader = new int[steps + 1];
        long[] bytes = new long[steps + 1];
        foreach (OperatorStep step in program.Steps)
        {
            foreach (StepSource source in step.Sources)
            {
                int producer = source.Producer?.Index ?? steps;
                lastReader[producer] = step.Index;
                if (source.Producer is null)
                    bytes[steps] = Math.Max(bytes[steps], bytesOf(source.Tensor));
            }

            foreach (ITensor tensor in step.Outputs)
                bytes[step.Index] = checked(bytes[step.Index] + (step.IsState(tensor) ? 0 : bytesOf(tensor)));
        }

        lastReader[program.Output.Producer!.Index] = steps;
        long live = bytes[steps];
        long[] lives = new long[steps + 1];
        lives[0] = live;
        foreach (OperatorStep step in program.Steps)
        {
            live = checked(live + bytes[step.Index]);
            lives[step.Index + 1] = checked(live + (step.Scratch is ITensor scratch ? bytesOf(scratch) : 0));
            for (int producer = 0; producer <= steps; producer++)
            {
                if (lastReader[producer] == step.Index)
                    live -= bytes[producer];
            }
        }

        return lives;
    }
}
