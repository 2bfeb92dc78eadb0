using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Facts;

/// <summary>What a GPU does in one phase.</summary>
/// <param name="Layout">The phase.</param>
/// <param name="Stage">Its stage, from 1.</param>
/// <param name="Rank">Its rank in the stage.</param>
internal sealed record GpuRole(PhaseLayout Layout, int Stage, int Rank)
{
    /// <summary>The phase.</summary>
    public PhaseId Phase => Layout.Id;

    /// <summary>The phase in a letter, with the number of its set of instances: <c>P</c>, <c>D2</c>.</summary>
    public string Letter => (Phase.Kind == PhaseKind.Prefill ? "P" : "D") + (Phase.Set == 0 ? "" : Words.Invariant($"{Phase.Set}"));

    /// <summary>The stage with its layers.</summary>
    public DagStage DagStage => Layout.Stages[Stage - 1];

    /// <summary>Its coordinates on the axes of more than one rank, in the order of reading: <c>dp1 ep3 tp0 sp1</c>; empty where it is
    /// alone.</summary>
    public string Coordinates => string.Join(' ', Axes.ReadingOrder
        .Where(axis => axis is not (Axis.Pp or Axis.Edp))
        .Select(axis => (Axis: axis, Mesh: axis is Axis.Ep or Axis.Etp ? Layout.ExpertMesh : Layout.StageMesh))
        .Where(entry => entry.Mesh.Degree(entry.Axis) > 1)
        .Select(entry => Words.Invariant($"{entry.Axis.ToName()}{entry.Mesh.Coordinate(Rank, entry.Axis)}")));

    /// <summary>The routed experts that it holds; null where its stage has none.</summary>
    public GpuSet? Experts(DeploymentPlan plan)
    {
        PhaseSections sections = plan.Sections(Layout);
        for (int layer = DagStage.FirstLayer; layer <= DagStage.LastLayer; layer++)
        {
            if (sections.Layer(layer).Find(Ops.Experts) is OperatorStep experts)
                return experts.ExpertsOf(Rank);
        }

        return null;
    }

    /// <summary>The role of every GPU in a phase.</summary>
    public static IEnumerable<(int Gpu, GpuRole Role)> Of(PhaseLayout layout)
    {
        for (int stage = 0; stage < layout.StageGpus.Count; stage++)
        {
            for (int rank = 0; rank < layout.StageGpus[stage].Length; rank++)
                yield return (layout.StageGpus[stage][rank], new GpuRole(layout, stage + 1, rank));
        }
    }
}
