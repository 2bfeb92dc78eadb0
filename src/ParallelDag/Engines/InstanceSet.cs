using ParallelDag.Graphs;
using ParallelDag.Layers;
using ParallelDag.Meshes;
using ParallelDag.Plans;

namespace ParallelDag.Engines;

/// <summary>
/// Alike instances of an engine, in the terms that engines share: tensor and data parallelism of attention, the factors of its experts,
/// stages, context parallelism.
/// <code>
/// dense, or dedicated ep=1      dp has no collective across it: dp instances of tp*sp*pp GPUs
/// dedicated ep>1                attention dp = ep, ep and etp = tp; dp instances
/// folded                        attention dp = dp, ep and etp as written; one instance
/// </code>
/// Every replica multiplies the instances.
/// </summary>
internal sealed class InstanceSet
{
    private InstanceSet(ServingRole role, DeploymentPlan plan, PhaseLayout layout)
    {
        (Role, Plan, Layout, Strategy) = (role, plan, layout, layout.Strategy);
        HasExperts = plan.Model.Experts is not null;
        bool folded = HasExperts && Strategy.ExpertParallel == ExpertParallelMode.Folded;
        DataAxis = folded ? Axis.Dp : HasExperts && Strategy.Ep > 1 ? Axis.Ep : null;
        AttentionDp = DataAxis is Axis axis ? layout.Mesh.Degree(axis) : 1;
        Copies = folded ? 1 : Strategy.Dp;
        (Ep, Etp) = !HasExperts ? (1, 1) : folded ? (Strategy.Ep, Strategy.Etp) : (Strategy.Ep, Strategy.Tp);
        Dispatch = HasExperts ? new DispatchRule(plan.Context(layout)).Mode : null;
        Layers = [.. layout.Stages.Select(stage => stage.LastLayer - stage.FirstLayer + 1)];
    }

    /// <summary>The plan.</summary>
    public DeploymentPlan Plan { get; }

    /// <summary>Which phases a process serves.</summary>
    public ServingRole Role { get; }

    /// <summary>The phase that shapes the set.</summary>
    public PhaseLayout Layout { get; }

    /// <summary>Its strategy.</summary>
    public PhaseStrategy Strategy { get; }

    /// <summary>True for a model with experts.</summary>
    public bool HasExperts { get; }

    /// <summary>The axis of the mesh that is attention's data parallelism, or null.</summary>
    public Axis? DataAxis { get; }

    /// <summary>Data-parallel ranks of attention within an instance.</summary>
    public int AttentionDp { get; }

    /// <summary>Instances that dp makes, beside the replicas.</summary>
    public int Copies { get; }

    /// <summary>Instances in all.</summary>
    public int Instances => Copies * Strategy.Replicas;

    /// <summary>Ranks that split an attention head group.</summary>
    public int Tp => Strategy.Tp;

    /// <summary>Ranks that split a sequence.</summary>
    public int Cp => Strategy.Sp;

    /// <summary>Ranks with whole experts of their own.</summary>
    public int Ep { get; }

    /// <summary>Ranks that split an expert.</summary>
    public int Etp { get; }

    /// <summary>Stages.</summary>
    public int Pp => Strategy.Pp;

    /// <summary>Ranks that split the cache by token.</summary>
    public int Dcp => Role switch
    {
        ServingRole.Prefill => 1,
        ServingRole.Decode => Strategy.KvParallel,
        _ => Plan.Decode?.KvParallel ?? 1,
    };

    /// <summary>Ranks of a stage.</summary>
    public int StageRanks => Tp * Cp * AttentionDp;

    /// <summary>GPUs of an instance.</summary>
    public int Gpus => StageRanks * Pp;

    /// <summary>Layers of each stage.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <summary>How tokens meet their experts; null without experts.</summary>
    public ExpertDispatch? Dispatch { get; }

    /// <summary>Sequences of one instance: those of decode where a process serves both.</summary>
    public int Batch => Divided((Role == ServingRole.Both ? Plan.DecodeLayout ?? Layout : Layout).Workload.Batch, Copies);

    /// <summary>Sequences of one data-parallel rank.</summary>
    public int RankBatch => Divided(Batch, AttentionDp);

    /// <summary>Prompt tokens of an instance in one pass; null: whole prompts.</summary>
    public int? Chunk => Role switch
    {
        ServingRole.Decode => null,
        ServingRole.Prefill => Strategy.Chunk,
        _ => Plan.Prefill?.Chunk,
    };

    /// <summary>Positions of a sequence.</summary>
    public int MaxLength => Plan.Workload.PromptLength + Plan.Workload.OutputLength;

    /// <summary>Where the set stands in the plan: <c>prefill</c>, <c>prefill.instances[1]</c>.</summary>
    public string Section => Layout.Id.Set == 0 ? Layout.Phase.ToName()
        : Wording.Words.Invariant($"{Layout.Phase.ToName()}.instances[{Layout.Id.Set - 1}]");

    /// <summary>The name of the set: <c>dsv3</c>, <c>dsv3_prefill</c>, <c>dsv3_decode2</c>.</summary>
    public string Name => Role == ServingRole.Both ? Plan.Name : $"{Plan.Name}_{Layout.Id.ToName()}";

    /// <summary>The name of the engine's file, for one that takes a file.</summary>
    public string ConfigName => Name + ".yaml";

    /// <summary>
    /// The sets of a plan: one that serves both phases, or one a phase, or those of a phase with instances unlike one another.
    /// </summary>
    public static IReadOnlyList<InstanceSet> Of(DeploymentPlan plan)
    {
        if (plan.Cluster.Pool == PoolKind.Unified)
            return [new InstanceSet(ServingRole.Both, plan, plan.Phases[0])];
        return [.. plan.Phases.Select(layout => new InstanceSet(
            layout.Phase == PhaseKind.Prefill ? ServingRole.Prefill : ServingRole.Decode, plan, layout))];
    }

    /// <summary>The GPUs of each instance, by the engine's ranks.</summary>
    /// <param name="order">How the engine numbers ranks, inner to outer.</param>
    public IReadOnlyList<int[]> GpusByRank(IReadOnlyList<string> order)
    {
        DeviceMesh mesh = Layout.Mesh;
        int[][] instances = [.. Enumerable.Range(0, Instances).Select(_ => new int[Gpus])];
        for (int rank = 0; rank < mesh.Size; rank++)
        {
            int instance = mesh.Coordinate(rank, Axis.Replica) * Copies + (DataAxis == Axis.Dp ? 0 : mesh.Coordinate(rank, Axis.Dp));
            instances[instance][EngineRank(mesh, rank, order)] = Layout.RankGpus[rank];
        }

        return instances;
    }

    private int EngineRank(DeviceMesh mesh, int rank, IReadOnlyList<string> order)
    {
        int engineRank = 0, stride = 1;
        foreach (string name in order)
        {
            Axis? axis = name switch { "tp" => Axis.Tp, "sp" => Axis.Sp, "pp" => Axis.Pp, "dp" => DataAxis, _ => null };
            if (axis is not Axis known)
                continue;
            engineRank += stride * mesh.Coordinate(rank, known);
            stride *= mesh.Degree(known);
        }

        return engineRank;
    }

    private static int Divided(int whole, int parts) => (whole + parts - 1) / parts;
}
