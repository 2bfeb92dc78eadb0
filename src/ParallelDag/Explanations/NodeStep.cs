using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Plans;

namespace ParallelDag.Explanations;

/// <summary>Which step of which program a node of a generated graph stands for, and the ranks that run it.</summary>
/// <param name="Step">The step.</param>
/// <param name="Program">Its program.</param>
/// <param name="Layout">The phase.</param>
/// <param name="Units">The ranks, one by one; of a collective its process groups.</param>
internal sealed record NodeStep(OperatorStep Step, OperatorProgram Program, PhaseLayout Layout, int[][] Units)
{
    /// <summary>The GPU of each rank of the stage.</summary>
    public required int[] StageGpus { get; init; }

    /// <summary>The step of a node; null for what no program has: where phases begin and end, messages between stages and phases.</summary>
    public static NodeStep? Of(DeploymentPlan plan, DagNode node)
    {
        if (node.PhaseId is not PhaseId phase || plan.Layout(phase) is not PhaseLayout layout || node.Stage is not int stage
            || node.Gpus is not GpuSet gpus || node.MicroBatch >= layout.Passes.Count)
            return null;
        PhaseSections sections = plan.Sections(layout, node.MicroBatch);
        NodeFacts facts = node.Facts;
        OperatorProgram[] programs = node.Layer is int layer ? [sections.Layer(layer)]
            : [.. new[] { sections.Entry, sections.Receive, sections.Exit }.OfType<OperatorProgram>()];
        foreach (OperatorProgram program in programs)
        {
            OperatorStep? step = program.Steps.FirstOrDefault(step =>
                step.Op == facts.Op && (facts.IdStem.Length == 0 || step.IdStem == facts.IdStem));
            if (step is null)
                continue;
            int[] stageGpus = layout.StageGpus[stage - 1];
            int[] ranks = [.. Enumerable.Range(0, stageGpus.Length).Where(rank => gpus.Contains(stageGpus[rank]))];
            int[][] units = step.Traffic is null ? [.. ranks.Select(rank => new[] { rank })]
                : [.. step.Mesh.Groups([.. step.GroupAxes]).Where(group => ranks.Contains(group[0]))];
            return new NodeStep(step, program, layout, units) { StageGpus = stageGpus };
        }

        return null;
    }
}
