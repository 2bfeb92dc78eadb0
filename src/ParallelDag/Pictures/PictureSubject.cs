using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Pictures.Facts;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Pictures;

/// <summary>A plan as pictures are made of it, with the verdict that stands in their headings. What several pictures need is counted
/// once.</summary>
public sealed class PictureSubject
{
    private readonly Lazy<CheckReport> _report;
    private readonly Lazy<IReadOnlyDictionary<int, GpuMemory>> _memory;
    private readonly Lazy<IReadOnlyList<DagMemory>> _fullest;
    private readonly Lazy<IReadOnlyList<Conversation>> _conversations;
    private readonly Lazy<ILookup<int, GpuRole>> _roles;

    /// <summary>A plan, and the report of its checks where it is at hand; else they are run when a picture asks.</summary>
    public PictureSubject(DeploymentPlan plan, CheckReport? report = null, CancellationToken cancellation = default)
    {
        Plan = plan;
        Cancellation = cancellation;
        _report = new(() => report ?? CheckRunner.Run(
            DagGenerator.Generate(plan, DetailLevel.Operator, cancellation: cancellation), cancellation: cancellation));
        _memory = new(() => MemoryPlan.OfGpus(plan));
        _fullest = new(() => MemoryPlan.Of(plan));
        _conversations = new(() => Conversation.Of(plan));
        _roles = new(() => plan.Phases.SelectMany(GpuRole.Of).ToLookup(entry => entry.Gpu, entry => entry.Role));
    }

    /// <summary>The plan.</summary>
    public DeploymentPlan Plan { get; }

    /// <summary>The plan that it is compared with: what is other than there stands out in colour; null where nothing is compared.</summary>
    public PictureSubject? Before { get; init; }

    /// <summary>How its checks came out.</summary>
    public CheckReport Report => _report.Value;

    /// <summary>Ends the work early.</summary>
    internal CancellationToken Cancellation { get; }

    /// <summary>What every used GPU holds over all phases.</summary>
    internal IReadOnlyDictionary<int, GpuMemory> Memory => _memory.Value;

    /// <summary>The fullest GPU of every phase and stage.</summary>
    internal IReadOnlyList<DagMemory> Fullest => _fullest.Value;

    /// <summary>Who talks to whom.</summary>
    internal IReadOnlyList<Conversation> Conversations => _conversations.Value;

    /// <summary>True where a GPU does something else than in the plan that this one is compared with.</summary>
    internal bool HasChanged(int gpu) => Before is not null && Duties(gpu) != Before.Duties(gpu);

    /// <summary>What a GPU does in words: phases, stages, layers, coordinates, experts.</summary>
    internal string Duties(int gpu) => string.Join("; ", RolesOf(gpu).Select(role => Words.Invariant(
        $"{role.Phase.ToName()} stage {role.Stage}, layers {role.DagStage.FirstLayer}-{role.DagStage.LastLayer} {role.Coordinates} ")
        + (role.Experts(Plan) is { IsEmpty: false } experts ? $"experts {experts}" : "")));

    /// <summary>What a GPU does, prefill first.</summary>
    internal IEnumerable<GpuRole> RolesOf(int gpu) => _roles.Value[gpu];
}
