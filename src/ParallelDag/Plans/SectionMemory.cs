using ParallelDag.Accounting;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Tensors;

namespace ParallelDag.Plans;

/// <summary>
/// What a section holds on each class of ranks of a stage: weights, and the peak of activations while a micro-batch passes.
/// </summary>
internal sealed class SectionMemory
{
    private readonly RankClasses _classes;
    private readonly long[] _weights;
    private readonly long[] _activations;

    public SectionMemory(OperatorProgram program)
    {
        _classes = program.Classes;
        _weights = new long[_classes.Count];
        _activations = new long[_classes.Count];
        for (int index = 0; index < _classes.Count; index++)
        {
            int rank = _classes.Representatives[index];
            foreach (OperatorStep step in program.Steps)
                _weights[index] = checked(_weights[index] + step.WeightBytes(rank));
            _activations[index] = LiveActivations.Peak(program, rank);
        }
    }

    /// <summary>The same section in passes of other lengths: the same weights, and the most activations of any.</summary>
    public static SectionMemory Of(IEnumerable<OperatorProgram> passes)
    {
        SectionMemory[] all = [.. passes.Select(program => new SectionMemory(program))];
        SectionMemory last = all[^1];
        for (int index = 0; index < last._activations.Length && all.Length > 1; index++)
            last._activations[index] = all.Max(one => one.Activations(last._classes.Representatives[index]));
        return last;
    }

    /// <summary>Weight bytes of a rank.</summary>
    public long Weights(int rank) => _weights[_classes.ClassOfRank[rank]];

    /// <summary>Peak bytes of activations of a rank.</summary>
    public long Activations(int rank) => _activations[_classes.ClassOfRank[rank]];

    /// <summary>
    /// Bytes of cache and state that a mixer keeps of one micro-batch on each rank: prefill its part of the prompt, decode everything up to
    /// the last step;
    /// under a window the last positions alone.
    /// </summary>
    public static long[] CacheBytes(PhaseContext context, Mixer? mixer)
    {
        long[] bytes = new long[context.Mesh.Size];
        if (mixer is null)
            return bytes;
        long cached = mixer.CachedPositions(context.Length);
        foreach (CachedTensor tensor in mixer.Cache)
        {
            ShardedTensor placed = tensor.Of(context);
            for (int rank = 0; rank < bytes.Length; rank++)
            {
                long positions = 1;
                if (!tensor.PerSequence)
                {
                    (long start, long length) = placed.LocalRange(rank, 1);
                    positions = context.Phase == PhaseKind.Decode ? context.CachedPart(cached, rank)
                        : Math.Max(0, start + length - Math.Max(start, context.Length - cached));
                }

                long elements = checked(placed.LocalSize(rank, 0) * positions * tensor.UnitsOf(context, rank).Length * tensor.Width);
                bytes[rank] = checked(bytes[rank] + placed.Format.ElementBytes(elements));
            }
        }

        return bytes;
    }
}
