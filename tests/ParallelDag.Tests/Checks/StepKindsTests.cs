using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

public class StepKindsTests
{
    /// <summary>Experts are one step whatever their numbers; an operator with two names is two; what has none is no step.</summary>
    [Fact]
    public void A_step_is_an_operator_by_its_name()
    {
        (string? Op, string Name)[] rows =
        [
            (Ops.FfnNorm, "norm"), (null, "norm"), (Ops.Experts, "Experts 0-3"), (Ops.FfnNorm, "norm"), (Ops.Experts, "Experts 4-7"),
            (Ops.FfnNorm, "again"), (Ops.AttentionNorm, "norm"),
        ];
        var builder = new DagBuilder();
        foreach ((string? op, string name) in rows)
            builder.AddNode($"n{builder.NodeCount}", new NodeFacts { Op = op, Name = name, Kind = NodeKind.Computation }, new(), null);
        Dag dag = builder.Build(new DagHeader { Name = "steps" });
        var steps = new StepKinds(dag);
        Assert.Equal([0, -1, 1, 0, 1, 2, 3], Enumerable.Range(0, rows.Length).Select(node => steps.Of(dag, node)));
        Assert.Equal([(Ops.FfnNorm, "norm"), (Ops.Experts, "Experts"), (Ops.FfnNorm, "again"), (Ops.AttentionNorm, "norm")],
            steps.Kinds.Select(kind => (kind.Operator.Name, kind.Name)));
    }
}
