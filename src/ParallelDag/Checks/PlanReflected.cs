using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD027: a graph reflects its plan. It runs where a plan is given to compare with (<c>check drawing.dot --plan plan.yaml</c>); each
/// difference is named.
/// A graph that states its plan is compared node by node (<see cref="PlanDifference"/>), a drawing by what drawings tell
/// (<see cref="DrawnDifference"/>):
/// phases, GPUs, layers and where they run, experts, the kinds of communication, the operators of a layer.
/// </summary>
internal static class PlanReflected
{
    private const int MostDifferences = 1000;

    public static CheckRule Rule { get; } = new(
        "PD027",
        "The graph reflects its plan",
        "Looks at the graph beside the one that the given plan generates: phases, degrees, stages, GPUs, layers, experts, communication "
            + "and operators are those of the plan. Runs where a plan is given.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        if (inspection.Survey.Plan is not Dag plan)
            return inspection.Skip("plan to compare with; give one with --plan");
        inspection.SortsInLine = MostDifferences;
        if (inspection.Survey.IsStated && plan.Detail == inspection.Dag.Detail)
            PlanDifference.Check(inspection, plan);
        else
            DrawnDifference.Check(inspection, plan);
        GpuSet gpus = GpuSet.UnionAll(plan.Phases.Select(phase => phase.Gpus));
        return inspection.Conclude(
            $"{Words.Count(inspection.Dag.NodeCount, "node")} reflect the plan {Inspection.OneLine(plan.Name)}: "
                + $"{string.Join(" and ", plan.Phases.Select(phase => phase.ToString()))} on GPUs {Inspection.OneLine(gpus.ToString())}");
    }
}
