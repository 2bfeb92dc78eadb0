using ParallelDag.Collectives;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>Collects the steps of a section. Operators are added by hand; collectives follow from placements.</summary>
public sealed class ProgramBuilder
{
    private readonly List<OperatorStep> _steps = [];

    /// <summary>Ends the section.</summary>
    public OperatorProgram Build(StepValue output) => new(_steps, output);

    /// <summary>Adds an operator that computes locally.</summary>
    public OperatorStep Add(
        string op,
        string name,
        DeviceMesh mesh,
        IReadOnlyList<Axis> split,
        IReadOnlyList<StepSource> sources,
        IReadOnlyList<ITensor> outputs,
        Func<int, Int128>? flops = null,
        Func<int, long>? weightBytes = null,
        NodeKind kind = NodeKind.Computation,
        IReadOnlyList<ITensor>? inputs = null,
        Func<int, GpuSet>? experts = null) =>
        Append(new OperatorStep
        {
            Op = op,
            Name = name,
            IdStem = op,
            Index = _steps.Count,
            Kind = kind,
            Mesh = mesh,
            Split = Drawn(mesh, split),
            Inputs = inputs ?? [.. sources.Where(source => source.Kind == EdgeKind.Data).Select(source => source.Tensor)],
            Outputs = outputs,
            Sources = sources,
            Flops = flops ?? (static _ => 0),
            WeightBytes = weightBytes ?? (static _ => 0),
            Experts = experts,
        });

    /// <summary>Adds a collective whose traffic is not the plain one of its placements.</summary>
    public OperatorStep AddCollective(
        string op,
        string idStem,
        string name,
        CollectiveKind collective,
        DeviceMesh mesh,
        IReadOnlyList<Axis> groupAxes,
        IReadOnlyList<Axis> split,
        IReadOnlyList<StepSource> sources,
        IReadOnlyList<ITensor> inputs,
        IReadOnlyList<ITensor> outputs,
        Func<IReadOnlyList<int>, Traffic> traffic,
        NodeKind kind = NodeKind.Communication) =>
        Append(new OperatorStep
        {
            Op = op,
            Name = name,
            IdStem = idStem,
            Index = _steps.Count,
            Kind = kind,
            Mesh = mesh,
            Split = Drawn(mesh, split),
            Inputs = inputs,
            Outputs = outputs,
            Sources = sources,
            Collective = collective,
            GroupAxes = Drawn(mesh, groupAxes),
            GroupTraffic = traffic,
        });

    /// <summary>
    /// Brings values into the placements that their consumer needs. Adds the collectives that follow, all values in one message,
    /// and returns the values as they are then; values that already lie right are returned as they are.
    /// </summary>
    /// <param name="values">Values that move together (K and V).</param>
    /// <param name="targets">The needed layout of each.</param>
    /// <param name="site">What the collective is called here.</param>
    public IReadOnlyList<StepValue> Redistribute(IReadOnlyList<StepValue> values, IReadOnlyList<ShardedTensor> targets, CollectiveSite site)
    {
        foreach (RedistributionStep step in Redistribution.Plan(values[0].Sharded, targets[0]))
        {
            var before = values.Select(value => value.Sharded).ToList();
            var after = before.Zip(targets, (tensor, target) => Applied(tensor, target, step)).ToList();
            if (step.Transition == Transition.LocalSplit)
            {
                values = [.. values.Zip(after, (value, tensor) => value with { Tensor = tensor })];
                continue;
            }

            DeviceMesh mesh = before[0].Mesh;
            OperatorStep added = AddCollective(
                site.Op(step.Collective),
                site.IdStem(step.Collective),
                site.Name(step.Collective),
                step.Collective,
                mesh,
                step.Axes,
                [.. site.Split.Where(axis => !step.Axes.Contains(axis))],
                [.. values.Select(value => new StepSource(value.Producer, EdgeKind.Data, value.Tensor))],
                before,
                after,
                group => PlainTraffic(step.Collective, before, after, group));
            values = [.. after.Select(tensor => new StepValue(added, tensor))];
        }

        return values;
    }

    /// <summary>Brings one value into the placement that its consumer needs.</summary>
    public StepValue Redistribute(StepValue value, ShardedTensor target, CollectiveSite site) => Redistribute([value], [target], site)[0];

    /// <summary>A source that carries a value as data.</summary>
    public static StepSource Data(StepValue value) => new(value.Producer, EdgeKind.Data, value.Tensor);

    private static ShardedTensor Applied(ShardedTensor tensor, ShardedTensor target, RedistributionStep step) =>
        tensor.With([.. step.Axes.Select(axis => (axis, target.PlacementOn(axis)))]);

    private static IReadOnlyList<Axis> Drawn(DeviceMesh mesh, IReadOnlyList<Axis> axes) => [.. axes.Where(axis => mesh.Degree(axis) > 1)];

    /// <summary>Sizes of a collective that moves plain tensors, summed over the tensors; exact for uneven shards.</summary>
    private static Traffic PlainTraffic(CollectiveKind collective, List<ShardedTensor> before, List<ShardedTensor> after, IReadOnlyList<int> group)
    {
        long size = 0, wire = 0;
        for (int i = 0; i < before.Count; i++)
        {
            ITensor source = before[i];
            if (collective == CollectiveKind.AllToAll)
            {
                long largest = 0;
                foreach (int rank in group)
                {
                    largest = Math.Max(largest, source.LocalBytes(rank));
                    wire = checked(wire + source.LocalBytes(rank) - (before[i].SharedElements(rank, after[i]) * source.ElementBytes));
                }

                size = checked(size + largest);
                continue;
            }

            long total = collective == CollectiveKind.AllGather ? group.Sum(source.LocalBytes) : source.LocalBytes(group[0]);
            size = checked(size + total);
            wire = checked(wire + CollectiveCost.WireBytes(collective, group.Count, total));
        }

        return new Traffic(size, wire);
    }

    private OperatorStep Append(OperatorStep step)
    {
        _steps.Add(step);
        return step;
    }
}

/// <summary>What a derived collective is called at one place of the program.</summary>
/// <param name="Stem">The place: <c>attention</c> makes <c>attention_all_reduce</c>.</param>
/// <param name="Subject">What moves, for titles: <c>attention output</c>.</param>
/// <param name="Split">The axes along which the Operator view draws separate nodes (those of the group are left out).</param>
/// <param name="FixedOp">The operator where it does not follow from stem and collective.</param>
public sealed record CollectiveSite(string Stem, string Subject, IReadOnlyList<Axis> Split, string? FixedOp = null)
{
    /// <summary>The operator: <c>attention_all_reduce</c>.</summary>
    public string Op(CollectiveKind collective) =>
        FixedOp ?? $"{Stem}_{collective.ToName()!.Replace('-', '_')}";

    /// <summary>The operator's part of a node id; tells apart two places of one operator.</summary>
    public string IdStem(CollectiveKind collective) => FixedOp is null ? Op(collective) : Stem;

    /// <summary>The title: <c>All-Reduce (attention output)</c>.</summary>
    public string Name(CollectiveKind collective) => $"{collective.ToTitle()} ({Subject})";
}
