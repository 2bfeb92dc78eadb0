using ParallelDag.Accounting;
using ParallelDag.Durations;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Serving;

namespace ParallelDag.Search;

/// <summary>
/// Bytes on the GPUs of a stage as a function of the batch: weights; cache, which grows evenly with the sequences; and the activations that
/// are alive at the step with most of them, which do too. Ranks that hold alike are counted once.
/// </summary>
internal sealed class StageMemory
{
    private readonly RankForm[] _ranks;

    private StageMemory(RankForm[] ranks) => _ranks = ranks;

    /// <summary>The memory of a stage.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sections">The programs of a batch.</param>
    /// <param name="whole">The phase with sequences at their full length.</param>
    public static StageMemory Of(ModelSpec model, PhaseSections sections, PhaseContext whole)
    {
        long[][] cache = [.. model.LayerKinds.Select(kind => SectionMemory.CacheBytes(whole, kind.Mixer))];
        double sequences = whole.Batch;
        return new StageMemory([.. Representatives(sections, cache).Select(rank => new RankForm(
            Section(sections.Entry, rank), [.. sections.Kinds.Select(kind => Section(kind, rank))], Section(sections.Exit, rank),
            [.. cache.Select(ofKind => ofKind[rank] / sequences)]))]);

        SectionRoom Section(OperatorProgram program, int rank) => new(
            program.Steps.Sum(step => (double)step.WeightBytes(rank)), LiveActivations.Peak(program, rank) / sequences);
    }

    /// <summary>What the fullest GPU holds.</summary>
    /// <param name="stages">The stages.</param>
    /// <param name="microBatch">Sequences of a micro-batch.</param>
    /// <param name="sequences">Sequences whose cache is kept.</param>
    /// <param name="leastActivations">What is alive at times whatever these passes hold.</param>
    public GpuRoom Fullest(StageKind[] stages, int microBatch, long sequences, double leastActivations = 0)
    {
        GpuRoom fullest = default;
        foreach (StageKind stage in stages)
        {
            foreach (RankForm rank in _ranks)
            {
                GpuRoom room = rank.At(stage, microBatch, sequences);
                room = room with { Activations = Math.Max(room.Activations, leastActivations) };
                if (room.Total > fullest.Total)
                    fullest = room;
            }
        }

        return fullest;
    }

    /// <summary>One rank of each kind: those that differ in a program's numbers or in their cache.</summary>
    internal static List<int> Representatives(PhaseSections sections, params long[][] cache)
    {
        var seen = new HashSet<string>();
        var ranks = new List<int>();
        OperatorProgram[] programs = [sections.Entry, .. sections.Kinds, sections.Exit];
        bool alike = programs.All(program => program.Classes.Count == 1) && cache.All(kind => kind.All(bytes => bytes == kind[0]));
        for (int rank = 0; rank < (alike ? 1 : sections.Context.Mesh.Size); rank++)
        {
            int own = rank;
            if (seen.Add(string.Join(' ', programs.Select(program => (long)program.Classes.ClassOfRank[own])
                .Concat(cache.Select(kind => kind[own])))))
                ranks.Add(rank);
        }

        return ranks;
    }

    /// <summary>A section on a rank: bytes of its weights, and the most bytes that are alive at once for a sequence.</summary>
    private readonly record struct SectionRoom(double Weights, double Activations);

    private sealed record RankForm(SectionRoom Entry, SectionRoom[] Kinds, SectionRoom Exit, double[] CacheOfSequence)
    {
        public GpuRoom At(StageKind stage, int microBatch, long sequences)
        {
            double weights = 0, cache = 0, activations = 0;
            int[] layersOfKind = stage.LayersOfKind;
            if (stage.IsFirst)
                (weights, activations) = (Entry.Weights, Entry.Activations);
            for (int kind = 0; kind < Kinds.Length; kind++)
            {
                if (layersOfKind[kind] == 0)
                    continue;
                weights += Kinds[kind].Weights * layersOfKind[kind];
                cache += Math.Ceiling(CacheOfSequence[kind] * sequences) * layersOfKind[kind];
                activations = Math.Max(activations, Kinds[kind].Activations);
            }

            if (stage.IsLast)
                (weights, activations) = (weights + Exit.Weights, Math.Max(activations, Exit.Activations));
            return new GpuRoom(weights, cache, activations * microBatch);
        }
    }
}

/// <summary>What a GPU holds, in bytes.</summary>
/// <param name="Weights">Weights.</param>
/// <param name="Cache">Cache of its sequences.</param>
/// <param name="Activations">The most that is alive at once.</param>
internal readonly record struct GpuRoom(double Weights, double Cache, double Activations)
{
    /// <summary>All of it.</summary>
    public double Total => Weights + Cache + Activations;

    /// <summary>The largest part, as messages call it.</summary>
    public string LargestPart => Weights >= Cache && Weights >= Activations ? "weights" : Cache >= Activations ? "cache" : "activations";
}
