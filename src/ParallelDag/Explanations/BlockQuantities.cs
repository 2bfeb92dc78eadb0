using ParallelDag.Durations;
using ParallelDag.Lowering;
using ParallelDag.Operators;
using ParallelDag.Wording;

namespace ParallelDag.Explanations;

/// <summary>The numbers of a block of an overview: sums of the operators that it stands for, over GPUs, layers and passes.</summary>
internal static class BlockQuantities
{
    private const string Convention = "the operators of the block, each on all of its GPUs, for every layer and pass that it stands for; "
        + "explain them at operator level to see where their own numbers come from";

    /// <summary>The quantities that are not nothing.</summary>
    public static IEnumerable<ExplainedQuantity> Of(DeploymentPlan plan, OverviewBlock block, DagNode node)
    {
        (OperatorStep Step, PartSums Sums, NodeTime Time, long Times)[] parts = [.. block.Parts.Select(part =>
            (part.Step, PartSums.Of(part.Program, part.Step),
                SectionTimes.OfStep(part.Program, part.Step, plan.GetTimeModel(), plan.Layout(node.PhaseId!.Value)!
                    .StageGpus[node.Stage!.Value - 1]), part.Times))];
        yield return Sum("FLOPs", "FLOP", node.Flops, part => part.Sums.Flops);
        yield return Sum("bytes on the wire", "B", node.WireBytes, part => part.Sums.WireBytes);
        yield return Sum("bytes through the memory of a GPU", "B", node.HbmBytes, part => part.Sums.HbmBytes);
        yield return Sum("nodes of the Device level", "nodes", node.Members, part => part.Sums.Members);
        if (node.Seconds is > 0 and double seconds)
            yield return Sum("time", "s", (decimal)seconds, part => (decimal)part.Time.Seconds);

        ExplainedQuantity Sum(string name, string unit, decimal value,
            Func<(OperatorStep Step, PartSums Sums, NodeTime Time, long Times), decimal> own) => new(name, unit, value,
            [.. parts.Where(part => own(part) != 0).Select(part => Term(part.Step, own(part), part.Times, unit))], Convention,
            "docs/semantics.md");
    }

    private static ExplainedTerm Term(OperatorStep step, decimal value, long times, string unit) => new(
        step.Name, unit == "s" ? "the slowest GPU" : unit == "B" && step.Traffic is null ? "the GPU that reads most" : "all its GPUs",
        value == Math.Floor(value) ? Words.Invariant($"{value:N0}") : Words.Invariant($"{(double)value:0.####E+0}"), value, times);
}
