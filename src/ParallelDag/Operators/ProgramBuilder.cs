using ParallelDag.Collectives;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>Collects the steps of a section. Operators are added by hand; collectives follow from placements.</summary>
public sealed class ProgramBuilder
{
    private readonly List<OperatorStep> _steps = [];
    private readonly List<CacheFlow> _caches = [];

    /// <summary>Ends the section.</summary>
    public OperatorProgram Build(StepValue output) => new(_steps, output, _caches);

    /// <summary>Adds a step.</summary>
    public OperatorStep Add(OperatorStep step)
    {
        step.Index = _steps.Count;
        _steps.Add(step);
        return step;
    }

    /// <summary>Notes between which steps cached tensors lie.</summary>
    public void AddCache(OperatorStep writer, OperatorStep reader, params IReadOnlyList<string> tensors) =>
        _caches.Add(new CacheFlow(writer, reader, tensors));

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

            OperatorStep added = Add(new OperatorStep
            {
                Op = site.Op(step.Collective),
                IdStem = site.IdStem(step.Collective),
                Name = site.Name(step.Collective),
                Kind = NodeKind.Communication,
                Collective = step.Collective,
                Mesh = before[0].Mesh,
                GroupAxes = step.Axes,
                Split = [.. site.Split.Where(axis => !step.Axes.Contains(axis))],
                Sources = [.. values.Select(StepSource.Data)],
                Inputs = before,
                Outputs = after,
                Traffic = new TensorTraffic(step.Collective, before, after),
            });
            values = [.. after.Select(tensor => new StepValue(added, tensor))];
        }

        return values;
    }

    /// <summary>Brings one value into the placement that its consumer needs.</summary>
    public StepValue Redistribute(StepValue value, ShardedTensor target, CollectiveSite site) => Redistribute([value], [target], site)[0];

    /// <summary>
    /// Brings one tensor into another placement by one collective over the union of the axes that change, as all of them make the same
    /// transition.
    /// </summary>
    /// <param name="sources">Where the tensor, and what else the collective waits for, come from.</param>
    /// <param name="before">The tensor as it is sent.</param>
    /// <param name="after">The needed layout.</param>
    /// <param name="site">What the collective is called here.</param>
    /// <exception cref="PlacementException">The axes make different transitions.</exception>
    internal StepValue RedistributeAtOnce(IReadOnlyList<StepSource> sources, ShardedTensor before, ShardedTensor after, CollectiveSite site)
    {
        IReadOnlyList<RedistributionStep> steps = Redistribution.Plan(before, after);
        if (steps.Count == 0 || steps.Any(step => step.Collective != steps[0].Collective))
            throw new PlacementException($"no one collective turns {before.Layout} into {after.Layout}");
        CollectiveKind collective = steps[0].Collective;
        Axis[] axes = [.. steps.SelectMany(step => step.Axes)];
        OperatorStep added = Add(new OperatorStep
        {
            Op = site.Op(collective),
            IdStem = site.IdStem(collective),
            Name = site.Name(collective),
            Kind = NodeKind.Communication,
            Collective = collective,
            Mesh = before.Mesh,
            GroupAxes = axes,
            Split = [.. site.Split.Where(axis => !axes.Contains(axis))],
            Sources = sources,
            Inputs = [before],
            Outputs = [after],
            Traffic = new TensorTraffic(collective, [before], [after]),
        });
        return new StepValue(added, after);
    }

    private static ShardedTensor Applied(ShardedTensor tensor, ShardedTensor target, RedistributionStep step) =>
        tensor.With([.. step.Axes.Select(axis => (axis, target.PlacementOn(axis)))]);
}
