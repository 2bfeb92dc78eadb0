using ParallelDag.Checks;
using ParallelDag.Lowering;
using ParallelDag.Simulation;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Checks;

/// <summary>PD020 on a pipeline of two stages, of which the simulator itself says how long its GPUs wait and communicate.</summary>
public class TimesOfSharesTests
{
    private static readonly PlanSpec Plan = TestPlans.Of(TestPlans.Moe with { Layers = 2 }, new PhaseStrategy { Pp = 2, Tp = 2 });

    private static Dag Limited(LimitsSpec limits) => DagGenerator.Generate(DeploymentPlan.Create(Plan with { Limits = limits }));

    private static CheckResult Run(LimitsSpec limits) => RuleText.Of(Limited(limits), "PD020");

    private static readonly SimulationResult Simulated = DagSimulator.Run(Limited(new LimitsSpec()),
        new SimulationOptions { Phase = PhaseKind.Prefill }, default);

    [Theory]
    [InlineData(0.0, CheckStatus.Pass)]
    [InlineData(0.001, CheckStatus.Pass)]
    [InlineData(-0.001, CheckStatus.Fail)]
    public void A_share_is_within_its_limit_or_not(double more, CheckStatus status)
    {
        CheckResult waits = Run(new LimitsSpec { Bubble = Simulated.IdleShare + more });
        CheckResult communicates = Run(new LimitsSpec { CommunicationShare = Simulated.ExposedShare + more });
        Assert.Equal((status, status), (waits.Status, communicates.Status));
        Assert.Equal(FormattableString.Invariant(
            $"GPUs of prefill wait {Simulated.IdleShare * 100:0.#} % of its time, {(Simulated.IdleShare + more) * 100:0.#} % allowed"),
            waits.Evidence);
        Assert.StartsWith(FormattableString.Invariant(
            $"GPUs of prefill communicate and do not compute {Simulated.ExposedShare * 100:0.#} % of its time, "), communicates.Evidence,
            StringComparison.Ordinal);
        Assert.True(Simulated.IdleShare > 0.01 && Simulated.ExposedShare > 0.01);
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    public void It_runs_where_the_plan_has_one_of_the_limits(bool bubble, bool imbalance, bool runs)
    {
        var limits = new LimitsSpec { Ttft = 1000, Bubble = bubble ? 1 : null, ExpertImbalance = imbalance ? 1 : null };
        Assert.Equal(runs, CheckRunner.Run(Limited(limits)).Find("PD020") is not null);
        Assert.NotNull(CheckRunner.Run(Limited(limits with { CommunicationShare = 1 })).Find("PD020"));
    }
}
