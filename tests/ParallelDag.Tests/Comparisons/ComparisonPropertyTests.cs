using ParallelDag.Comparisons;
using ParallelDag.Lowering;
using ParallelDag.Readers;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Comparisons;

/// <summary>What must hold of comparisons of any plans.</summary>
public class ComparisonPropertyTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 16)];

    private static IEnumerable<int> CasesOf(int seed) => Enumerable.Range(seed * 4, 4);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_plan_and_its_graphs_equal_themselves(int seed)
    {
        foreach (int number in CasesOf(seed))
        {
            DeploymentPlan plan = TestPlans.Random(number);
            DagComparison own = DagComparer.Compare(plan, TestPlans.Random(number));
            Assert.True(own.AreEqual, $"{number} {plan}: {string.Join("\n", own.Differences)}");
            Assert.Equal(ComparisonVerdict.Equal, own.Verdict);
            foreach (DetailLevel detail in Enum.GetValues<DetailLevel>())
            {
                DagComparison drawn = DagComparer.Compare(DagGenerator.Generate(plan, detail), DagGenerator.Generate(plan, detail));
                Assert.True(drawn.AreEqual, $"{number} {detail}: {string.Join("\n", drawn.Differences)}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_other_way_round_is_the_mirror(int seed)
    {
        foreach (int number in CasesOf(seed))
        {
            DeploymentPlan left = TestPlans.Random(number), right = TestPlans.Random(number + 1000);
            DagComparison there = DagComparer.Compare(left, right), back = DagComparer.Compare(right, left);
            Assert.Equal(there.Verdict, back.Verdict);
            Assert.Equal(Texts(there.Differences.Select(row => row.Mirrored())), Texts(back.Differences));
        }

        static string[] Texts(IEnumerable<DagDifference> rows) =>
            [.. rows.Select(row => $"{row.Aspect} {row.Side} {row.Effect} {row.LinkChanged} {row}").Order(StringComparer.Ordinal)];
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Another_rank_order_is_the_same_work(int seed)
    {
        foreach (int number in CasesOf(seed))
        {
            PlanSpec spec = TestPlans.Random(number).Spec;

            // Which data-parallel axes join tp in dense layers follows from the order, and so does what crosses nodes once.
            if (new[] { spec.Prefill, spec.Decode }.OfType<PhaseStrategy>().Any(phase =>
                phase.DenseTp is not null || phase.HeadTp is not null || phase.Dedup))
                continue;

            // Decode batches that reduceScatter splits over dp and tp nest as the ranks do, and so the order tells who holds one sequence
            // more.
            if (DeploymentPlan.Resolve(spec).DecodeLayout is { Strategy: { AttentionOutput: AttentionOutput.ReduceScatter } decode } layout
                && layout.Workload.Batch % (decode.Replicas * layout.Workload.MicroBatches * decode.Dp * decode.Tp) != 0)
                continue;
            var random = new Random(number);
            PlanSpec other = spec with { Prefill = Shuffled(spec.Prefill, random), Decode = Shuffled(spec.Decode, random) };
            DagComparison comparison = DagComparer.Compare(DeploymentPlan.Resolve(spec), DeploymentPlan.Resolve(other));
            Assert.True(comparison.Verdict != ComparisonVerdict.Different,
                $"{number} {DeploymentPlan.Resolve(other)}:\n{string.Join("\n", comparison.Differences)}");
        }

        static PhaseStrategy? Shuffled(PhaseStrategy? phase, Random random)
        {
            if (phase is null)
                return null;
            string[] order = [.. phase.Order];
            random.Shuffle(order);
            return phase with { Order = [.. order] };
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_plan_equals_the_graph_that_was_written_of_it(int seed)
    {
        foreach (int number in CasesOf(seed).Take(2))
        {
            DeploymentPlan plan = TestPlans.Random(number);
            foreach (DetailLevel detail in new[] { DetailLevel.Operator, DetailLevel.Device })
            {
                Dag dag = DagGenerator.Generate(plan, detail);
                Dag read = JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(JsonWriter.ToText(dag)));
                DagComparison comparison = DagComparer.Compare(new ComparisonSubject(plan, detail), new ComparisonSubject(read));
                Assert.True(comparison.AreEqual, $"{number} {detail}: {string.Join("\n", comparison.Differences)}");
            }
        }
    }
}
