using ParallelDag.Checks;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Checks;

/// <summary>
/// PD019 on graphs whose nodes say how many milliseconds they take: prefill computes 100 ms, samples 50 ms and has 7 ms more to do; a step
/// of decode takes 30 ms.
/// </summary>
public class TimesInLimitsTests
{
    private static NodeFacts Taking(NodeFacts facts, double milliseconds) =>
        facts with { Time = new NodeTime(milliseconds / 1000, TimeBound.Compute) };

    private static RowGraph Phase(RowGraph graph, string phase, double computing, string gpus)
    {
        graph.Phase(phase, "", (1, 1, gpus))
            .Node($"{phase}_ffn", Ops.FfnNorm, $"{phase} s1 l1", gpus, change: facts => Taking(facts, computing));
        if (phase.StartsWith("decode", StringComparison.Ordinal))
            return graph;
        return graph.Node($"{phase}_sample", Ops.Sampling, $"{phase} s1", gpus, change: facts => Taking(facts, 50))
            .Node($"{phase}_rest", Ops.FinalNorm, $"{phase} s1", gpus, change: facts => Taking(facts, 7))
            .Path(EdgeKind.Data, $"{phase}_ffn", $"{phase}_sample", $"{phase}_rest");
    }

    private static RowGraph Both => Phase(Phase(new RowGraph(), "prefill", 100, "0"), "decode", 30, "1");

    private static CheckResult Run(RowGraph graph, LimitsSpec? limits, Func<DagHeader, DagHeader>? change = null) =>
        RuleText.Of(graph.Build(DetailLevel.Operator, header =>
            change?.Invoke(header with { Limits = limits }) ?? header with { Limits = limits }), "PD019");

    private static void Says(string evidence, CheckStatus status, CheckResult result)
    {
        Assert.Equal((status, evidence), (result.Status, result.Evidence));
    }

    [Theory]
    [InlineData(0.15, CheckStatus.Pass)]
    [InlineData(0.1501, CheckStatus.Pass)]
    [InlineData(0.1499, CheckStatus.Fail)]
    public void The_first_token_is_sampled_in_time(double limit, CheckStatus status)
    {
        CheckResult result = Run(Both, new LimitsSpec { Ttft = limit });
        Assert.Equal(status, result.Status);
        Assert.StartsWith("time to the first token 150 ms, ", result.Evidence, StringComparison.Ordinal);
        if (status == CheckStatus.Fail)
            Assert.Contains("; the longest parts of prefill are ", result.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.03, CheckStatus.Pass)]
    [InlineData(0.0299, CheckStatus.Fail)]
    public void Without_a_time_of_serving_the_step_of_decode_tells(double limit, CheckStatus status)
    {
        CheckResult result = Run(Both, new LimitsSpec { Tpot = limit });
        Assert.Equal(status, result.Status);
        Assert.StartsWith("time per token, at the last one 30 ms, ", result.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.02, CheckStatus.Pass)]
    [InlineData(0.0199, CheckStatus.Fail)]
    public void The_time_of_serving_goes_before_the_step(double limit, CheckStatus status)
    {
        CheckResult result = Run(Both, new LimitsSpec { Tpot = limit }, header => header with { TokenSeconds = 0.02 });
        Assert.Equal(status, result.Status);
        Assert.StartsWith("time per token 20 ms, ", result.Evidence, StringComparison.Ordinal);
        if (status == CheckStatus.Fail)
            Assert.Contains("; the longest parts of decode are ", result.Evidence, StringComparison.Ordinal);
    }

    /// <summary>Every set of instances is held to the limit; each says which it is.</summary>
    [Fact]
    public void Sets_of_instances_are_told_apart()
    {
        RowGraph graph = Phase(Phase(Phase(Both, "prefill2", 10, "2"), "decode2", 90, "3"), "decode3", 40, "4");
        Says("prefill time to the first token 150 ms, 150 ms allowed; prefill2 time to the first token 60 ms, 150 ms allowed; "
            + "decode time per token, at the last one 30 ms, 90 ms allowed; decode2 time per token, at the last one 90 ms, 90 ms allowed; "
            + "decode3 time per token, at the last one 40 ms, 90 ms allowed",
            CheckStatus.Pass, Run(graph, new LimitsSpec { Ttft = 0.15, Tpot = 0.09 }));
        Says("decode2, the slowest: time per token 20 ms, 90 ms allowed", CheckStatus.Pass,
            Run(graph, new LimitsSpec { Tpot = 0.09 }, header => header with { TokenSeconds = 0.02 }));
    }

    /// <summary>A limit on a phase that the graph lacks, or on times that it does not tell, is never passed.</summary>
    [Fact]
    public void What_the_graph_does_not_tell_is_not_passed()
    {
        const string Missing = "not checked: no times of both phases in the graph";
        RowGraph prefill = Phase(new RowGraph(), "prefill", 100, "0");
        Says(Missing, CheckStatus.Skipped, Run(prefill, new LimitsSpec { Tpot = 1 }));
        Says(Missing, CheckStatus.Skipped, Run(prefill, new LimitsSpec { Ttft = 1, Tpot = 1 }));
        Says(Missing, CheckStatus.Skipped, Run(prefill, new LimitsSpec { Tpot = 1 }, header => header with { TokenSeconds = 0.5 }));
        Says(Missing, CheckStatus.Skipped, Run(Phase(new RowGraph(), "decode", 30, "1"), new LimitsSpec { Ttft = 1 }));
        RowGraph untimed = new RowGraph().Phase("prefill", "", (1, 1, "0")).Phase("decode", "", (1, 1, "0"))
            .Node("a", Ops.FfnNorm, "prefill s1 l1", "0").Node("b", Ops.FfnNorm, "decode s1 l1", "0");
        Says(Missing, CheckStatus.Skipped, Run(untimed, new LimitsSpec { Ttft = 1 }));
        Says(Missing, CheckStatus.Skipped, Run(untimed, new LimitsSpec { Tpot = 1 }, header => header with { TokenSeconds = 0.5 }));
        Says("not checked: no limits in the plan", CheckStatus.Skipped, Run(Both, null));
    }

    /// <summary>A broken limit fails, whatever another one lacks.</summary>
    [Fact]
    public void A_broken_limit_beside_one_that_cannot_be_told_fails()
    {
        RowGraph prefill = Phase(new RowGraph(), "prefill", 100, "0");
        Assert.StartsWith("time to the first token 150 ms, 1 ms allowed;", Run(prefill, new LimitsSpec { Ttft = 0.001, Tpot = 1 }).Evidence,
            StringComparison.Ordinal);
        Assert.Equal(CheckStatus.Fail, Run(prefill, new LimitsSpec { Ttft = 0.001, OutputThroughput = 1 }).Status);
    }

    [Theory]
    [InlineData(100.0, null, 100.0, 900.0, "100 output tokens a second and GPU, 100 wanted", CheckStatus.Pass)]
    [InlineData(100.1, null, 100.0, 900.0,
        "100 output tokens a second and GPU, 100.1 wanted; the slower phase decides: raise its replicas or its batch", CheckStatus.Fail)]
    [InlineData(null, 900.0, 100.0, 900.0, "900 tokens of prompts and outputs a second and GPU, 900 wanted", CheckStatus.Pass)]
    [InlineData(null, 901.0, 100.0, 900.0,
        "900 tokens of prompts and outputs a second and GPU, 901 wanted; the slower phase decides: raise its replicas or its batch",
        CheckStatus.Fail)]
    [InlineData(50.0, 90.0, 100.0, 900.0,
        "100 output tokens a second and GPU, 50 wanted; 900 tokens of prompts and outputs a second and GPU, 90 wanted", CheckStatus.Pass)]
    [InlineData(50.0, null, null, 900.0, "not checked: no rate of prefill and decode on pools of their own", CheckStatus.Skipped)]
    [InlineData(null, 50.0, 100.0, null, "not checked: no rate of prefill and decode on pools of their own", CheckStatus.Skipped)]
    [InlineData(50.0, 50.0, null, 900.0, "not checked: no rate of prefill and decode on pools of their own", CheckStatus.Skipped)]
    public void Rates_are_those_of_the_header(
        double? output, double? total, double? outputRate, double? totalRate, string evidence, CheckStatus status) =>
        Says(evidence, status, Run(Both, new LimitsSpec { OutputThroughput = output, TotalThroughput = total },
            header => header with { OutputRate = outputRate, TotalRate = totalRate }));

    [Theory]
    [InlineData(1.0, null, null, null, true)]
    [InlineData(null, 1.0, null, null, true)]
    [InlineData(null, null, 1.0, null, true)]
    [InlineData(null, null, null, 1.0, true)]
    [InlineData(null, null, null, null, false)]
    public void It_runs_where_the_plan_has_such_a_limit(double? ttft, double? tpot, double? output, double? total, bool runs)
    {
        var limits = new LimitsSpec { Ttft = ttft, Tpot = tpot, OutputThroughput = output, TotalThroughput = total, Bubble = 0.5 };
        CheckRule rule = CheckRule.All.First(own => own.Id == "PD019");
        Assert.Equal(runs, rule.RunsWhere(Both.Build(DetailLevel.Operator, header => header with { Limits = limits })));
        Assert.False(rule.RunsWhere(Both.Build()));
    }
}
