using ParallelDag.Collections;
using ParallelDag.Meshes;

namespace ParallelDag;

/// <summary>Where a phase runs: which GPU each rank is, and which layers each stage has.</summary>
public sealed class PhaseLayout
{
    internal PhaseLayout(
        PhaseId phase, PhaseStrategy strategy, WorkloadSpec workload, IReadOnlyList<int> rankGpus, IReadOnlyList<int> layersPerStage)
    {
        Id = phase;
        Strategy = strategy;
        Workload = workload.Of(strategy);
        Passes = PhasePass.Of(phase.Kind, strategy, workload).ToValueList();
        RankGpus = rankGpus.ToValueList();
        Mesh = StrategyMesh.OfPhase(strategy);
        StageMesh = StrategyMesh.OfStage(strategy);
        ExpertMesh = StrategyMesh.OfExperts(strategy);

        // Stage ranks in increasing order are numbered by the stage mesh, because taking pp out keeps the order of the other axes.
        int[][] stageRanks =
            [.. Enumerable.Range(0, strategy.Pp)
                .Select(stage => Enumerable.Range(0, Mesh.Size).Where(rank => Mesh.Coordinate(rank, Axis.Pp) == stage).ToArray())];
        StageGpus = stageRanks.Select(ranks => ranks.Select(rank => rankGpus[rank]).ToArray()).ToValueList();
        var stages = new List<DagStage>();
        int first = 1;
        for (int stage = 0; stage < strategy.Pp; stage++)
        {
            stages.Add(new DagStage(stage + 1, first, first + layersPerStage[stage] - 1, GpuSet.FromGpus(StageGpus[stage])));
            first += layersPerStage[stage];
        }

        Stages = stages.ToValueList();
    }

    /// <summary>Prefill or decode.</summary>
    public PhaseKind Phase => Id.Kind;

    /// <summary>The phase, with its set of instances where they are unlike one another.</summary>
    public PhaseId Id { get; }

    /// <summary>The strategy.</summary>
    public PhaseStrategy Strategy { get; }

    /// <summary>What the phase works on: the plan's workload with the phase's own batch and micro-batches.</summary>
    public WorkloadSpec Workload { get; }

    /// <summary>The passes of the phase, in order: its micro-batches, each in as many chunks as the strategy says.</summary>
    public IReadOnlyList<PhasePass> Passes { get; }

    /// <summary>All ranks of the phase.</summary>
    public DeviceMesh Mesh { get; }

    /// <summary>The ranks of one stage by attention axes.</summary>
    public DeviceMesh StageMesh { get; }

    /// <summary>The ranks of one stage by expert axes.</summary>
    public DeviceMesh ExpertMesh { get; }

    /// <summary>The GPU of each rank.</summary>
    public IReadOnlyList<int> RankGpus { get; }

    /// <summary>Stages with their layers and GPUs.</summary>
    public IReadOnlyList<DagStage> Stages { get; }

    /// <summary>Per stage (from 0): the GPU of each rank of the stage mesh.</summary>
    public IReadOnlyList<int[]> StageGpus { get; }

    /// <summary>Axes and degrees as files carry them: all five, and etp and edp when folded.</summary>
    public IReadOnlyDictionary<string, int> AxisDegrees
    {
        get
        {
            var degrees = new Dictionary<string, int>
            {
                ["tp"] = Strategy.Tp,
                ["sp"] = Strategy.Sp,
                ["ep"] = Strategy.Ep,
                ["dp"] = Strategy.Dp,
                ["pp"] = Strategy.Pp,
            };
            if (Strategy.ExpertParallel == ExpertParallelMode.Folded)
            {
                degrees["etp"] = Strategy.Etp;
                degrees["edp"] = StrategyMesh.ExpertDataParallel(Strategy);
            }

            if (Strategy.KvParallel > 1)
            {
                degrees["dcp"] = Strategy.KvParallel;
                degrees["htp"] = Strategy.Tp / Strategy.KvParallel;
            }

            if (Strategy.Replicas > 1)
                degrees["replica"] = Strategy.Replicas;
            return degrees;
        }
    }

    /// <summary>The axes that have process groups: all five, and those of experts and cache where they are split by themselves.</summary>
    public IReadOnlyList<Axis> GroupAxes =>
    [
        Axis.Tp, Axis.Sp, Axis.Ep, Axis.Dp, Axis.Pp,
        .. Strategy.ExpertParallel == ExpertParallelMode.Folded ? [Axis.Etp, Axis.Edp] : Array.Empty<Axis>(),
        .. Strategy.KvParallel > 1 ? [Axis.Dcp] : Array.Empty<Axis>(),
    ];

    /// <summary>The GPUs of each instance of the phase.</summary>
    public IReadOnlyList<GpuSet> InstanceGpus => [.. Enumerable.Range(0, Strategy.Replicas).Select(instance => GpuSet.FromGpus(
        Enumerable.Range(0, Mesh.Size).Where(rank => Mesh.Coordinate(rank, Axis.Replica) == instance).Select(rank => RankGpus[rank])))];

    /// <summary>Sequences of the sets of instances before this one.</summary>
    internal long FirstSequence { get; init; }

    /// <summary>Sequences of the phase over all of its instances; of a set over those of the set.</summary>
    public int Sequences => Workload.Batch * Strategy.Replicas;

    /// <summary>The layout as a DAG's header carries it.</summary>
    public DagPhase ToDagPhase() =>
        new(Id, Strategy.Replicas > 1 ? [.. Strategy.Order, "replica"] : Strategy.Order, AxisDegrees, Stages)
        { RankGpus = IsAscending() ? null : RankGpus };

    /// <summary>The process groups of an axis as global GPU indices; none for an axis of degree 1.</summary>
    public IReadOnlyList<int[]> Groups(Axis axis)
    {
        if (axis == Axis.Dcp)
        {
            return Strategy.KvParallel == 1 ? []
                : [.. StrategyMesh.OfCache(Strategy, Mesh).Groups(axis).Select(group => group.Select(rank => RankGpus[rank]).ToArray())];
        }

        bool expertAxis = Strategy.ExpertParallel == ExpertParallelMode.Folded && axis is Axis.Ep or Axis.Etp or Axis.Edp;
        if (!expertAxis)
            return Mesh.Degree(axis) == 1
                ? []
                : Mesh.Groups(axis).Select(group => group.Select(rank => RankGpus[rank]).ToArray()).ToArray();
        return ExpertMesh.Degree(axis) == 1
            ? []
            : StageGpus.SelectMany(gpus => ExpertMesh.Groups(axis).Select(group => group.Select(rank => gpus[rank]).ToArray())).ToArray();
    }

    /// <summary>The stage (from 1) that runs <paramref name="layer"/>.</summary>
    public int StageOf(int layer) => Stages.First(stage => layer <= stage.LastLayer).Index;

    /// <summary><c>prefill pp4 ep4 tp2 sp2 on GPUs 0-63</c>.</summary>
    public override string ToString() => $"{Id.ToName()} {Strategy} on GPUs {GpuSet.UnionAll(Stages.Select(stage => stage.Gpus))}";

    private bool IsAscending()
    {
        for (int i = 1; i < RankGpus.Count; i++)
        {
            if (RankGpus[i] < RankGpus[i - 1])
                return false;
        }

        return true;
    }
}
