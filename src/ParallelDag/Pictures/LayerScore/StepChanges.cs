using ParallelDag.Operators;
using ParallelDag.Pictures.Facts;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.LayerScore;

/// <summary>
/// The operators of a layer that are other than in the plan that this one is compared with: what they yield, how long they take, which
/// bytes they send over which link; and those that are gone.
/// </summary>
internal sealed class StepChanges
{
    private readonly Dictionary<string, string> _before = [];
    private readonly Dictionary<string, string> _names = [];

    private StepChanges(DeploymentPlan before, PhaseLayout layout, int layer)
    {
        OperatorProgram program = before.Sections(layout).Layer(layer);
        int[] gpus = layout.StageGpus[layout.StageOf(layer) - 1];
        foreach (OperatorStep step in program.Steps)
        {
            _before.Add(step.IdStem, Facts(step, StepTime.Of(program, step, before.GetTimeModel(), gpus)));
            _names.Add(step.IdStem, step.Name);
        }
    }

    /// <summary>The changes of a layer; null where nothing is compared, or the other plan has no such phase or layer.</summary>
    public static StepChanges? Of(DeploymentPlan? before, PhaseId phase, int layer) =>
        before is not null && layer <= before.Model.Layers.Count && LayoutOf(before, phase) is PhaseLayout layout
            ? new StepChanges(before, layout, layer) : null;

    // A set of instances is held against all instances of a plan whose instances are alike.
    private static PhaseLayout? LayoutOf(DeploymentPlan plan, PhaseId phase) =>
        plan.Layout(phase) ?? (plan.LayoutsOf(phase.Kind).ToArray() is [PhaseLayout only] ? only : null);

    /// <summary>True for an operator that is new or other.</summary>
    public bool Has(OperatorStep step, StepTime time) => _before.GetValueOrDefault(step.IdStem) != Facts(step, time);

    /// <summary>The names of operators that the layer has no more.</summary>
    public IReadOnlyList<string> Gone(OperatorProgram program) =>
        [.. _names.Where(entry => program.Steps.All(step => step.IdStem != entry.Key)).Select(entry => entry.Value)];

    private static string Facts(OperatorStep step, StepTime time) =>
        Words.Invariant($"{time.Seconds:R} {time.Bytes} {time.Span} {time.Groups} ")
        + string.Join("; ", step.Outputs.Select(tensor => tensor.LocalShape(0).ToString()));
}
