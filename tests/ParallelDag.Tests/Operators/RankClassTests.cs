using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Operators;

/// <summary>Numbers are counted once for a class of ranks, so all ranks of a class must have them.</summary>
public class RankClassTests
{
#if MUTANTS
    private const int Plans = 25;
#else
    private const int Plans = 150;
#endif

    private static void Same<T>(Action<RankClasses> distinguish, int ranks, Func<int, T> numberOf, string what)
    {
        var classes = new RankClasses(ranks);
        distinguish(classes);
        T[] first = [.. classes.Representatives.ToArray().Select(numberOf)];
        for (int rank = 0; rank < ranks; rank++)
        {
            T number = numberOf(rank);
            Assert.True(Equals(first[classes.ClassOfRank[rank]], number),
                $"{what}: rank {rank} has {number}, its class {first[classes.ClassOfRank[rank]]}");
        }
    }

    /// <summary>Each part of a step tells apart the ranks for which its own numbers differ, whatever the others do.</summary>
    [Fact]
    public void Ranks_of_a_class_have_the_same_numbers()
    {
        for (int seed = 0; seed < Plans; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);
            foreach (PhaseLayout layout in plan.Phases)
            {
                foreach (OperatorStep step in TestPlans.Programs(plan.Sections(layout)).SelectMany(program => program.Steps))
                    Check(step, $"seed {seed} {layout.Phase} {step.Op}");
            }
        }
    }

    private static void Check(OperatorStep step, string what)
    {
        int ranks = step.Mesh.Size;
        foreach (Work work in step.Work)
            Same(work.Distinguish, ranks, rank => (work.Flops(rank), work.Extent(rank)), $"{what} {work.GetType().Name}");
        foreach (PlacedWeight weight in step.Weights)
        {
            // How many experts a rank has is told apart by their tokens, which are an input.
            Same(weight.Distinguish, ranks, rank => (weight is LookupWeight ? weight.TouchedBytes(rank) : weight.MatrixElements(rank),
                weight.Rows(rank), weight.Columns(rank)), $"{what} {weight.Spec.Module}");
        }

        Same(step.Distinguish, ranks, rank => (step.Flops(rank), step.HbmBytes(rank), step.WeightBytes(rank)), what);
        foreach (ITensor tensor in step.Inputs.Concat(step.Outputs))
            Same(tensor.Distinguish, ranks, rank => tensor.LocalShape(rank).ToString(), $"{what} {tensor.Name}");
    }

    /// <summary>Three positions over two ranks are two and one, wherever in a step they occur.</summary>
    [Fact]
    public void Every_part_of_a_step_tells_ranks_apart()
    {
        var mesh = new DeviceMesh((Axis.Tp, 2));
        ShardedTensor Tensor(bool split) => new(null, mesh, NumberFormat.Bf16, [("batch_size", 1), ("seq_len", 3)],
            split ? [(Axis.Tp, Placement.Shard("seq_len"))] : []);
        ShardedTensor even = Tensor(split: false), uneven = Tensor(split: true);
        OperatorStep Step(ITensor input, ITensor output, ITensor? scratch = null, PlacedWeight? weight = null, Work? work = null) => new()
        {
            Op = Ops.FfnNorm,
            Name = "step",
            Mesh = mesh,
            Sources = [],
            Inputs = [input],
            Outputs = [output],
            Scratch = scratch,
            Weights = weight is null ? [] : [weight],
            Work = work is null ? [] : [work],
        };
        var weight = new PlacedWeight(
            new WeightSpec("proj", WeightClass.Dense, 3, 2) { Split = WeightSplit.Rows }, NumberFormat.Bf16, mesh, Axis.Tp);
        Assert.Equal(1, Classes(Step(even, even)));
        Assert.Equal(2, Classes(Step(uneven, even)));
        Assert.Equal(2, Classes(Step(even, uneven)));
        Assert.Equal(2, Classes(Step(even, even, scratch: uneven)));
        Assert.Equal(2, Classes(Step(even, even, weight: weight)));
        Assert.Equal(2, Classes(Step(even, even, work: new ElementWork(uneven, 1))));

        static int Classes(OperatorStep step)
        {
            var classes = new RankClasses(2);
            step.Distinguish(classes);
            return classes.Count;
        }
    }
}
