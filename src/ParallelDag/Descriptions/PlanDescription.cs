using ParallelDag.Accounting;
using ParallelDag.Collections;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Strategies;
using ParallelDag.Durations;

namespace ParallelDag;

/// <summary>What <c>describe</c> tells of a plan: parameters, meshes, process groups, stages, memory, expert load, times.</summary>
public sealed record PlanDescription
{
    /// <summary>The plan's name, or the config file's.</summary>
    public required string Name { get; init; }

    /// <summary>The engine whose habits stand for keys that the plan leaves out; null for none.</summary>
    public EngineKind? Engine { get; init; }

    /// <summary>The model.</summary>
    public required ModelDescription Model { get; init; }

    /// <summary>The phases; empty for a model alone.</summary>
    public IReadOnlyList<PhaseDescription> Phases { get; init; } = [];

    /// <summary>True when decode finds its weights on the prefill GPUs.</summary>
    public bool SharesWeights { get; init; }

    /// <summary>Bytes of KV cache that decode takes over, and those of them that cross the wire; null without both phases.</summary>
    public KvHandOffDescription? KvHandOff { get; init; }

    /// <summary>What both phases make of the cluster together; null without both phases.</summary>
    public PoolUse? Pool { get; init; }

    /// <summary>The numbers by which operators and collectives are timed; null for a model alone.</summary>
    public SpeedDescription? Speed { get; init; }

    /// <summary>The best change of the plan that leaves its degrees as they are, in a sentence; null where none gains anything.</summary>
    internal Lazy<string?>? CheapChange { get; private init; }

    /// <summary>The plan itself; null for a model alone.</summary>
    internal DeploymentPlan? Plan { get; private init; }

    /// <summary>Describes a plan.</summary>
    public static PlanDescription Of(DeploymentPlan plan)
    {
        IReadOnlyList<DagMemory> memory = MemoryPlan.Of(plan);
        KvHandOffDescription? handOff = plan.HasBothPhases ? KvHandOffDescription.Of(plan) : null;
        return new PlanDescription
        {
            Name = plan.Name,
            Plan = plan,
            CheapChange = new Lazy<string?>(() => Search.PlanImprovement.BestCheap(plan)),
            Engine = plan.GetSpec().Engine,
            Model = ModelDescription.Of(plan.Model, (long)plan.Workload.PromptLength + plan.Workload.OutputLength),
            Phases = [.. plan.Phases.Select(layout => PhaseDescription.Of(plan, layout, memory))],
            SharesWeights = plan.SharesWeights,
            Speed = SpeedDescription.Of(plan.TimeModel),
            KvHandOff = handOff,
            Pool = handOff is null ? null : PoolUse.Of(plan, handOff.NeededBytes - handOff.MovedBytes),
        };
    }

    /// <summary>Describes a model alone.</summary>
    public static PlanDescription Of(string name, ModelSpec model) => new() { Name = name, Model = ModelDescription.Of(model) };
}

/// <summary>Where a phase runs and what it holds.</summary>
public sealed record PhaseDescription
{
    /// <summary>Prefill or decode.</summary>
    public required PhaseKind Phase { get; init; }

    /// <summary>The mesh, stages and groups.</summary>
    public required PhaseLayout Layout { get; init; }

    /// <summary>Process groups per axis as global GPU indices; none for an axis of degree 1.</summary>
    public required IReadOnlyList<KeyValuePair<string, IReadOnlyList<int[]>>> Groups { get; init => field = value.ToValueList(); }

    /// <summary>The fullest GPU of each stage.</summary>
    public required IReadOnlyList<DagMemory> Memory { get; init => field = value.ToValueList(); }

    /// <summary>The terms of the phase's memory: what divides each, and what they add up to.</summary>
    public required IReadOnlyList<MemoryTerm> MemoryTerms { get; init; }

    /// <summary>Weight bytes of the GPU that is fullest in the phase, by class.</summary>
    public required IReadOnlyList<KeyValuePair<WeightClass, long>> WeightBytesByClass { get; init; }

    /// <summary>Bytes of cache for one token over all layers and GPUs, a copy counted once.</summary>
    public required long CacheBytesPerToken { get; init; }

    /// <summary>Bytes of state for one sequence over all layers and GPUs, a copy counted once.</summary>
    public required long StateBytesPerSequence { get; init; }

    /// <summary>
    /// The most sequences of the workload's lengths that the phase, by itself, can hold at once; 0 when not even the smallest batch fits;
    /// null for more GPUs than are searched.
    /// </summary>
    public int? SequencesThatFit { get; init; }

    /// <summary>Tokens that a sequence of the phase has in the end.</summary>
    public required long SequenceLength { get; init; }

    /// <summary>
    /// Seconds that one micro-batch takes in each stage by the time model.
    /// </summary>
    public required IReadOnlyList<double> StageSeconds { get; init; }

    /// <summary>Idle time of the pipeline over its ideal time.</summary>
    public required double PipelineBubble { get; init; }

    /// <summary>How tokens meet their experts; null without experts.</summary>
    public DispatchDescription? Dispatch { get; init; }

    /// <summary>Load of the fullest EP rank over the mean, experts in order; null without experts.</summary>
    public double? ExpertImbalanceBefore { get; init; }

    /// <summary>The same in the placement that the graph uses.</summary>
    public double? ExpertImbalanceAfter { get; init; }

    internal static PhaseDescription Of(DeploymentPlan plan, PhaseLayout layout, IReadOnlyList<DagMemory> memory)
    {
        MoeFeedForward? experts = plan.Model.Experts;
        DagMemory[] own = [.. memory.Where(entry => entry.Phase == layout.Id)];
        return new PhaseDescription
        {
            Phase = layout.Phase,
            Layout = layout,
            Groups = [.. layout.GroupAxes.Select(axis => KeyValuePair.Create(axis.ToName(), layout.Groups(axis)))],
            Memory = own,
            MemoryTerms = Plans.MemoryTerms.Of(plan, layout),
            WeightBytesByClass = HeldWeights.Of(plan, layout, own.MaxBy(entry => entry.TotalBytes)!),
            CacheBytesPerToken = ModelSize.KvCacheBytesPerToken(plan.Model),
            StateBytesPerSequence = ModelSize.StateBytesPerSequence(plan.Model),
            SequencesThatFit = SequenceRoom.Of(plan, layout),
            SequenceLength = plan.Context(layout).OfPrompt().Length,
            StageSeconds = [.. layout.Stages.Select(stage => SecondsOf(plan, layout, stage))],
            PipelineBubble = Accounting.PipelineBubble.Fraction(layout.Stages.Count, layout.Passes.Count),
            Dispatch = DispatchDescription.Of(plan, layout),
            ExpertImbalanceBefore = experts is null ? null : Placed(ExpertPlacement.Contiguous, experts),
            ExpertImbalanceAfter = experts is null ? null : Placed(ExpertPlacement.Of, experts),
        };

        double Placed(Func<int, int, ExpertLoad, int, ExpertPlacement> place, MoeFeedForward moe) =>
            place(moe.ExpertCount, layout.Strategy.RedundantExperts, plan.Workload.ExpertLoad, layout.Strategy.Ep).Imbalance;
    }

    private static double SecondsOf(DeploymentPlan plan, PhaseLayout layout, DagStage stage)
    {
        PhaseSections sections = plan.Sections(layout);
        int[] gpus = layout.StageGpus[stage.Index - 1];
        double Cost(OperatorProgram program) => SectionTimes.Seconds(program, plan.TimeModel, gpus);
        double seconds = stage.Index == 1 ? Cost(sections.Entry) : 0;
        foreach (IGrouping<int, int> layers in Enumerable.Range(stage.FirstLayer, stage.LastLayer - stage.FirstLayer + 1)
            .GroupBy(layer => plan.Model.KindOfLayer[layer - 1]))
            seconds += layers.Count() * Cost(sections.Kinds[layers.Key]);
        return stage.Index == layout.Stages.Count ? seconds + Cost(sections.Exit) : seconds;
    }
}

/// <summary>The KV cache on its way from prefill to decode.</summary>
/// <param name="NeededBytes">What decode takes over, over all GPUs and layers.</param>
/// <param name="MovedBytes">What of it receivers do not hold already.</param>
public sealed record KvHandOffDescription(long NeededBytes, long MovedBytes)
{
    internal static KvHandOffDescription Of(DeploymentPlan plan)
    {
        long needed = 0, moved = 0;
        foreach ((KvReshard reshard, int layers) in LayerReshards.Of(plan))
        {
            needed = checked(needed + (reshard.Receivers.Sum(receiver => receiver.NeededBytes) * layers));
            moved = checked(moved + (reshard.Receivers.Sum(receiver => receiver.MovedBytes) * layers));
        }

        return new KvHandOffDescription(needed, moved);
    }
}
