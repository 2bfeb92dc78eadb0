using ParallelDag.Operators;
using ParallelDag.Plans;

namespace ParallelDag.Serving;

/// <summary>
/// What a phase keeps in memory whatever runs: weights; and for each sequence: its cache. Of the GPU that has least room.
/// </summary>
/// <param name="WeightBytes">Weights of the fullest GPU.</param>
/// <param name="SequenceBytes">Cache of one sequence at the length that was asked for, of that GPU.</param>
public sealed record PhaseRoom(double WeightBytes, double SequenceBytes)
{
    /// <summary>The sequences that fit beside the weights into so many bytes; 0 when not even the weights do.</summary>
    public double Sequences(double bytes) => SequenceBytes == 0 ? double.PositiveInfinity : Math.Max(0,
        (bytes - WeightBytes) / SequenceBytes);

    /// <summary>The room of a form's phase: of its lengths, a cache over prompt and output (decode).</summary>
    /// <param name="model">The model.</param>
    /// <param name="form">The phase.</param>
    public static PhaseRoom Of(ModelSpec model, PhaseForm form)
    {
        PhaseContext context = form.Context;
        var sections = form.Sections;
        int ranks = context.Mesh.Size;
        SectionMemory entry = new(sections.Entry), exit = new(sections.Exit);
        SectionMemory[] kinds = [.. sections.Kinds.Select(kind => new SectionMemory(kind))];
        long[][] cache = [.. model.LayerKinds.Select(kind => SectionMemory.CacheBytes(context, kind.Mixer))];
        PhaseRoom? least = null;
        foreach (DagStage stage in form.Layout.Stages)
        {
            for (int rank = 0; rank < ranks; rank++)
            {
                double weights = stage.Index == 1 ? entry.Weights(rank) : 0, sequences = 0;
                for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
                {
                    int kind = model.KindOfLayer[layer - 1];
                    weights += kinds[kind].Weights(rank);
                    sequences += cache[kind][rank] / (double)context.Batch;
                }

                weights += stage.Index == form.Layout.Stages.Count ? exit.Weights(rank) : 0;
                var room = new PhaseRoom(weights, sequences);
                if (least is null || weights + sequences > least.WeightBytes + least.SequenceBytes)
                    least = room;
            }
        }

        return least!;
    }
}
