using System.Text;
using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Lowering;
using ParallelDag.Plans;
using ParallelDag.Readers;
using ParallelDag.Serving;
using ParallelDag.Tests.Support;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Plans;

/// <summary>A phase whose instances are unlike one another.</summary>
public sealed class InstancesTests
{
    private static readonly PhaseStrategy Wide = new() { Tp = 4, Replicas = 3, Batch = 2 },
        Deep = new() { Tp = 2, Pp = 2, Replicas = 2, Batch = 2 };

    private static readonly PhaseStrategy Whole = new() { Tp = 4, Batch = 16, MicroBatches = 2 },
        Parted = new() { Tp = 2, Dp = 2, Batch = 32 };

    private static readonly PlanSpec Unlike = TestPlans.Of(
        TestPlans.Dense, new PhaseStrategy { Instances = [Wide, Deep] }, new PhaseStrategy { Instances = [Whole, Parted] },
        pool: PoolKind.Disaggregated);

    [Fact]
    public void Each_set_follows_the_one_before_it()
    {
        DeploymentPlan plan = DeploymentPlan.Create(Unlike);
        Assert.Equal(
            ["prefill1 0-11", "prefill2 12-19", "decode1 20-23", "decode2 24-27"],
            plan.Phases.Select(layout => $"{layout.Id.ToName()} {GpuSet.UnionAll(layout.InstanceGpus)}"));
        PlanSpec moved = Unlike with { Decode = new PhaseStrategy { Instances = [Whole with { FirstGpu = 32 }, Parted] } };
        Assert.Equal([0, 12, 32, 36], DeploymentPlan.Create(moved).Phases.Select(layout => layout.RankGpus[0]));
    }

    [Fact]
    public void What_prefill_holds_is_handed_over_once()
    {
        // 3 x 2 and 2 x 2 sequences of 64 positions; 4 KV heads of 8, K and V, 2 bytes, in every layer.
        long bytes = 10L * 64 * 2 * 4 * 8 * 2 * TestPlans.Dense.Layers;
        Dag dag = DagGenerator.Generate(DeploymentPlan.Create(Unlike));
        DagNode[] transfers = [.. dag.Nodes.Where(node => node.Op == Ops.KvTransfer)];
        Assert.Equal(bytes, transfers.Sum(node => node.WireBytes));

        // 48 places take 10 sequences evenly: 16 of them the numbers 0 to 3, which are of the first prefill set alone.
        Assert.Equal(["decode1", "decode2", "decode2"], transfers.Where(node => node.Layer == 1)
            .Select(node => node.GetSuccessors().Select(reader => reader.PhaseId!.Value.ToName()).Distinct().Single()).Order());
        Assert.Equal([4, 2, 4], transfers.Where(node => node.Layer == 1)
            .Select(node => node.WireBytes * TestPlans.Dense.Layers * 10 / bytes));
    }

    [Theory]
    [InlineData(DetailLevel.Overview)]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void Sets_between_which_nothing_moves_are_still_joined(DetailLevel detail)
    {
        // One of six sequences changes hands, so five prefill sets hand nothing over, and one of two decode sets takes nothing.
        PlanSpec few = Unlike with
        {
            Prefill = new PhaseStrategy
            {
                Instances = [.. Enumerable.Range(0, 6).Select(i => new PhaseStrategy { Tp = 1 + (i % 2), Batch = 1 })],
            },
            Decode = new PhaseStrategy { Batch = 1 },
        };
        PlanSpec idle = few with
        {
            Prefill = new PhaseStrategy { Batch = 1 },
            Decode = new PhaseStrategy { Instances = [new() { Tp = 2, Batch = 1 }, new() { Batch = 1 }] },
        };
        foreach (PlanSpec spec in new[] { few, idle })
        {
            DeploymentPlan plan = DeploymentPlan.Create(spec);
            Dag dag = DagGenerator.Generate(plan, detail);
            Assert.Empty(CheckRunner.Run(dag).Failures);
            Assert.Equal(Math.Max(6 * (spec == few ? 1 : 0), 2), dag.Edges.Where(edge => edge.Kind == EdgeKind.Token)
                .Select(edge => (edge.GetSource().PhaseId, edge.GetTarget().PhaseId)).Distinct().Count());
        }
    }

    [Fact]
    public void A_receiver_takes_a_layer_of_every_set_before_the_next()
    {
        Dag dag = DagGenerator.Generate(DeploymentPlan.Create(Unlike));
        int?[] layers = [.. dag.Nodes.Where(node => node.Op == Ops.KvTransfer).Select(node => node.Layer)];
        Assert.Equal(layers.Order(), layers);
    }

    [Theory]
    [InlineData(DetailLevel.Overview)]
    [InlineData(DetailLevel.Operator)]
    [InlineData(DetailLevel.Device)]
    public void Every_rule_holds_and_files_tell_the_same(DetailLevel detail)
    {
        Dag dag = DagGenerator.Generate(DeploymentPlan.Create(Unlike), detail);
        Assert.Empty(CheckRunner.Run(dag).Failures);
        Dag json = JsonReader.Read(Encoding.UTF8.GetBytes(JsonWriter.ToText(dag))), dot = DotReader.Read(DotWriter.ToText(dag));
        foreach (Dag read in new[] { json, dot })
        {
            Assert.Equal(dag.Phases.Select(Text), read.Phases.Select(Text));
            Assert.Equal(dag.Nodes.Select(node => (node.Id, node.PhaseId)).Order(),
                read.Nodes.Select(node => (node.Id, node.PhaseId)).Order());
            Assert.Empty(CheckRunner.Run(read).Failures);
        }

        static string Text(DagPhase phase) =>
            $"{phase.Phase.ToName()} {string.Join(',', phase.Order)} {phase.Mesh} {string.Join("; ", phase.Stages)}";
    }

    [Fact]
    public void Sets_that_are_alike_do_what_replicas_do()
    {
        PhaseStrategy one = new() { Tp = 2, Batch = 4 };
        PlanSpec Of(PhaseStrategy prefill) =>
            TestPlans.Of(TestPlans.Dense, prefill, new PhaseStrategy { Tp = 4 }, pool: PoolKind.Disaggregated);
        DeploymentPlan sets = DeploymentPlan.Create(Of(new PhaseStrategy { Instances = [one, one] })),
            replicas = DeploymentPlan.Create(Of(one with { Replicas = 2 }));
        Dag left = DagGenerator.Generate(sets, DetailLevel.Device), right = DagGenerator.Generate(replicas, DetailLevel.Device);
        Assert.Equal(right.Nodes.Sum(node => node.Flops), left.Nodes.Sum(node => node.Flops));
        Assert.Equal(right.Nodes.Sum(node => node.WireBytes), left.Nodes.Sum(node => node.WireBytes));
        Assert.Equal(MemoryPlan.OfGpus(replicas), MemoryPlan.OfGpus(sets));
        ServingForecast ofSets = PlanTimer.Measure(sets).Serving, ofReplicas = PlanTimer.Measure(replicas).Serving;
        Assert.Equal(ofReplicas.PrefillRate!.Value, ofSets.PrefillRate!.Value, 9);
        Assert.Equal(ofReplicas.Ttft!.Value, ofSets.Ttft!.Value, 1e-11);
        Assert.Equal((ofReplicas.Tpot, ofReplicas.RequestsPerSecond), (ofSets.Tpot, ofSets.RequestsPerSecond));
    }

    [Fact]
    public void Rates_add_up_and_the_slowest_set_gives_the_times()
    {
        PlanTiming all = PlanTimer.Measure(DeploymentPlan.Create(Unlike));
        ServingForecast[] alone = [.. new[] { Wide, Deep }.Select(set => PlanTimer.Measure(
            DeploymentPlan.Create(Unlike with { Prefill = set, Decode = Whole })).Serving)];
        Assert.Equal(alone.Sum(forecast => forecast.PrefillRate!.Value), all.Serving.PrefillRate!.Value, 6);
        Assert.Equal(alone.Max(forecast => forecast.Ttft), all.Serving.Ttft);
        Assert.Equal(["prefill1", "prefill2", "decode1", "decode2"], all.Phases.Select(timing => timing.Part!.Value.ToName()));
    }

    [Fact]
    public void The_limit_of_a_token_is_held_against_the_slowest_set()
    {
        CheckResult Of(double tpot) => CheckRunner.Run(DagGenerator.Generate(
            DeploymentPlan.Create(Unlike with { Limits = new LimitsSpec { Tpot = tpot } }), DetailLevel.Device)).Results
            .Single(result => result.Id == "PD019");
        double slowest = PlanTimer.Measure(DeploymentPlan.Create(Unlike)).Serving.Tpot!.Value;
        Assert.Equal(CheckStatus.Pass, Of(slowest * 1.01).Status);
        Assert.Contains("the slowest: time per token", Of(slowest * 1.01).Evidence, StringComparison.Ordinal);
        CheckResult broken = Of(slowest * 0.99);
        Assert.Equal(CheckStatus.Fail, broken.Status);
        Assert.StartsWith("decode", broken.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_is_refused_with_the_key_that_would_work()
    {
        Refused(Unlike with { Cluster = Unlike.Cluster with { Pool = PoolKind.Unified } }, "prefill.instances",
            "set cluster.pool to disaggregated");
        Refused(Unlike with { Cluster = Unlike.Cluster with { Gpus = 26 } }, "decode.instances[1]", "raise cluster.gpus");
        Refused(Unlike with { Decode = new PhaseStrategy { Instances = [Whole, Parted with { FirstGpu = 10 }] } },
            "decode.instances[1].firstGpu", "decode2 has GPUs 10 to 13, and prefill1 0 to 11");
        Refused(Unlike with { Prefill = new PhaseStrategy { Instances = [Wide, Deep with { Tp = 3 }] } }, "prefill.instances[1].tp",
            "heads");
        Refused(Unlike with { Prefill = new PhaseStrategy { Instances = [Wide, Deep with { Replicas = 60_000 }] } },
            "prefill.instances[1]", "240000 GPUs");
    }

    private static void Refused(PlanSpec spec, string path, string words) =>
        Assert.Contains(PlanValidator.Validate(spec), fault => fault.Path == path
            && fault.Message.Contains(words, StringComparison.Ordinal));
}
