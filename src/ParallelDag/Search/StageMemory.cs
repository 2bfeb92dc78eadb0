using ParallelDag.Accounting;
using ParallelDag.Durations;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Serving;

namespace ParallelDag.Search;

/// <summary>
/// Bytes on the GPUs of a stage as a function of the batch: weights; cache, which grows evenly with the sequences; and of the activations
/// that are alive at each step, which do too, the most. Ranks that hold alike are counted once.
/// </summary>
internal sealed class StageMemory
{
    private readonly RankForm[] _ranks;

    private StageMemory(RankForm[] ranks) => _ranks = ranks;

    /// <summary>The memory of sections that two batches are examples of.</summary>
    /// <param name="model">The model.</param>
    /// <param name="first">The programs of a batch.</param>
    /// <param name="second">Those of another.</param>
    /// <param name="whole">The phase with sequences at their full length.</param>
    public static StageMemory Of(ModelSpec model, PhaseSections first, PhaseSections second, PhaseContext whole)
    {
        long[][] cache = [.. model.LayerKinds.Select(kind => SectionMemory.CacheBytes(whole, kind.Mixer))];
        return Of((first.Context.Batch, first), (second.Context.Batch, second), cache, whole.Batch);
    }

    /// <summary>What chunks of prompts of two lengths keep alive; no cache.</summary>
    public static StageMemory OfChunks(
        ModelSpec model, (int Tokens, PhaseSections Sections) first, (int Tokens, PhaseSections Sections) second) =>
        Of(first, second, [.. model.LayerKinds.Select(_ => new long[first.Sections.Context.Mesh.Size])], 1);

    private static StageMemory Of(
        (int Size, PhaseSections Sections) first, (int Size, PhaseSections Sections) second, long[][] cache, int sequences)
    {
        return new StageMemory([.. Representatives(first.Sections, cache).Select(rank => new RankForm(
            Section(first.Sections.Entry, second.Sections.Entry, rank),
            [.. first.Sections.Kinds.Zip(second.Sections.Kinds, (one, two) => Section(one, two, rank))],
            Section(first.Sections.Exit, second.Sections.Exit, rank), [.. cache.Select(ofKind => ofKind[rank] / (double)sequences)]))]);

        SectionRoom Section(OperatorProgram one, OperatorProgram two, int rank)
        {
            long[] lives = LiveActivations.Of(one, rank), more = LiveActivations.Of(two, rank);
            return new SectionRoom(
                one.Steps.Sum(step => (double)step.WeightBytes(rank)),
                Highest([.. lives.Zip(more, (left, right) => first.Size == second.Size ? new Affine(left, 0)
                    : Affine.Through((first.Size, left), (second.Size, right))).Distinct()]));
        }
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

    /// <summary>The most activations of any GPU in any section.</summary>
    public double MostActivations(int microBatch) => _ranks.Max(rank => rank.MostActivations(microBatch));

    /// <summary>One rank of each kind: those that differ in a program's numbers or in their cache.</summary>
    private static List<int> Representatives(PhaseSections sections, long[][] cache)
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

    /// <summary>The lines that may be the highest at some batch from 1 on.</summary>
    private static Affine[] Highest(Affine[] lines)
    {
        var kept = new List<Affine>();
        foreach (Affine line in lines.OrderByDescending(line => line.At(1)).ThenByDescending(line => line.Each))
        {
            if (kept.Count == 0 || line.Each > kept[^1].Each)
                kept.Add(line);
        }

        return [.. kept];
    }

    /// <summary>A section on a rank: its weights, and what is alive at each of its steps.</summary>
    private sealed record SectionRoom(double Weights, Affine[] Lives)
    {
        public double Most(int batch)
        {
            double most = 0;
            foreach (Affine live in Lives)
                most = Math.Max(most, live.At(batch));
            return most;
        }
    }

    private sealed record RankForm(SectionRoom Entry, SectionRoom[] Kinds, SectionRoom Exit, double[] CacheOfSequence)
    {
        public double MostActivations(int microBatch) =>
            Math.Max(Math.Max(Entry.Most(microBatch), Exit.Most(microBatch)), Kinds.Max(kind => kind.Most(microBatch)));

        public GpuRoom At(StageKind stage, int microBatch, long sequences)
        {
            double weights = 0, cache = 0, activations = 0;
            int[] layersOfKind = stage.LayersOfKind;
            if (stage.IsFirst)
                (weights, activations) = (Entry.Weights, Entry.Most(microBatch));
            for (int kind = 0; kind < Kinds.Length; kind++)
            {
                if (layersOfKind[kind] == 0)
                    continue;
                weights += Kinds[kind].Weights * layersOfKind[kind];
                cache += Math.Ceiling(CacheOfSequence[kind] * sequences) * layersOfKind[kind];
                activations = Math.Max(activations, Kinds[kind].Most(microBatch));
            }

            if (stage.IsLast)
                (weights, activations) = (weights + Exit.Weights, Math.Max(activations, Exit.Most(microBatch)));
            return new GpuRoom(weights, cache, activations);
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
