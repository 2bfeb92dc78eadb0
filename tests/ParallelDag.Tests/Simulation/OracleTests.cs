using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Simulation;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Simulation;

/// <summary>The reference plan in time, to the numbers that two independent prototypes gave for it.</summary>
public class OracleTests
{
    private const double Tolerance = 1e-6;

    private static SimulationResult Run(PlanSpec spec, PhaseKind phase, SimulationOptions? options = null,
        DetailLevel detail = DetailLevel.Device) =>
        DagSimulator.Run(DagGenerator.Generate(DeploymentPlan.Create(spec), detail, phase), options);

    private static void Near(double milliseconds, double seconds) =>
        Assert.InRange(seconds * 1e3, milliseconds * (1 - Tolerance), milliseconds * (1 + Tolerance));

    private static PlanSpec Four =>
        TestPlans.Reference with { Workload = TestPlans.Reference.Workload with { Batch = 16, MicroBatches = 4 } };

    [Fact]
    public void One_micro_batch_takes_the_sum_of_its_stages_and_sends()
    {
        SimulationResult prefill = Run(TestPlans.Reference, PhaseKind.Prefill), decode = Run(TestPlans.Reference, PhaseKind.Decode);
        Assert.Collection(
            prefill.Stages,
            stage => Near(2.334414, stage.Seconds),
            stage => Near(2.300328, stage.Seconds),
            stage => Near(2.300328, stage.Seconds),
            stage => Near(2.332408, stage.Seconds));
        Near(9.639406, prefill.Makespan);
        Near(2.089069, decode.Makespan);
    }

    [Fact]
    public void Four_micro_batches_are_a_flow_shop()
    {
        Near(16.642648, Run(Four, PhaseKind.Prefill).Makespan);
        Near(3.675311, Run(Four, PhaseKind.Decode).Makespan);
    }

    [Fact]
    public void A_dense_model_on_one_node_takes_the_sum_of_its_operators()
    {
        Near(2420.262274, Run(TestPlans.Llama70B, PhaseKind.Prefill).Makespan);
        Near(12.002959, Run(TestPlans.Llama70B, PhaseKind.Decode).Makespan);
    }

    [Fact]
    public void Two_micro_batches_on_one_stage_hide_each_others_communication()
    {
        PlanSpec spec = TestPlans.Reference with
        {
            Workload = TestPlans.Reference.Workload with { Batch = 8, MicroBatches = 2 },
            Prefill = TestPlans.Reference.Prefill! with { Pp = 1 },
            Decode = TestPlans.Reference.Decode! with { Pp = 1 },
        };
        Near(18.534957, Run(spec, PhaseKind.Prefill).Makespan);
        var overlapped = new SimulationOptions { Schedule = StreamSchedule.Overlapped, OverlapSms = 0 };
        Near(12.276269, Run(spec, PhaseKind.Prefill, overlapped).Makespan);
        Near(12.824694, Run(spec, PhaseKind.Prefill, overlapped with { OverlapSms = 24 }).Makespan);

        // The plan says 24 in prefill and none in decode.
        Near(12.824694, Run(spec, PhaseKind.Prefill, overlapped with { OverlapSms = null }).Makespan);
        Assert.Equal(
            Run(spec, PhaseKind.Decode, overlapped).MakespanPicoseconds,
            Run(spec, PhaseKind.Decode, overlapped with { OverlapSms = null }).MakespanPicoseconds);
    }

    [Fact]
    public void Each_GPU_computes_communicates_and_waits()
    {
        SimulationResult prefill = Run(TestPlans.Reference, PhaseKind.Prefill);
        GpuTime first = prefill.Gpus[0];
        Assert.Equal("0", first.Gpus.ToString());
        Near(0.861767, first.Compute);
        Near(1.596623, first.ExposedCommunication);
        Near(7.181016, first.Idle);
        Assert.Equal(0.0891, prefill.Utilisation, 4);
        Assert.Equal(0.1705, prefill.ExposedShare, 4);
        Assert.Equal(0.7404, prefill.IdleShare, 4);
    }

    [Fact]
    public void The_critical_path_is_mostly_dispatch_and_combine()
    {
        SimulationResult prefill = Run(TestPlans.Reference, PhaseKind.Prefill);
        Assert.Equal(267, prefill.CriticalPath.Count);
        Assert.Equal(prefill.MakespanPicoseconds, prefill.CriticalPath.Sum(step => step.Picoseconds));
        Assert.Equal(["combine", "dispatch", "experts", "attention"], prefill.CriticalOperators.Take(4).Select(time => time.Op));
        double[] milliseconds = [2.143610, 2.143610, 1.574370, 0.833434];
        Assert.All(prefill.CriticalOperators.Take(4).Zip(milliseconds), pair => Near(pair.Second, pair.First.Seconds));
        Assert.Equal("combine 22 %, dispatch 22 %, experts 16 %, 22 others 39 %", prefill.Explanation());
    }
}
