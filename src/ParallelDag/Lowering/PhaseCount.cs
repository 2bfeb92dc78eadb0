using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;

namespace ParallelDag.Lowering;

/// <summary>
/// How many nodes and edges <see cref="PhaseLowering"/> will make of a phase at Device level, counted from the degrees of its steps. Passes
/// that differ in size alone have the same steps.
/// </summary>
internal sealed class PhaseCount
{
    private readonly DeploymentPlan _plan;
    private readonly PhaseLayout _layout;

    public PhaseCount(DeploymentPlan plan, PhaseLayout layout)
    {
        (_plan, _layout) = (plan, layout);
        Nodes = 2;
        foreach (var passes in layout.Passes.GroupBy(pass => (pass.Sequences, pass.Ends)))
            AddPasses(plan.Sections(layout, passes.First()), passes.Key.Ends, passes.Count());
        AddOrder();
    }

    /// <summary>Nodes, the Input and the Output among them.</summary>
    public Int128 Nodes { get; private set; }

    /// <summary>Edges, but for those between phases.</summary>
    public Int128 Edges { get; private set; }

    /// <summary>Nodes that yield sampled tokens, of all passes.</summary>
    public long Sampled =>
        DeviceCells.Of(_plan.Sections(_layout).Exit.Output.Producer!).Count * _layout.Passes.Count(pass => pass.Ends);

    private void AddPasses(PhaseSections sections, bool ends, long passes)
    {
        foreach (DagStage stage in _layout.Stages)
        {
            foreach ((OperatorProgram program, int times) in sections.OfStage(stage, ends))
                AddWithin(program, passes * times);

            // What a section takes over from the one before: the Input, a send of each rank, or the last step.
            DeviceCells? before = stage.Index == 1 ? null : new DeviceCells(_layout.StageMesh, []);
            foreach (OperatorProgram program in sections.InOrder(stage, ends))
            {
                foreach (OperatorStep step in program.Steps.Where(step => step.Sources.Any(source => source.Producer is null)))
                {
                    var cells = DeviceCells.Of(step);
                    Edges += (Int128)passes * (before?.PairsWith(cells) ?? cells.Count);
                }

                before = DeviceCells.Of(program.Output.Producer!);
            }

            if (stage.Index < _layout.Stages.Count)
            {
                Nodes += (Int128)passes * _layout.StageMesh.Size;
                Edges += (Int128)passes * _layout.StageMesh.Size;
            }
            else if (ends)
            {
                Edges += (Int128)passes * before!.Value.Count;
            }
        }
    }

    private void AddWithin(OperatorProgram program, long times)
    {
        foreach (OperatorStep step in program.Steps)
        {
            var cells = DeviceCells.Of(step);
            Nodes += (Int128)times * cells.Count;
            foreach (var source in step.Sources.Where(source => source.Producer is not null)
                .GroupBy(source => (source.Producer, source.Kind)))
            {
                // A selection of experts reaches all of its EP group.
                Edges += (Int128)times * (source.Key.Kind == EdgeKind.Gate ? (long)step.Mesh.Size * step.Mesh.Degree(Axis.Ep)
                    : DeviceCells.Of(source.Key.Producer!).PairsWith(cells));
            }
        }
    }

    /// <summary>The edges from the end of a pass on a stage to the beginning of the next, where passes wait for one another.</summary>
    private void AddOrder()
    {
        int[] following = [.. Enumerable.Range(1, _layout.Passes.Count - 1).Where(pass =>
            _layout.Strategy.Schedule == PhaseSchedule.Gpipe || _layout.Passes[pass].Start > _layout.Passes[0].Start)];
        PhaseSections sections = _plan.Sections(_layout);
        foreach (IGrouping<bool, int> passes in following.GroupBy(pass => _layout.Passes[pass - 1].Ends))
        {
            foreach (DagStage stage in _layout.Stages)
            {
                OperatorProgram[] ended = [.. sections.InOrder(stage, passes.Key)];
                var before = DeviceCells.Of(ended[^1].Output.Producer!);
                Edges += (Int128)passes.Count() * ended[0].Steps.Where(step => step.Sources.All(source => source.Producer is null))
                    .Sum(step => before.PairsWith(DeviceCells.Of(step)));
            }
        }
    }
}
