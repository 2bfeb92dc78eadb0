using ParallelDag.Durations;
using ParallelDag.Operators;

namespace ParallelDag.Pictures.Facts;

/// <summary>How long one operator takes on the slowest GPU of a stage, and what a collective needs for that.</summary>
/// <param name="Seconds">By the plan's time model.</param>
/// <param name="Span">What the widest group of a collective spans; default for what computes.</param>
/// <param name="Bytes">S of the largest group of a collective.</param>
/// <param name="Groups">How many groups; 0 for what computes.</param>
internal sealed record StepTime(double Seconds, GroupSpan Span, long Bytes, int Groups)
{
    /// <summary>The time of a step of a section that runs on these GPUs (of each rank of the stage mesh).</summary>
    public static StepTime Of(OperatorProgram program, OperatorStep step, TimeModel model, IReadOnlyList<int> gpus)
    {
        double seconds = SectionTimes.OfStep(program, step, model, gpus).Seconds;
        if (step.Collective == CollectiveKind.None)
            return new StepTime(seconds, default, 0, 0);
        int[][] groups = step.Mesh.Groups([.. step.GroupAxes]);
        GroupSpan widest = groups.Select(group => SectionTimes.SpanOf(step, group, model.Cluster, gpus))
            .MaxBy(span => (span.Level, span.Domains, span.Nodes));
        return new StepTime(seconds, widest, groups.Max(group => step.Traffic!.Of(group).Size), groups.Length);
    }
}
