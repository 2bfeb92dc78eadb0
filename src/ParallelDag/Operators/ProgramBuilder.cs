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
    public void AddCache(OperatorStep writer, OperatorStep reader, params IReadOnlyList<string> tensors) => _caches.Add(new CacheFlow(writer, reader, tensors));

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

    private static ShardedTensor Applied(ShardedTensor tensor, ShardedTensor target, RedistributionStep step) =>
        tensor.With([.. step.Axes.Select(axis => (axis, target.PlacementOn(axis)))]);
}
