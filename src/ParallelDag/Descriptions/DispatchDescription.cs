using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;

namespace ParallelDag;

/// <summary>How the tokens of a phase meet their experts.</summary>
/// <param name="Mode">What the plan says, or what follows from where its tokens lie.</param>
/// <param name="RanksPerToken">Ranks that a token travels to, its own included; null unless it travels once to each.</param>
/// <param name="NodesPerToken">Nodes that a token travels to, its own included; null unless it travels once to each.</param>
/// <param name="NetworkBytes">
/// What the All-to-Alls of one layer with experts send between nodes, over all GPUs of the first stage and a micro-batch; null without
/// them.
/// </param>
public sealed record DispatchDescription(ExpertDispatch Mode, double? RanksPerToken, double? NodesPerToken, long? NetworkBytes)
{
    /// <summary>Null for a model without experts.</summary>
    internal static DispatchDescription? Of(DeploymentPlan plan, PhaseLayout layout)
    {
        PhaseSections sections = plan.Sections(layout);
        int kind = plan.Model.LayerKinds.ToList().FindIndex(layer => layer.HasExperts);
        if (kind < 0)
            return null;
        ExpertDispatch mode = new DispatchRule(sections.Context).Mode;
        OperatorStep[] steps = [.. sections.Kinds[kind].Steps.Where(step => step.Traffic is IRoutedTraffic)];
        if (steps.Length == 0)
            return new DispatchDescription(mode, null, null, null);
        int NodeOf(int rank) => plan.Cluster.IslandOf(layout.StageGpus[0][rank]);
        int[][] groups = steps[0].Mesh.Groups(Axis.Ep);
        long bytes = steps.Sum(step => groups.Sum(group => ((IRoutedTraffic)step.Traffic!).NetworkBytes(group, NodeOf)));
        return steps[0].Traffic is DistinctTraffic distinct
            ? new DispatchDescription(mode, distinct.RanksOfToken(groups[0]), distinct.NodesOfToken(groups[0], NodeOf), bytes)
            : new DispatchDescription(mode, null, null, bytes);
    }
}
