using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Map;

/// <summary>Stages of a phase that are alike: as many layers, as many GPUs, as full.</summary>
internal sealed record StageRow(PhaseLayout Layout, int First, int Last, GpuMemory Memory)
{
    /// <summary>Decode, where it runs on the weights of this very row and has none of its own; else null.</summary>
    public PhaseLayout? Decode { get; init; }

    /// <summary>True where the plan has no other rows than those of this phase.</summary>
    public bool Alone { get; init; }

    /// <summary>True where a GPU of its stages does something else than in the plan that this one is compared with.</summary>
    public bool HasChanged { get; init; }

    /// <summary>Routed experts on a GPU.</summary>
    public int Experts { get; init; }

    /// <summary>How many stages.</summary>
    public int Count => Last - First + 1;

    /// <summary>The colour of the first of them.</summary>
    public Ink Ink => Ink.OfStage(First);

    /// <summary>The GPUs of the first of them.</summary>
    public GpuSet Gpus => Layout.Stages[First - 1].Gpus;

    /// <summary><c>Prefill stages 2-15</c>; <c>Stage 1</c> where decode has the same stages on the same GPUs, or there is one
    /// phase.</summary>
    public string Name => Alone ? Stages("Stage") : Layout.Stages.Count == 1 ? Layout.Id.ToTitle()
        : $"{Layout.Id.ToTitle()} {Stages("stage")}";

    /// <summary>Layers, GPUs, how many are alike, where decode is, how many experts a GPU holds.</summary>
    public IEnumerable<string> Lines
    {
        get
        {
            DagStage first = Layout.Stages[First - 1], last = Layout.Stages[Last - 1];
            GpuSet gpus = GpuSet.UnionAll(Layout.Stages.Skip(First - 1).Take(Count).Select(stage => stage.Gpus));
            yield return first.FirstLayer == last.LastLayer ? Words.Invariant($"layer {first.FirstLayer}")
                : Words.Invariant($"layers {first.FirstLayer}-{last.LastLayer}");
            yield return gpus.RangeCount <= 2 ? Amount.Gpus(gpus)
                : Words.Invariant($"{Words.Count(gpus.Count, "GPU")} of {gpus.First}-{gpus.Last}");
            if (Count > 1)
                yield return Words.Invariant($"{Count} stages alike");
            if (Decode is not null)
                yield return Decode.StageGpus[First - 1].Length == first.Gpus.Count ? "decode on the same"
                    : $"decode on {Words.Count(Decode.StageGpus[First - 1].Length, "GPU")} of each";
            if (Experts > 0)
                yield return $"{Words.Count(Experts, "expert")} a GPU";
        }
    }

    /// <summary>What a page finds it by.</summary>
    public IReadOnlyList<(string, string)> Keys =>
        [("phase", Layout.Id.ToName()), ("stage", First == Last ? Words.Invariant($"{First}") : Words.Invariant($"{First}-{Last}"))];

    private string Stages(string noun) => First == Last ? Words.Invariant($"{noun} {First}") : Words.Invariant($"{noun}s {First}-{Last}");

    /// <summary>The row in a sentence.</summary>
    public string Spoken(long capacity) =>
        $"{Name.Trim()}: {string.Join("; ", Lines)}; fullest GPU {Amount.Bytes(Memory.TotalBytes)} of {Amount.Bytes(capacity)}";

    /// <summary>The rows of a plan; beyond <paramref name="most"/> neighbours that are alike become one.</summary>
    public static IReadOnlyList<StageRow> Of(PictureSubject subject, int most)
    {
        DeploymentPlan plan = subject.Plan;
        PhaseLayout[] shown = [.. plan.Phases.Where(layout => !plan.SharesWeights || layout.Phase == PhaseKind.Prefill)];
        StageRow[] rows = [.. shown.SelectMany(layout => layout.Stages.Select(stage => new StageRow(
            layout, stage.Index, stage.Index, layout.StageGpus[stage.Index - 1].Select(gpu => subject.Memory[gpu])
                .MaxBy(memory => memory.TotalBytes))
        {
            Decode = plan.SharesWeights ? plan.DecodeLayout : null,
            Alone = shown.Length == 1,
            HasChanged = subject.Before is not null && layout.StageGpus[stage.Index - 1].Any(subject.HasChanged),
            Experts = new GpuRole(layout, stage.Index, 0).Experts(plan)?.Count ?? 0,
        }))];
        if (rows.Length <= most)
            return rows;
        List<StageRow> folded = Fold(rows, (left, right) => Layers(left) == Layers(right) && left.Memory == right.Memory);

        // Stages that differ in a layer's kind or two still tell little apart: only the fullest of a phase and its ends stay then.
        return folded.Count <= most ? folded : Fold(rows, (left, right) => left.First > 1 && right.Last < right.Layout.Stages.Count);
    }

    private static int Layers(StageRow row) => row.Layout.Stages[row.First - 1].LastLayer - row.Layout.Stages[row.First - 1].FirstLayer;

    private static List<StageRow> Fold(StageRow[] rows, Func<StageRow, StageRow, bool> alike)
    {
        var folded = new List<StageRow>();
        foreach (StageRow row in rows)
        {
            if (folded.Count > 0 && folded[^1].Layout == row.Layout && alike(folded[^1], row))
                {
                folded[^1] = folded[^1] with
                {
                    Last = row.Last,
                    HasChanged = folded[^1].HasChanged || row.HasChanged,
                    Memory = row.Memory.TotalBytes > folded[^1].Memory.TotalBytes ? row.Memory : folded[^1].Memory,
                };
            }
            else
                folded.Add(row);
        }

        return folded;
    }
}
