using ParallelDag.Accounting;
using ParallelDag.Durations;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Serving;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Serving;

/// <summary>
/// Passes are priced from the program of one batch: what it counts, besides weights, must be three times as much for three times the
/// sequences.
/// </summary>
public class PassProportionTests
{
    [Fact]
    public void What_a_batch_has_others_have_in_proportion()
    {
        int kernels = 0, collectives = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);

            // With a skewed load whole tokens are dealt out, more or less in proportion.
            if (!plan.Workload.ExpertLoad.IsUniform || plan.Phases.Any(layout => layout.Strategy.RedundantExperts > 0))
                continue;
            foreach (PhaseLayout layout in plan.Phases)
            {
                PhaseSections one = PhaseForm.Of(plan.Model, layout, plan.Workload, plan.GetTimeModel(), layout.Phase).Sections;
                PhaseSections three = new(plan.Model, plan.Workload, layout.Phase, layout.Strategy, 3 * one.Context.Batch);
                Assert.Equal(3 * one.Context.LargestMessage, three.Context.LargestMessage);
                foreach ((OperatorProgram first, OperatorProgram second) in Programs(one).Zip(Programs(three)))
                {
                    foreach ((OperatorStep step, OperatorStep more) in first.Steps.Zip(second.Steps))
                    {
                        string at = $"seed {seed}, {step.Op}: {plan}";
                        if (step.Collective != CollectiveKind.None)
                        {
                            collectives++;

                            // Tokens that travel once are an expectation, rounded up to whole ones.
                            double slack = layout.Strategy.Dedup ? .05 : 1e-6;
                            foreach (int[] group in step.Mesh.Groups([.. step.GroupAxes]))
                                Same(3 * SectionTimes.SizeOf(step, group), SectionTimes.SizeOf(more, group), at, slack);
                            continue;
                        }

                        kernels++;
                        foreach (int rank in second.Classes.Representatives)
                        {

                            // Pairs are dealt out whole to ranks that split a sequence; to the blocks of a ring as well, which see few.
                            bool ring = layout.Strategy is { Sp: > 1, SpMethod: SequenceMethod.Ring };
                            if (!ring)
                                Same(3 * (double)step.Flops(rank), (double)more.Flops(rank), at, layout.Strategy.Sp > 1 ? .05 : 1e-6);
                            Same(3.0 * Growing(step, rank), Growing(more, rank), at);
                            Assert.Equal(step.FixedBytes(rank), more.FixedBytes(rank));
                        }
                    }

                    foreach (int rank in second.Classes.Representatives)
                    {
                        Same(3 * first.Steps.Sum(step => (double)step.Flops(rank)), second.Steps.Sum(step => (double)step.Flops(rank)),
                            $"seed {seed}: {plan}", layout.Strategy.Sp > 1 ? .05 : 1e-6);
                        Assert.Equal(3 * LiveActivations.Peak(first, rank), LiveActivations.Peak(second, rank));
                    }
                }
            }
        }

        Assert.True(kernels > 3000 && collectives > 400, $"{kernels} kernels, {collectives} collectives");
    }

    /// <summary>Bytes besides weights; experts' weights are those of the experts that get tokens.</summary>
    private static double Growing(OperatorStep step, int rank) => step.HbmBytes(rank) - step.FixedBytes(rank)
        - (step.Experts is null ? 0 : step.Weights.Sum(weight => (double)weight.TouchedBytes(rank)));

    private static void Same(double expected, double actual, string at, double share = 1e-6) =>
        Assert.True(Math.Abs(expected - actual) <= (expected * share) + 3, $"{actual} is not {expected} | {at}");

    private static IEnumerable<OperatorProgram> Programs(PhaseSections sections) =>
        sections.Receive is OperatorProgram receive ? [sections.Entry, .. sections.Kinds, receive, sections.Exit]
            : [sections.Entry, .. sections.Kinds, sections.Exit];
}
