using ParallelDag.Formulas;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Tensors;

namespace ParallelDag.Migrations;

/// <summary>Something that GPUs hold, whole or in parts: a matrix of a layer, or a cached tensor of a layer.</summary>
/// <param name="Layer">The layer, from 1; 0 before the layers, -1 behind them.</param>
/// <param name="Name">The module, or the cached tensor.</param>
/// <param name="Matrix">Which of several: the expert.</param>
/// <param name="Format">How it is stored.</param>
internal readonly record struct HeldTensor(int Layer, string Name, int Matrix, string Format);

/// <summary>A part of it: a box of up to three ranges.</summary>
/// <param name="First">Rows or columns of a matrix; sequences of a cache.</param>
/// <param name="Second">Of a cache units (heads).</param>
/// <param name="Parts">Of a cache in how many parts its positions are dealt out.</param>
/// <param name="Part">Which of them.</param>
internal readonly record struct HeldBox((long Start, long Length) First, (long Start, long Length) Second, int Parts, int Part)
{
    /// <summary>What both have in common; null for nothing.</summary>
    public HeldBox? Common(HeldBox other)
    {
        if (Overlap(First, other.First) is not { Length: > 0 } first)
            return null;
        (long, long) second = Second;
        if (Second.Length > 0 || other.Second.Length > 0)
        {
            if (Overlap(Second, other.Second) is not { Length: > 0 } both)
                return null;
            second = both;
        }

        // Of two residue classes one of the least common multiple is common, or nothing (the Chinese remainder theorem).
        for (int part = Part; part < Parts * other.Parts; part += Parts)
        {
            if (part % other.Parts == other.Part)
                return new HeldBox(first, second, Parts / (int)Divisors.Greatest(Parts, other.Parts) * other.Parts, part);
        }

        return null;
    }

    /// <summary>The rest without a part of it.</summary>
    public IEnumerable<HeldBox> Without(HeldBox part)
    {
        if (part.First.Start > First.Start)
            yield return this with { First = (First.Start, part.First.Start - First.Start) };
        long end = First.Start + First.Length, partEnd = part.First.Start + part.First.Length;
        if (partEnd < end)
            yield return this with { First = (partEnd, end - partEnd) };
        HeldBox middle = this with { First = part.First };
        if (part.Second.Start > Second.Start)
            yield return middle with { Second = (Second.Start, part.Second.Start - Second.Start) };
        end = Second.Start + Second.Length;
        partEnd = part.Second.Start + part.Second.Length;
        if (partEnd < end)
            yield return middle with { Second = (partEnd, end - partEnd) };
        for (int other = Part; other < part.Parts; other += Parts)
        {
            if (other != part.Part)
                yield return part with { Part = other };
        }
    }

    private static (long Start, long Length) Overlap((long Start, long Length) left, (long Start, long Length) right)
    {
        long start = Math.Max(left.Start, right.Start);
        return (start, Math.Min(left.Start + left.Length, right.Start + right.Length) - start);
    }
}

/// <summary>A part on a GPU.</summary>
/// <param name="Gpu">The GPU.</param>
/// <param name="Box">The part.</param>
internal readonly record struct Holder(int Gpu, HeldBox Box);

/// <summary>What each GPU of a plan holds, with the size of any part of it.</summary>
internal sealed class Holdings
{
    private readonly Dictionary<HeldTensor, List<Holder>> _holders = [];
    private readonly Dictionary<HeldTensor, Func<HeldBox, long>> _bytes = [];
    private readonly HashSet<(HeldTensor, Holder)> _seen = [];

    /// <summary>Everything that is held.</summary>
    public IEnumerable<HeldTensor> All => _holders.Keys;

    /// <summary>Who holds parts of it, in the order of phases, stages and ranks.</summary>
    public IReadOnlyList<Holder> Of(HeldTensor held) => _holders.TryGetValue(held, out List<Holder>? holders) ? holders : [];

    /// <summary>True where a GPU holds that very part.</summary>
    public bool Has(HeldTensor held, Holder holder) => _seen.Contains((held, holder));

    /// <summary>The bytes of a part.</summary>
    public long Bytes(HeldTensor held, HeldBox box) => _bytes[held](box);

    /// <summary>The weights of every phase; what phases share is held once.</summary>
    public static Holdings OfWeights(DeploymentPlan plan)
    {
        var holdings = new Holdings();
        foreach (PhaseLayout layout in plan.Phases)
        {
            PhaseSections sections = plan.Sections(layout);
            foreach (DagStage stage in layout.Stages)
            {
                int[] gpus = layout.StageGpus[stage.Index - 1];
                if (stage.Index == 1)
                    holdings.AddWeights(0, sections.Entry, gpus);
                for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
                    holdings.AddWeights(layer, sections.Layer(layer), gpus);
                if (stage.Index == layout.Stages.Count)
                    holdings.AddWeights(-1, sections.Exit, gpus);
            }
        }

        return holdings;
    }

    /// <summary>The cache of decode at the last step; nothing for a plan without decode.</summary>
    public static Holdings OfCache(DeploymentPlan plan)
    {
        var holdings = new Holdings();
        foreach (PhaseLayout layout in plan.LayoutsOf(PhaseKind.Decode))
        {
            for (int microBatch = 0; microBatch < layout.Workload.MicroBatches; microBatch++)
            {
                PhaseContext context = plan.Context(layout, microBatch);
                foreach (DagStage stage in layout.Stages)
                {
                    for (int layer = stage.FirstLayer; layer <= stage.LastLayer; layer++)
                    {
                        if (plan.Model.Layer(layer).Mixer is Mixer mixer)
                            holdings.AddCache(plan, layout, context, (microBatch, layer), mixer, layout.StageGpus[stage.Index - 1]);
                    }
                }
            }
        }

        return holdings;
    }

    private void AddWeights(int layer, OperatorProgram program, int[] gpus)
    {
        var names = new Dictionary<string, int>();
        foreach (OperatorStep step in program.Steps)
        {
            foreach (PlacedWeight weight in step.Weights.Where(weight => weight is not BorrowedWeight))
            {
                // Two weights of one name (a module that occurs twice in a layer) are told apart by their order.
                int again = names.GetValueOrDefault(weight.Spec.Module);
                names[weight.Spec.Module] = again + 1;
                string name = again == 0 ? weight.Spec.Module : $"{weight.Spec.Module}#{again}";
                for (int rank = 0; rank < gpus.Length; rank++)
                {
                    foreach (int matrix in weight.MatricesOf(rank).Distinct())
                    {
                        Add(new HeldTensor(layer, name, matrix, weight.Format.Name), new Holder(gpus[rank],
                            new HeldBox(weight.LocalRange(rank), default, 1, 0)),
                            box => weight.Spec.Split == WeightSplit.Columns ? weight.Format.MatrixBytes(weight.Spec.Rows, box.First.Length)
                                : weight.Format.MatrixBytes(box.First.Length, weight.Spec.Columns));
                    }
                }
            }
        }
    }

    private void AddCache(DeploymentPlan plan, PhaseLayout layout, PhaseContext context, (int MicroBatch, int Layer) at, Mixer mixer,
        int[] gpus)
    {
        long cached = mixer.CachedPositions(context.Length);
        foreach (CachedTensor tensor in mixer.Cache)
        {
            Precisions.NumberFormat format = tensor.FormatIn(plan.Model.Precision);
            int parts = tensor.PerSequence ? 1 : context.CacheMesh.Degree(Axis.Dcp);
            for (int rank = 0; rank < gpus.Length; rank++)
            {
                (long Start, long Length) sequences = KvReshard.SequencesOf(layout, context, at.MicroBatch, rank);
                if (sequences.Length == 0)
                    continue;
                var box = new HeldBox(sequences, tensor.UnitsOf(context, rank), parts, parts == 1
                    ? 0 : context.CacheMesh.Coordinate(rank, Axis.Dcp));
                Add(new HeldTensor(at.Layer, tensor.Name, 0, format.Name), new Holder(gpus[rank], box), part => format.ElementBytes(checked(
                    part.First.Length * part.Second.Length * tensor.Width
                    * (tensor.PerSequence ? 1 : Partition.Size(cached, part.Parts, part.Part)))));
            }
        }
    }

    private void Add(HeldTensor held, Holder holder, Func<HeldBox, long> bytes)
    {
        if (!_seen.Add((held, holder)))
            return;
        if (!_holders.TryGetValue(held, out List<Holder>? holders))
        {
            _holders.Add(held, holders = []);
            _bytes.Add(held, bytes);
        }

        holders.Add(holder);
    }
}
