using System.Collections.Concurrent;
using ParallelDag.Durations;
using ParallelDag.Plans;

namespace ParallelDag.Search;

/// <summary>
/// The divisions of a stage that a search has met: what rules say of each, and its form; made once, for prefill, decode and both together.
/// A form is for one thread at a time; searches take one phase after the other, and of a phase a division is one thread's.
/// </summary>
internal sealed class FormTable(SearchProblem problem, TimeModel times)
{
    private readonly ConcurrentDictionary<(PhaseKind Phase, PhaseStrategy Shape), string> _refusals = [];
    private readonly ConcurrentDictionary<(PhaseKind Phase, PhaseStrategy Shape), StageForm> _forms = [];
    private readonly ConcurrentDictionary<int, StageKind[]> _stages = [];
    private readonly ConcurrentDictionary<(int Gpus, int Stages), (GroupSpan Span, int Count)[]> _sends = [];

    /// <summary>The form of a division that no rule refuses.</summary>
    public StageForm FormOf(PhaseKind phase, PhaseStrategy shape) =>
        _forms.GetOrAdd((phase, shape), key => StageForm.Of(problem, times, key.Phase, key.Shape));

    /// <summary>A pipeline of so many stages of a division.</summary>
    public PipelineForm PipelineOf(StageForm form, int stages) => new(
        form, stages, _stages.GetOrAdd(stages, count => StageKind.Of(problem.Model, count)),
        _sends.GetOrAdd((form.Gpus, stages), key => PipelineForm.SendsOf(times.Cluster, key.Gpus, key.Stages)), times);

    /// <summary>The first rule that refuses a division, or null.</summary>
    public string? RefusalOf(PhaseKind phase, PhaseStrategy shape) =>
        _refusals.GetOrAdd((phase, shape), key => Refusal(key.Phase, key.Shape)) is { Length: > 0 } refusal ? refusal : null;

    private string Refusal(PhaseKind phase, PhaseStrategy shape)
    {
        int parts = shape.Dp * shape.Ep * (shape.AttentionOutput == AttentionOutput.ReduceScatter ? shape.Tp : 1);
        PhaseStrategy own = shape with { Batch = parts };
        ClusterSpec cluster = problem.Cluster with { Pool = PoolKind.Unified };
        PlanSpec spec = problem.With(phase == PhaseKind.Prefill ? own : null, phase == PhaseKind.Decode ? own : null, cluster);
        return PlanValidator.Validate(spec with { Limits = null }) is [PlanFault fault, ..] ? $"{fault.Path}: {fault.Message}" : "";
    }
}
