using ParallelDag.Accounting;
using ParallelDag.Graphs;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Tensors;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Accounting;

public class LiveActivationsTests
{
    /// <summary>
    /// A dense layer on one GPU, 8 sequences of 64 tokens, bf16. In units of a token's 64 hidden values (512 tokens of 128 bytes): what
    /// enters, norms, queries and results are 1, keys and values 1/2 each, an FFN's gate and its inputs 2 each.
    /// </summary>
    [Fact]
    public void A_layers_residual_lives_until_it_is_added()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy()));
        OperatorProgram layer = plan.Sections(plan.PrefillLayout!).Layer(1);
        double[] units = [.. LiveActivations.Of(layer, 0).Select(bytes => bytes / (512 * 128.0))];
        Assert.Equal(1, units[0]);
        (string, double)[] steps = [.. layer.Steps.Select((step, i) => (step.Op, units[i + 1]))];
        Assert.Equal(
            [
                (Ops.AttentionNorm, 2), (Ops.QkvProjection, 4), (Ops.Attention, 4), (Ops.OutputProjection, 3), (Ops.AttentionResidual, 3),
                (Ops.FfnNorm, 2), (Ops.FfnUp, 6), (Ops.FfnDown, 4), (Ops.FfnResidual, 3),
            ],
            steps);
    }

    /// <summary>Which tensors are alive is asked of every one of them before every step, over again.</summary>
    [Fact]
    public void Is_the_sum_of_all_tensors_that_somebody_still_reads()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);
            foreach (PhaseLayout layout in plan.Phases)
            {
                PhaseSections sections = plan.Sections(layout);
                OperatorProgram[] programs = [sections.Entry, .. sections.Kinds, sections.Exit];
                int rank = seed % layout.StageMesh.Size;
                foreach (OperatorProgram program in programs)
                    Assert.Equal(ByAsking(program, rank), LiveActivations.Of(program, rank));
            }
        }
    }

    /// <summary>An output without a reader would stay alive to the end of its section.</summary>
    [Fact]
    public void Every_output_is_read_by_a_step_or_handed_on()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);
            foreach (PhaseSections sections in plan.Phases.Select(layout => plan.Sections(layout)))
            {
                foreach (OperatorProgram program in sections.Kinds.Prepend(sections.Entry).Append(sections.Exit))
                {
                    HashSet<OperatorStep?> read = [.. program.Steps.SelectMany(step => step.Sources).Select(source => source.Producer)];
                    Assert.All(program.Steps, step => Assert.True(read.Contains(step) || step == program.Output.Producer, step.ToString()));
                }
            }
        }
    }

    [Fact]
    public void The_peak_is_the_most_of_them()
    {
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Of(TestPlans.Dense, new PhaseStrategy()));
        OperatorProgram layer = plan.Sections(plan.PrefillLayout!).Layer(1);
        Assert.Equal(LiveActivations.Of(layer, 0).OrderDescending().First(), LiveActivations.Peak(layer, 0));
    }

    private static List<long> ByAsking(OperatorProgram program, int rank)
    {
        List<long> alive = [Entering(0)];
        foreach (OperatorStep step in program.Steps)
        {
            long bytes = Entering(step.Index) + (step.Scratch?.LocalBytes(rank) ?? 0);
            foreach (OperatorStep producer in program.Steps.Where(producer => producer.Index <= step.Index))
            {
                bool read = producer == step || producer == program.Output.Producer
                    || program.Steps.Any(reader => reader.Index >= step.Index && reader.Sources.Any(source => source.Producer == producer));
                if (read)
                    bytes += producer.Outputs.Where(tensor => !producer.States.Contains(tensor)).Sum(tensor => tensor.LocalBytes(rank));
            }

            alive.Add(bytes);
        }

        return alive;

        // What enters is one tensor, whoever reads which part of it; it lives while a reader is to come.
        long Entering(int step)
        {
            ITensor[] readers = [.. program.Steps.SelectMany(reader => reader.Sources).Where(source => source.Producer is null)
                .Select(source => source.Tensor)];
            bool waits = program.Steps.Any(reader => reader.Index >= step && reader.Sources.Any(source => source.Producer is null));
            return waits ? readers.Max(tensor => tensor.LocalBytes(rank)) : 0;
        }
    }
}
