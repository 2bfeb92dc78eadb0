using ParallelDag.Durations;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Serving;
using ParallelDag.Simulation;
using ParallelDag.Tests.Support;
using ParallelDag.Wording;

namespace ParallelDag.Tests.Serving;

public class PlanTimerTests
{
    [Fact]
    public void The_reference_plan()
    {
        PlanTiming timing = PlanTimer.Measure(DeploymentPlan.Create(TestPlans.Reference));
        Timing prefill = timing.Phases[0], decode = timing.Phases[1];
        Assert.Equal(9.639406e-3, prefill.Makespan, 1e-8);
        Assert.Equal(2.089069e-3, decode.Makespan, 1e-8);
        Assert.Equal(prefill.Makespan, prefill.Ttft);
        Assert.Null(prefill.Tpot);
        Assert.Equal(decode.Makespan, decode.TpotLast!.Value, 1e-12);
        Assert.Equal(1, prefill.Utilisation + prefill.ExposedShare + prefill.BubbleFraction, 1e-12);
        Assert.Equal(prefill.Makespan, prefill.GetCriticalOperators().Sum(step => step.Seconds), 1e-12);
        Assert.Contains("+-20 %", prefill.Accuracy, StringComparison.Ordinal);
        ServingForecast serving = timing.Serving;
        Assert.Equal(serving.Ttft + serving.ExposedTransfer + (127 * serving.Tpot), serving.EndToEnd);
        Assert.Equal(serving.TokensPerSecond / 64, serving.TokensPerSecondPerGpu);
    }

    /// <summary>Without a graph and with one: equal where ranks are alike, no less where they differ.</summary>
    [Fact]
    public void A_pass_takes_what_the_simulated_graph_takes()
    {
        int alike = 0;
        for (int seed = 0; seed < 160; seed++)
        {
            DeploymentPlan plan = TestPlans.Random(seed);
            foreach (PhaseLayout layout in plan.Phases.Where(layout => layout.Passes.Count == 1))
            {
                Dag dag = DagGenerator.Generate(plan, DetailLevel.Device, layout.Phase);
                var own = new SimulationOptions { Phase = layout.Phase, Set = layout.Id.Set > 0 ? layout.Id.Set : null };
                double simulated = DagSimulator.Run(dag, own).Makespan;
                double closed = PlanPass.Of(plan, layout, plan.Workload).Makespan(1);

                // In a graph what takes no time takes a picosecond.
                Assert.True(closed >= (simulated * (1 - 1e-9)) - 1e-12, $"seed {seed}: {closed} below {simulated} | {plan}");
                PhaseSections sections = plan.Sections(layout);
                bool together = layout.StageGpus.All(gpus => gpus.Select(gpu => gpu / plan.Cluster.Domain).Distinct().Count() == 1);
                if (!together || !sections.Kinds.Append(sections.Entry).Append(sections.Exit).All(program => program.Classes.Count == 1))
                    continue;
                alike++;
                Assert.True(Math.Abs(closed - simulated) < (simulated * 1e-9) + 1e-12,
                    $"seed {seed}: {closed} is not {simulated} | {plan}");
                simulated = DagSimulator.Run(dag, own with { Streams = StreamAssignment.One }).Makespan;
                closed = PlanPass.Of(plan, layout, plan.Workload, StreamAssignment.One).Makespan(1);
                Assert.True(Math.Abs(closed - simulated) < (simulated * 1e-9) + 1e-12,
                    $"seed {seed}: {closed} is not {simulated} on one stream | {plan}");
            }
        }

        Assert.True(alike > 20, $"{alike} phases with ranks alike");
    }

    /// <summary>The forms that a search evaluates tell the same as programs of the very batch.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(300)]
    public void A_form_at_a_batch_is_the_program_of_that_batch(int batch)
    {
        WorkloadSpec workload = TestPlans.Llama70B.Workload with { Batch = batch };
        DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Llama70B with { Workload = workload });
        foreach (PhaseLayout layout in plan.Phases)
        {
            double exact = PlanPass.Of(plan, layout, plan.Workload).Once;
            double form = PhaseForm.Of(plan.Model, layout, plan.Workload, plan.TimeModel, layout.Phase).At(batch).Once;
            Assert.Equal(exact, form, exact * 1e-7);
        }
    }

    [Fact]
    public void A_graph_that_was_written_and_read_takes_the_same_time()
    {
        Dag dag = DagGenerator.Generate(DeploymentPlan.Create(TestPlans.Reference), DetailLevel.Device, PhaseKind.Decode);
        Dag read = ParallelDag.Readers.JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(ParallelDag.Writers.JsonWriter.ToText(dag)));
        Assert.Equal(DagSimulator.Run(dag).MakespanPicoseconds, DagSimulator.Run(read).MakespanPicoseconds);
        Assert.Null(PlanTimer.Measure(read)[0].TokensPerSecondPerGpu);
    }

    [Fact]
    public void Eager_launches_add_fifteen_microseconds_to_each_kernel()
    {
        var plan = DeploymentPlan.Create(TestPlans.Llama70B);
        DeploymentPlan eager = plan.With(new TimingSpec { Launch = LaunchMode.Eager });
        double Step(DeploymentPlan of) => PlanPass.Of(of, of.DecodeLayout!, of.Workload).Once;

        // Eleven kernels and collectives a layer; embedding, its sum, norm, head, gather, sampling.
        Assert.Equal(((80 * 11) + 6) * 15e-6, Step(eager) - Step(plan), 1e-9);
    }

    [Fact]
    public void Margins_are_factors_and_are_named()
    {
        PlanSpec spec = TestPlans.Llama70B with { Cluster = TestPlans.Llama70B.Cluster with { Gpus = 16, Pool = PoolKind.Disaggregated } };
        var plan = DeploymentPlan.Create(spec);
        ServingForecast bare = PlanTimer.Measure(plan).Serving;
        ServingForecast with = PlanTimer.Measure(plan, new MeasureOptions { PrefillMargin = .9, DecodeMargin = .92,
            TtftMargin = 1.8 }).Serving;
        Assert.Equal(ServingMode.Disaggregated, bare.Mode);
        Assert.Equal(bare.Ttft * 1.8, with.Ttft);
        Assert.Equal(bare.PrefillRate!.Value * .9, with.PrefillRate!.Value, 1e-9);
        Assert.Equal(bare.DecodeRate!.Value * .92, with.DecodeRate!.Value, 1e-9);
        Assert.Equal(["prefill margin 0.9", "decode margin 0.92", "TTFT margin 1.8"], with.Notes.Take(3));
        Assert.Single(bare.Notes);
        Assert.Equal(0, bare.ExposedTransfer); // A layer takes longer than its transfer, so the last one ends with prefill.
    }

    [Fact]
    public void Calibration_finds_the_numbers_that_made_its_measurements()
    {
        var plan = DeploymentPlan.Create(TestPlans.Llama70B);
        var truth = new TimeModel(plan.Cluster, new TimingSpec
        {
            Efficiencies = [new EfficiencyOverride(KernelClass.Gemm, PeakRate.Bits16) { Compute = .55, Memory = .62,
                Latency = 9e-6 }],
        });
        int[][] shapes = [[1, 8192, 8192], [16, 10240, 8192], [512, 8192, 3584], [4096, 10240, 8192], [8192, 8192, 28672], [64, 128, 128]];
        string csv = "op,shape,us\n" + string.Join('\n', shapes.Select(shape =>
        {
            double bytes = 2.0 * (((double)shape[1] * shape[2]) + ((double)shape[0] * (shape[1] + shape[2])));
            double flops = 2.0 * shape[0] * shape[1] * shape[2];
            double micros = truth.Kernel(KernelClass.Gemm, PeakRate.Bits16, flops, bytes, 0).Seconds * 1e6;
            return Words.Invariant($"gemm,{shape[0]}x{shape[1]}x{shape[2]},{micros:0.000000}");
        }));
        CalibratedKernel fitted = Assert.Single(Calibration.Fit(plan.TimeModel, MeasuredOperator.Read(csv, "gemm.csv")));
        Assert.Equal("gemm", fitted.Name);
        Assert.True(fitted.ErrorBefore > .2 && fitted.ErrorAfter < .01, fitted.ToString());
        Assert.Equal(.55, fitted.Fitted.Compute!.Value, .02);
        Assert.Equal(.62, fitted.Fitted.Memory!.Value, .02);
    }

    [Theory]
    [InlineData("op,us\n", "x.csv:1:1: a file of measured operators begins with the line op,shape,us")]
    [InlineData("op,shape,us\ngem,1x1x1,3", "x.csv:2:1: 'gem' is no class of kernels")]
    [InlineData("op,shape,us\ngemm,1x1,3", "x.csv:2:1: '1x1' is no shape of gemm, which has 3 positive numbers joined by x")]
    [InlineData("op,shape,us\ngemm,1x1x1,-3", "x.csv:2:1: '-3' is no time in microseconds")]
    public void Measurements_that_are_none_are_refused(string csv, string message)
    {
        InputException fault = Assert.Throws<InputException>(() => MeasuredOperator.Read(csv, "x.csv"));
        Assert.StartsWith(message, fault.Problems[0].ToString(), StringComparison.Ordinal);
    }
}
