namespace ParallelDag;

/// <summary>
/// One phase of a plan in numbers that can be sorted and compared, row by row over many plans: what <see cref="PlanDescription"/> tells,
/// with the tightest GPU and the slowest stage picked out. For a model without a plan there is one measure without a phase.
/// </summary>
public sealed class PhaseMeasure
{
    private readonly PlanDescription _description;
    private readonly PhaseDescription? _phase;

    private PhaseMeasure(PlanDescription description, PhaseDescription? phase)
    {
        _description = description;
        _phase = phase;
    }

    /// <summary>The plan's name, or the config file's.</summary>
    public string Plan => _description.Name;

    /// <summary>Prefill or decode; null for a model alone.</summary>
    public PhaseKind? Phase => _phase?.Phase;

    /// <summary>The set of instances of the phase, from 1; 0 where all are alike.</summary>
    public int Set => _phase?.Layout.Id.Set ?? 0;

    /// <summary>The strategy as people write it, or null.</summary>
    public string? Strategy => _phase?.Layout.Strategy.ToString();

    /// <summary>How many GPUs the phase runs on.</summary>
    public long Gpus => _phase?.Layout.Strategy.WorldSize ?? 0;

    /// <summary>Weights of the fullest GPU, in bytes.</summary>
    public long? WeightBytes => Tightest?.WeightBytes;

    /// <summary>KV cache of the fullest GPU, in bytes.</summary>
    public long? KvCacheBytes => Tightest?.KvCacheBytes;

    /// <summary>What the fullest GPU holds at most over all phases, in bytes.</summary>
    public long? PeakBytes => Tightest?.UnionBytes;

    /// <summary>What the fullest GPU has left, in bytes; negative when it does not fit.</summary>
    public long? Left => Tightest is { } memory ? memory.CapacityBytes - memory.UnionBytes : null;

    /// <summary>True when every GPU fits.</summary>
    public bool? Fits => _phase?.Memory.All(memory => memory.Fits);

    /// <summary>Idle time of the pipeline over its ideal time.</summary>
    public double? Bubble => _phase?.PipelineBubble;

    /// <summary>Seconds of the slowest stage for one micro-batch: for comparison, not a forecast.</summary>
    public double? StageSeconds => _phase?.StageSeconds.Max();

    /// <summary>All parameters of the model.</summary>
    public long Parameters => _description.Model.TotalParameters;

    /// <summary>Those that one token uses.</summary>
    public long ActiveParameters => _description.Model.ActiveParameters;

    /// <summary>Bytes of KV cache for one token over all layers.</summary>
    public long KvCacheBytesPerToken => _description.Model.KvCacheBytesPerToken;

    /// <summary>Everything that is known of the model. (Methods, so that tables and serializers show numbers alone.)</summary>
    public ModelDescription GetModel() => _description.Model;

    /// <summary>The fullest GPU of each stage.</summary>
    public IReadOnlyList<DagMemory> GetMemory() => _phase?.Memory ?? [];

    /// <summary>The process groups of each axis, as GPU indices.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<int[]>>> GetGroups() => _phase?.Groups ?? [];

    /// <summary>The stages with their layers and GPUs.</summary>
    public IReadOnlyList<DagStage> GetStages() => _phase?.Layout.Stages ?? [];

    /// <summary>The whole description: all that <c>paralleldag describe</c> tells.</summary>
    public PlanDescription GetDescription() => _description;

    /// <summary>The measures of a description: one a phase, or one of the model alone.</summary>
    public static IReadOnlyList<PhaseMeasure> Of(PlanDescription description) => description.Phases.Count == 0
        ? [new PhaseMeasure(description, null)]
        : [.. description.Phases.Select(phase => new PhaseMeasure(description, phase))];

    /// <summary><c>llm_parallel prefill pp4 ep4 tp2 sp2</c>.</summary>
    public override string ToString() => _phase is { Layout.Id: var phase } ? $"{Plan} {phase.ToName()} {Strategy}" : Plan;

    private DagMemory? Tightest => _phase?.Memory.MinBy(memory => memory.CapacityBytes - memory.UnionBytes);
}
