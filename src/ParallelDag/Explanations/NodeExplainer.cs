using ParallelDag.Formulas;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Wording;

namespace ParallelDag.Explanations;

/// <summary>
/// Tells where the numbers of a node come from. Formulas are those that generation evaluates, written in terms that remember how they came
/// about; nothing is told a second time.
/// </summary>
public static class NodeExplainer
{
    private const int ShownGroups = 8;

    /// <summary>Explains a node of the graph that a plan generates.</summary>
    /// <param name="node">The node; a block of an overview is told as the sums of what it stands for.</param>
    /// <param name="plan">The plan; null for a graph from a file, whose numbers are told as the file gives them.</param>
    public static DagExplanation Explain(DagNode node, DeploymentPlan? plan = null)
    {
        if (node.GetDag().Detail == DetailLevel.Overview)
            return ExplainBlock(node, plan);
        NodeFacts facts = node.Facts;
        NodeStep? at = plan is null ? null : NodeStep.Of(plan, node);
        var quantities = new List<ExplainedQuantity>();
        if (at is not null)
            quantities.AddRange(StepQuantities.Of(at, node));
        else if (plan is not null && facts.Role == OperatorRole.Send)
            quantities.AddRange(MessageQuantities.OfSend(plan, node));
        else if (plan is not null && facts.Role == OperatorRole.CacheTransfer)
            quantities.AddRange(MessageQuantities.OfTransfer(plan, node));
        else
            quantities.AddRange(Given(node));
        if (plan is not null && TimeQuantity.Of(plan.TimeModel, node) is ExplainedQuantity time)
            quantities.Add(time);
        return new DagExplanation(node, quantities, at is null ? [] : Groups(at, plan!.Cluster), CoveringRules.Of(facts));
    }

    private static DagExplanation ExplainBlock(DagNode node, DeploymentPlan? plan)
    {
        IEnumerable<ExplainedQuantity> quantities = plan is not null && Lowering.OverviewBlock.Find(plan, node) is { } block
            ? BlockQuantities.Of(plan, block, node).Where(quantity => quantity.Value != 0) : Given(node);
        return new DagExplanation(node, [.. quantities], [], CoveringRules.Of(node.Facts));
    }

    /// <summary>What a graph says, where there is no plan to tell why; what a file's numbers make of each other is told.</summary>
    private static IEnumerable<ExplainedQuantity> Given(DagNode node)
    {
        NodeFacts facts = node.Facts;
        ExplainedQuantity As(string name, string unit, decimal value) => new(name, unit, value,
            [new ExplainedTerm("as the graph says", name, value.ToString(System.Globalization.CultureInfo.InvariantCulture), value, 1)],
            "the graph carries the number; give the plan to see how it comes about", "");

        if (facts.Flops > 0)
            yield return As("FLOPs", "FLOP", facts.Flops);
        if (facts.Collective != CollectiveKind.None && facts is { Bytes: long size, Groups: long groups } && groups > 0)
        {
            yield return As("S of a group", "B", size);
            Term wire = Collectives.CollectiveCost.WireBytes(facts.Collective, facts.GroupSize, Term.Of(size, "S"));
            bool follows = (decimal)wire.Value * groups == facts.WireBytes;
            yield return follows ? new ExplainedQuantity("bytes on the wire", "B", facts.WireBytes,
                [ExplainedTerm.Of(facts.Collective.ToTitle(), wire, groups)], "over all groups", "nccl-tests, doc/PERFORMANCE.md")
                : As("bytes on the wire", "B", facts.WireBytes);
        }
        else if (facts.WireBytes > 0)
            yield return As("bytes on the wire", "B", facts.WireBytes);
        if (facts.HbmBytes > 0)
            yield return As("bytes through the memory of a GPU", "B", facts.HbmBytes);
        if (node.Seconds is > 0 and double seconds)
            yield return As("time", "s", (decimal)seconds);
    }

    private static List<string> Groups(NodeStep at, ClusterSpec cluster)
    {
        if (at.Step.Traffic is null)
            return [];
        string axes = string.Join(" and ", Axes.ReadingOrder.Where(at.Step.GroupAxes.Contains).Select(axis => axis.ToName()));
        var lines = new List<string>();
        foreach (int[] unit in at.Units.Take(ShownGroups))
        {
            int[] gpus = [.. unit.Select(rank => at.StageGpus[rank])];
            lines.Add($"over {axes}: GPUs {GpuSet.FromGpus(gpus)} ({cluster.SpanOf(gpus)})");
        }

        if (at.Units.Length > ShownGroups)
            lines.Add($"and {Words.Count(at.Units.Length - ShownGroups, "group")} more");
        return lines;
    }
}
