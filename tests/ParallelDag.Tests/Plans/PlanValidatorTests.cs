using ParallelDag.Layers;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Every refusal of a plan, each by one change to a plan that is accepted.</summary>
public class PlanValidatorTests
{
    private static readonly PlanSpec Good = TestPlans.Reference;

    private static readonly PlanSpec Folded = TestPlans.Of(
        TestPlans.Moe,
        new PhaseStrategy { Tp = 2, Dp = 4, Ep = 8, ExpertParallel = ExpertParallelMode.Folded,
            AttentionOutput = AttentionOutput.ReduceScatter });

    private static PlanSpec Layers(Func<LayerSpec, LayerSpec> change) =>
        Good with { Model = Good.Model with { Layers = [.. Good.Model.Layers.Select(change)] } };

    private static PlanSpec Attention(Func<GroupedAttention, GroupedAttention> change) =>
        Layers(layer => layer with { Mixer = change((GroupedAttention)layer.Mixer!) });

    private static PlanSpec Moe(Func<MoeFeedForward, MoeFeedForward> change) =>
        Layers(layer => layer with { FeedForward = change(layer.FeedForward!.Experts!) });

    private static PlanSpec Count(int layers) =>
        Good with { Model = Good.Model with { Layers = ModelSpec.LayersOf(layers, _ => Good.Model.Layers[0]) } };

    private static PlanSpec Prefill(Func<PhaseStrategy, PhaseStrategy> change) => Good with { Prefill = change(Good.Prefill!) };

    private static PlanSpec DataParallel(int ffn, Func<PhaseStrategy, PhaseStrategy> change) =>
        Layers(layer => layer with { FeedForward = new DenseFeedForward { Ffn = ffn } }) with
        {
            Prefill = change(new PhaseStrategy { Tp = 2, Dp = 4 }), Decode = null,
        };

    private static PlanSpec Tensor(Func<PhaseStrategy, PhaseStrategy> change) =>
        Good with { Prefill = change(new PhaseStrategy { Tp = 4, Ep = 4, ExpertParallel = ExpertParallelMode.Folded }), Decode = null };

    private static PlanSpec Decode(Func<PhaseStrategy, PhaseStrategy> change) => Good with { Decode = change(Good.Decode!) };

    private static PlanSpec Workload(Func<WorkloadSpec, WorkloadSpec> change) => Good with { Workload = change(Good.Workload) };

    public static TheoryData<string, string, string> Refusals => new()
    {
        { "name", "name", "cannot become file names" },
        { "layers", "model.layers", "out of range" },
        { "huge layers", "model.layers", "70000 is out of range; give 1 to 65536" },
        { "huge gpus", "cluster.gpus", "give 1 to 1048576" },
        { "heads", "prefill.tp", "9 heads do not divide evenly over tp 2" },
        { "ffn", "prefill.tp", "an FFN of 2049 does not divide evenly over tp 2" },
        { "moe ffn", "prefill.tp", "an expert FFN of 2049 does not divide evenly over tp 2" },
        { "kv heads", "prefill.tp", "3 kvHeads neither divide over tp 2" },
        { "kv heads of heads", "model.kvHeads", "8 heads do not divide evenly over 3 kvHeads" },
        { "experts", "prefill.ep", "ep 4 makes more groups than the 3 experts" },
        { "redundant", "prefill.ep", "16 experts and 3 redundant ones do not divide evenly over ep 4" },
        { "ep without moe", "prefill.ep", "ep 4 needs experts, but the model has no moe section" },
        { "topK", "model.moe.topK", "topK 17 exceeds the 16 experts" },
        { "world", "prefill", "prefill needs 128 GPUs (pp 4 * dp 2 * ep 4 * sp 2 * tp 2) but its pool has 64" },
        { "disaggregated", "decode", "decode needs 32 GPUs" },
        { "pp", "prefill.pp", "pp 17 makes more stages than the model's 16 layers" },
        { "sp in decode", "decode.sp",
            "sp 2 has no sequence to split: decode passes one token a step; set decode.sp to 1, and kvParallel to split" },
        { "kv parallel in prefill", "prefill.kvParallel", "a prompt is split by sp" },
        { "kv parallel over kv heads", "decode.kvParallel", "needs as many tp ranks with the same KV head, and tp 2 over 8 kvHeads has 1" },
        { "kv parallel over tp", "decode.kvParallel", "takes whole groups out of tp 2" },
        { "chunk in decode", "decode.chunk", "chunk is a key of prefill" },
        { "chunk with sp", "prefill.chunk", "sp 2 splits the prompt that passes" },
        { "cached prompt with sp", "prefill.sp", "set sp to 1, or leave out chunk and cachedPrompt" },
        { "small chunk", "prefill.chunk", "a chunk of 3 tokens is smaller than the 4 sequences of a micro-batch" },
        { "cached prompt", "workload.cachedPrompt", "cannot be cached; give 0 % to below 100 %" },
        { "replicas", "prefill", "prefill needs 128 GPUs (replicas 2 * pp 4 * dp 1 * ep 4 * sp 2 * tp 2) but its pool has 64" },
        { "batch of a phase", "decode.batch", "a batch of 3 is smaller than decode's microBatches*dp*ep = 4" },
        { "batch", "workload.batch", "a batch of 3 is smaller than prefill's microBatches*dp*ep = 4" },
        { "micro-batches", "workload.batch", "a batch of 4 is smaller than prefill's microBatches*dp*ep = 8" },
        { "prompt", "prefill.sp", "a prompt of 1 tokens is shorter than sp = 2" },
        { "prompt split", "prefill.sp", "a prompt of 3 tokens is shorter than sp*tp = 4" },
        { "ulysses", "prefill.spMethod", "ulysses spreads 8 heads over sp*tp = 16" },
        { "folded product", "prefill.ep", "folded: dp*sp*tp = 8 must equal edp*ep*etp" },
        { "folded over tp", "prefill.ep", "use attentionOutput: reduceScatter" },
        { "all-to-all over tp", "prefill.dispatch", "use attentionOutput: reduceScatter, which splits them, or dispatch: none" },
        { "all-to-all over tp and others", "prefill.dispatch", "or dispatch: allGather (dispatch: none where" },
        { "none on other tokens", "prefill.dispatch", "use dispatch: allToAll or allGather" },
        { "none on tokens of tp and others", "prefill.dispatch", "use dispatch: allGather" },
        { "gather over a part of an axis", "prefill.dispatch", "ep*etp = 2 cuts one" },
        { "gather beside tp", "prefill.order", "put tp first in order" },
        { "dedup of nothing", "prefill.dedup", "dedup says how tokens travel by All-to-All" },
        { "dedup of a load", "prefill.dedup", "under uniform routing" },
        { "dense group", "prefill.denseTp",
            "denseTp 3 is no group of ranks that can split a dense FFN: 1, tp, or tp times data-parallel axes; give 1 or 2 or 8" },
        { "head group", "prefill.headTp", "headTp 16 is no group of ranks that can split the LM head" },
        { "dense group of experts", "prefill.denseTp", "denseTp needs a dense FFN" },
        { "dense width", "prefill.denseTp", "an FFN of 2050 does not divide evenly over denseTp 8" },
        { "padding", "prefill.vocabPadding", "0 is out of range" },
        { "dispatch without moe", "prefill.dispatch", "dispatch needs experts" },
        { "etp", "prefill.etp", "etp 2 needs expertParallel: folded" },
        { "split decode", "decode.attentionOutput", "a replica has 1 sequences" },
        { "order", "prefill.order", "is no order of the axes" },
        { "layers per stage", "prefill.layersPerStage", "the entries sum to 15, but the model has 16 layers" },
        { "stages", "prefill.layersPerStage", "3 entries for pp 4" },
        { "empty stage", "prefill.layersPerStage", "every stage needs at least one layer" },
        { "balance", "prefill.balance", "layersPerStage already fixes the split" },
        { "no phase", "prefill", "neither a prefill nor a decode section" },
        { "load", "workload.expertLoad", "2 fractions for 16 experts" },
        { "negative load", "workload.expertLoad", "must not be negative" },
        { "zipf", "workload.expertLoad", "makes no load" },
        { "reserve", "cluster.memoryReserve", "is no fraction" },
    };

    private static PlanSpec Broken(string fault) => fault switch
    {
        "name" => Good with { Name = "a/b" },
        "layers" => Count(0),
        "huge layers" => Count(70_000),
        "huge gpus" => Good with { Cluster = Good.Cluster with { Gpus = 2_000_000 } },
        "heads" => Attention(attention => attention with { Heads = 9, KvHeads = 9 }),
        "ffn" => Layers(layer => layer with { FeedForward = new DenseFeedForward { Ffn = 2049 } }),
        "moe ffn" => Moe(moe => moe with { Ffn = 2049 }),
        "kv heads" => Attention(attention => attention with { Heads = 12, KvHeads = 3 }),
        "kv heads of heads" => Attention(attention => attention with { KvHeads = 3 }),
        "experts" => Moe(moe => moe with { ExpertCount = 3 }),
        "redundant" => Prefill(phase => phase with { RedundantExperts = 3 }),
        "ep without moe" => Layers(layer => layer with { FeedForward = new DenseFeedForward { Ffn = 2048 } }),
        "topK" => Moe(moe => moe with { TopK = 17 }),
        "world" => Prefill(phase => phase with { Dp = 2 }) with { Workload = Good.Workload with { Batch = 8 } },
        "disaggregated" => Good with { Cluster = Good.Cluster with { Pool = PoolKind.Disaggregated } },
        "pp" => Prefill(phase => phase with { Pp = 17, Ep = 1 }),
        "sp in decode" => Decode(phase => phase with { Sp = 2 }),
        "batch" => Workload(workload => workload with { Batch = 3 }),
        "kv parallel in prefill" => Prefill(phase => phase with { KvParallel = 2 }),
        "kv parallel over kv heads" => Decode(phase => phase with { KvParallel = 2 }),
        "kv parallel over tp" => Decode(phase => phase with { KvParallel = 3 }),
        "chunk in decode" => Decode(phase => phase with { Chunk = 64 }),
        "chunk with sp" => Prefill(phase => phase with { Chunk = 4096 }),
        "cached prompt with sp" => Workload(workload => workload with { CachedPrompt = 0.5 }),
        "small chunk" => Prefill(phase => phase with { Sp = 1, Chunk = 3 }),
        "cached prompt" => Workload(workload => workload with { CachedPrompt = 1 }),
        "replicas" => Prefill(phase => phase with { Replicas = 2 }),
        "batch of a phase" => Decode(phase => phase with { Batch = 3 }),
        "micro-batches" => Workload(workload => workload with { MicroBatches = 2 }),
        "prompt" => Workload(workload => workload with { PromptLength = 1 }),
        "prompt split" =>
            Prefill(phase =>
                phase with { AttentionOutput = AttentionOutput.ReduceScatter }) with { Workload = Good.Workload with { PromptLength = 3 } },
        "ulysses" => Prefill(phase => phase with { SpMethod = SequenceMethod.Ulysses, Sp = 8, Pp = 1 }),
        "folded product" => Folded with { Prefill = Folded.Prefill! with { Ep = 8, Etp = 2 } },
        "folded over tp" => Folded with { Prefill = Folded.Prefill! with { AttentionOutput = AttentionOutput.AllReduce } },
        "all-to-all over tp" => Tensor(phase => phase with { Dispatch = ExpertDispatch.AllToAll }),
        "all-to-all over tp and others" => Tensor(phase => phase with { Dispatch = ExpertDispatch.AllToAll, Dp = 2, Ep = 8 }),
        "none on other tokens" => Prefill(phase => phase with { Dispatch = ExpertDispatch.None }),
        "none on tokens of tp and others" => Tensor(phase => phase with { Dispatch = ExpertDispatch.None, Dp = 2, Ep = 8 }),
        "gather over a part of an axis" => Tensor(phase => phase with { Dispatch = ExpertDispatch.AllGather, Tp = 1, Dp = 4, Ep = 2 }),
        "gather beside tp" => Tensor(phase => phase with
        {
            Dispatch = ExpertDispatch.AllGather, Tp = 2, Dp = 4, Ep = 4, AttentionOutput = AttentionOutput.ReduceScatter,
            Order = ["dp", "tp", "sp", "ep", "pp"],
        }),
        "dedup of nothing" => Tensor(phase => phase with { Dedup = true }),
        "dedup of a load" => Prefill(phase => phase with { Dedup = true }) with
        {
            Workload = Good.Workload with { ExpertLoad = ExpertLoad.Zipf(1) },
        },
        "dense group" => DataParallel(6144, phase => phase with { DenseTp = 3 }),
        "head group" => DataParallel(2048, phase => phase with { HeadTp = 16 }),
        "dense group of experts" => Prefill(phase => phase with { DenseTp = 2 }),
        "dense width" => DataParallel(2050, phase => phase with { DenseTp = 8 }),
        "padding" => Prefill(phase => phase with { VocabPadding = 0 }),
        "dispatch without moe" => Layers(layer => layer with { FeedForward = new DenseFeedForward { Ffn = 2048 } }) with
        {
            Prefill = new PhaseStrategy { Dispatch = ExpertDispatch.AllGather },
        },
        "etp" => Prefill(phase => phase with { Etp = 2 }),
        "split decode" => Decode(phase => phase with { AttentionOutput = AttentionOutput.ReduceScatter }),
        "order" => Prefill(phase => phase with { Order = ["tp", "tp", "ep", "dp", "pp"] }),
        "layers per stage" => Prefill(phase => phase with { LayersPerStage = [4, 4, 4, 3] }),
        "stages" => Prefill(phase => phase with { LayersPerStage = [4, 4, 8] }),
        "empty stage" => Prefill(phase => phase with { LayersPerStage = [8, 8, 0, 0] }),
        "balance" => Prefill(phase => phase with { LayersPerStage = [4, 4, 4, 4], Balance = true }),
        "no phase" => Good with { Prefill = null, Decode = null },
        "load" => Workload(workload => workload with { ExpertLoad = ExpertLoad.Listed([0.5, 0.5]) }),
        "negative load" => Workload(workload => workload with { ExpertLoad = ExpertLoad.Listed(Enumerable.Repeat(-1.0, 16)) }),
        "zipf" => Workload(workload => workload with { ExpertLoad = ExpertLoad.Zipf(-1) }),
        "reserve" => Good with { Cluster = Good.Cluster with { MemoryReserve = 1 } },
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    [Fact]
    public void The_plans_that_the_refusals_start_from_are_accepted()
    {
        Assert.Empty(PlanValidator.Validate(Good));
        Assert.Empty(PlanValidator.Validate(Folded));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Refuses_with_the_key_and_the_reason(string fault, string path, string message)
    {
        IReadOnlyList<PlanFault> faults = PlanValidator.Validate(Broken(fault));
        Assert.Contains(faults, found => found.Path == path && found.Message.Contains(message, StringComparison.Ordinal));
        Assert.All(faults, found => Assert.DoesNotContain('\n', found.Message));
    }

    public static TheoryData<string, long, long> Ranges => new()
    {
        { "model.hidden", 1, 1 << 24 }, { "model.vocab", 1, 1 << 24 }, { "model.learnedPositions", 0, 1 << 24 },
        { "cluster.gpus", 1, 1 << 20 }, { "cluster.gpusPerNode", 1, 1 << 20 }, { "cluster.domain", 1, 1 << 20 },
        { "cluster.nicsPerNode", 1, 1 << 20 },
        { "workload.batch", 1, 1 << 24 }, { "workload.promptLength", 1, 1 << 30 }, { "workload.outputLength", 1, 1 << 30 },
        { "workload.microBatches", 1, 1 << 16 },
        { "prefill.pp", 1, 1 << 16 }, { "prefill.tp", 1, 1 << 16 }, { "prefill.sp", 1, 1 << 16 }, { "prefill.ep", 1, 1 << 16 },
        { "prefill.dp", 1, 1 << 16 }, { "prefill.etp", 1, 1 << 16 }, { "prefill.vocabPadding", 1, 1 << 24 },
        { "prefill.redundantExperts", 0, 1 << 16 }, { "prefill.chunk", 1, 1 << 30 }, { "prefill.kvParallel", 1, 1 << 16 },
        { "prefill.replicas", 1, 1 << 16 }, { "prefill.firstGpu", 0, (1 << 20) - 1 }, { "prefill.batch", 1, 1 << 24 },
        { "prefill.microBatches", 1, 1 << 16 },
    };

    /// <summary>Both ends are allowed; what lies beyond is refused with them.</summary>
    [Theory]
    [MemberData(nameof(Ranges))]
    public void Every_number_has_a_least_and_a_most(string path, long least, long most)
    {
        foreach (long value in new[] { least - 1, least, most, most + 1 })
        {
            string message = FormattableString.Invariant($"{value} is out of range; give {least} to {most}");
            bool refused = PlanValidator.Validate(With(path, (int)value)).Contains(new PlanFault(path, message));
            Assert.Equal(value < least || value > most, refused);
            if (!path.StartsWith("prefill", StringComparison.Ordinal))
                Assert.Equal(refused, PlanValidator.ValidateEnvironment(With(path, (int)value)).Contains(new PlanFault(path, message)));
        }
    }

    private static PlanSpec With(string path, int value) => path switch
    {
        "model.hidden" => Good with { Model = Good.Model with { Hidden = value } },
        "model.vocab" => Good with { Model = Good.Model with { Vocabulary = Good.Model.Vocabulary with { Size = value } } },
        "model.learnedPositions" => Good with
        {
            Model = Good.Model with { Vocabulary = Good.Model.Vocabulary with { LearnedPositions = value } },
        },
        "cluster.gpus" => Good with { Cluster = Good.Cluster with { Gpus = value } },
        "cluster.gpusPerNode" => Good with { Cluster = Good.Cluster with { GpusPerNode = value } },
        "cluster.domain" => Good with { Cluster = Good.Cluster with { Domain = value } },
        "cluster.nicsPerNode" => Good with { Cluster = Good.Cluster with { NicsPerNode = value } },
        "workload.batch" => Workload(workload => workload with { Batch = value }),
        "workload.promptLength" => Workload(workload => workload with { PromptLength = value }),
        "workload.outputLength" => Workload(workload => workload with { OutputLength = value }),
        "workload.microBatches" => Workload(workload => workload with { MicroBatches = value }),
        "prefill.pp" => Prefill(phase => phase with { Pp = value }),
        "prefill.tp" => Prefill(phase => phase with { Tp = value }),
        "prefill.sp" => Prefill(phase => phase with { Sp = value }),
        "prefill.ep" => Prefill(phase => phase with { Ep = value }),
        "prefill.dp" => Prefill(phase => phase with { Dp = value }),
        "prefill.etp" => Prefill(phase => phase with { Etp = value }),
        "prefill.vocabPadding" => Prefill(phase => phase with { VocabPadding = value }),
        "prefill.redundantExperts" => Prefill(phase => phase with { RedundantExperts = value }),
        "prefill.chunk" => Prefill(phase => phase with { Chunk = value }),
        "prefill.kvParallel" => Prefill(phase => phase with { KvParallel = value }),
        "prefill.replicas" => Prefill(phase => phase with { Replicas = value }),
        "prefill.firstGpu" => Prefill(phase => phase with { FirstGpu = value }),
        "prefill.batch" => Prefill(phase => phase with { Batch = value }),
        "prefill.microBatches" => Prefill(phase => phase with { MicroBatches = value }),
        _ => throw new ArgumentOutOfRangeException(nameof(path)),
    };

    /// <summary>What must be above 0 and end: memory and rates of the device, bandwidths of the links.</summary>
    [Fact]
    public void A_device_and_links_have_rates()
    {
        ClusterSpec cluster = Good.Cluster;
        foreach (double wrong in new[] { 0, -1, double.NaN, double.PositiveInfinity })
        {
            Assert.Equal(("cluster.gpu", "flops must be greater than 0"), Only(cluster with { Gpu = cluster.Gpu with { Flops = wrong } }));
            Assert.Equal(("cluster.gpu", "memoryBandwidth must be greater than 0"),
                Only(cluster with { Gpu = cluster.Gpu with { MemoryBandwidth = wrong } }));
            Assert.Equal(("cluster.intraNode", "bandwidth must be greater than 0"),
                Only(cluster with { IntraNode = cluster.IntraNode with { Bandwidth = wrong } }));
            Assert.Equal(("cluster.hostLink", "bandwidth must be greater than 0"),
                Only(cluster with { HostLink = cluster.HostLink with { Bandwidth = wrong } }));
            Assert.Equal(("cluster.interNode", "bandwidth must be greater than 0"),
                Only(cluster with { InterNode = cluster.InterNode with { Bandwidth = wrong } }));
        }

        Assert.Equal(("cluster.gpu", "memory must be greater than 0"), Only(cluster with { Gpu = cluster.Gpu with { MemoryBytes = 0 } }));
        ClusterSpec least = cluster with { Gpu = cluster.Gpu with { MemoryBytes = 1 } };
        Assert.Empty(PlanValidator.ValidateEnvironment(Good with { Cluster = least }));

        static (string, string) Only(ClusterSpec cluster)
        {
            PlanFault fault = Assert.Single(PlanValidator.ValidateEnvironment(Good with { Cluster = cluster }));
            return (fault.Path, fault.Message);
        }
    }

    [Theory]
    [InlineData(8, 4, true)]
    [InlineData(8, 16, true)]
    [InlineData(8, 8, true)]
    [InlineData(8, 3, false)]
    [InlineData(8, 12, false)]
    [InlineData(3, 8, false)]
    public void A_domain_does_not_end_inside_a_node(int node, int domain, bool accepted)
    {
        PlanSpec plan = Good with { Cluster = Good.Cluster with { GpusPerNode = node, Domain = domain } };
        Assert.Equal(accepted, PlanValidator.Validate(plan).Count == 0);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0.999, true)]
    [InlineData(1, false)]
    [InlineData(-0.001, false)]
    [InlineData(double.NaN, false)]
    public void A_reserve_and_a_cached_prompt_are_below_all(double fraction, bool accepted)
    {
        PlanSpec reserve = Good with { Cluster = Good.Cluster with { MemoryReserve = fraction } };
        Assert.Equal(accepted, PlanValidator.ValidateEnvironment(reserve).Count == 0);
        PlanSpec cached = Workload(workload => workload with { CachedPrompt = fraction });
        Assert.Equal(accepted, PlanValidator.ValidateEnvironment(cached).Count == 0);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(100, true)]
    [InlineData(100.1, false)]
    [InlineData(-0.1, false)]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    public void A_Zipf_exponent_is_from_0_to_100(double exponent, bool accepted) => Assert.Equal(
        accepted, PlanValidator.ValidateEnvironment(Workload(own => own with { ExpertLoad = ExpertLoad.Zipf(exponent) })).Count == 0);

    /// <summary>Sixteen experts; a sum may be off by a thousandth.</summary>
    [Theory]
    [InlineData(0.0625, 0.0625, true)]
    [InlineData(0.0625, 0.0634, true)]
    [InlineData(0.0625, 0.0636, false)]
    [InlineData(0.0625, 0.0614, false)]
    [InlineData(0, 0.125, true)]
    [InlineData(-0.01, 0.135, false)]
    [InlineData(double.NaN, 0.0625, false)]
    public void Fractions_of_a_load_add_up_to_1(double first, double second, bool accepted)
    {
        double[] fractions = [first, second, .. Enumerable.Repeat(0.0625, 14)];
        PlanSpec plan = Workload(own => own with { ExpertLoad = ExpertLoad.Listed(fractions) });
        Assert.Equal(accepted, PlanValidator.ValidateEnvironment(plan).Count == 0);
    }

    /// <summary>Two phases of 8 GPUs on 16: decode may lie behind prefill, before it, and nowhere else.</summary>
    [Theory]
    [InlineData(null, null, "")]
    [InlineData(0, 8, "")]
    [InlineData(8, 0, "")]
    [InlineData(0, 7, "decode.firstGpu: decode from GPU 7 on would share GPUs with prefill, which has 0 to 7")]
    [InlineData(8, 1, "decode.firstGpu: decode from GPU 1 on would share GPUs with prefill, which has 8 to 15")]
    [InlineData(0, 9, "decode.firstGpu: decode needs 8 GPUs (pp 1 * dp 1 * ep 1 * sp 1 * tp 8) from 9 on, but the last is 15")]
    [InlineData(9, 0, "prefill.firstGpu: prefill needs 8 GPUs (pp 1 * dp 1 * ep 1 * sp 1 * tp 8) from 9 on, but the last is 15")]
    [InlineData(null, 8, "")]
    [InlineData(null, 7, "decode.firstGpu: decode from GPU 7 on")]
    [InlineData(8, null, "decode: decode needs 8 GPUs (pp 1 * dp 1 * ep 1 * sp 1 * tp 8) but its pool has 0: the 16 of cluster.gpus less")]
    public void Phases_of_a_disaggregated_pool_have_GPUs_of_their_own(int? prefill, int? decode, string fault)
    {
        PlanSpec plan = TestPlans.Of(
            TestPlans.Dense, new PhaseStrategy { Tp = 8, FirstGpu = prefill }, new PhaseStrategy { Tp = 8, FirstGpu = decode },
            pool: PoolKind.Disaggregated);
        plan = plan with { Cluster = plan.Cluster with { Gpus = 16 } };
        string found = string.Join('|', PlanValidator.Validate(plan).Select(found => $"{found.Path}: {found.Message}"));
        Assert.StartsWith(fault, found, StringComparison.Ordinal);
        Assert.Equal(fault.Length == 0, found.Length == 0);
    }

    /// <summary>A first GPU places a phase of a disaggregated pool alone; a unified one begins at 0.</summary>
    [Fact]
    public void A_first_GPU_needs_a_disaggregated_pool()
    {
        PlanSpec plan = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { FirstGpu = 1 });
        PlanFault fault = Assert.Single(PlanValidator.Validate(plan));
        Assert.Equal("prefill.firstGpu", fault.Path);
        Assert.StartsWith("firstGpu places a phase of a disaggregated pool", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>16 GPUs of which prefill has 8: a decode of 8 fits behind it, and beside it on a unified pool one of 16.</summary>
    [Theory]
    [InlineData(PoolKind.Disaggregated, 1, true)]
    [InlineData(PoolKind.Disaggregated, 2, false)]
    [InlineData(PoolKind.Unified, 2, true)]
    [InlineData(PoolKind.Unified, 3, false)]
    public void A_pool_is_as_large_as_its_phases(PoolKind pool, int replicas, bool accepted)
    {
        PlanSpec plan = TestPlans.Of(
            TestPlans.Dense, new PhaseStrategy { Tp = 8 }, new PhaseStrategy { Tp = 8, Replicas = replicas }, pool: pool);
        plan = plan with { Cluster = plan.Cluster with { Gpus = 16 } };
        Assert.Equal(accepted, PlanValidator.Validate(plan).Count == 0);
    }

    /// <summary>Instances together take at most 2^24 sequences.</summary>
    [Theory]
    [InlineData(1 << 23, 2, true)]
    [InlineData((1 << 23) + 1, 2, false)]
    public void Instances_take_a_limited_number_of_sequences(int batch, int replicas, bool accepted)
    {
        PlanSpec plan = TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Replicas = replicas }, batch: batch);
        IReadOnlyList<PlanFault> faults = PlanValidator.Validate(plan);
        Assert.Equal(accepted, faults.Count == 0);
        Assert.All(faults, fault => Assert.Equal("prefill.replicas", fault.Path));
    }

    /// <summary>A decode batch that reduce-scatter splits: 8 sequences over dp 2 are 4 for tp 4, and 3 of 7 are too few.</summary>
    [Theory]
    [InlineData(8, true)]
    [InlineData(7, false)]
    public void A_decode_batch_has_a_sequence_for_every_rank_that_splits_it(int batch, bool accepted)
    {
        var strategy = new PhaseStrategy { Tp = 4, Dp = 2, AttentionOutput = AttentionOutput.ReduceScatter };
        IReadOnlyList<PlanFault> faults = PlanValidator.Validate(TestPlans.Of(TestPlans.Dense, null, strategy, batch: batch));
        Assert.Equal(accepted, faults.Count == 0);
        Assert.All(faults, fault => Assert.Equal("decode.attentionOutput", fault.Path));
    }

    /// <summary>6 experts over ep 4 are uneven, which is legal; copies make the sum even, or are refused.</summary>
    [Theory]
    [InlineData(6, 0, 4, true)]
    [InlineData(6, 2, 4, true)]
    [InlineData(6, 1, 4, false)]
    [InlineData(3, 1, 4, true)]
    [InlineData(3, 0, 4, false)]
    [InlineData(4, 0, 4, true)]
    public void Experts_and_their_copies_go_round(int experts, int copies, int ep, bool accepted)
    {
        ModelOutline model = TestPlans.Moe with { Moe = TestPlans.Moe.Moe! with { ExpertCount = experts, TopK = 1 } };
        var strategy = new PhaseStrategy { Ep = ep, RedundantExperts = copies };
        Assert.Equal(accepted, PlanValidator.Validate(TestPlans.Of(model, strategy)).Count == 0);
    }

    [Theory]
    [InlineData("ep", "ep 2 needs experts, but the model has no moe section; set ep to 1 or add model.moe")]
    [InlineData("dispatch", "dispatch needs experts, but the model has no moe section; leave the key out or add model.moe")]
    [InlineData("dedup", "dedup needs experts, but the model has no moe section; leave the key out or add model.moe")]
    [InlineData("redundantExperts", "1 redundant experts need experts, but the model has none; leave the key out")]
    public void Without_experts_their_keys_are_refused(string key, string message)
    {
        PhaseStrategy strategy = key switch
        {
            "ep" => new() { Ep = 2 },
            "dispatch" => new() { Dispatch = ExpertDispatch.None },
            "dedup" => new() { Dedup = true },
            _ => new() { RedundantExperts = 1 },
        };
        Assert.Equal([new PlanFault($"prefill.{key}", message)], PlanValidator.Validate(TestPlans.Of(TestPlans.Dense, strategy)));
    }

    /// <summary>Expert tensor parallelism is one of folded ranks; alone it fits where attention's ranks are as many.</summary>
    [Theory]
    [InlineData(2, 2, true)]
    [InlineData(4, 1, true)]
    [InlineData(1, 4, true)]
    [InlineData(3, 1, false)]
    [InlineData(2, 4, false)]
    public void Folded_experts_divide_the_ranks_of_a_stage(int ep, int etp, bool accepted)
    {
        var strategy = new PhaseStrategy
        {
            Tp = 2, Dp = 2, Ep = ep, Etp = etp, ExpertParallel = ExpertParallelMode.Folded, AttentionOutput = AttentionOutput.ReduceScatter,
        };
        IReadOnlyList<PlanFault> faults = PlanValidator.Validate(TestPlans.Of(TestPlans.Moe, strategy));
        Assert.Equal(accepted, faults.Count == 0);
        Assert.All(faults, fault =>
            Assert.StartsWith("folded: dp*sp*tp = 4 must equal edp*ep*etp", fault.Message, StringComparison.Ordinal));
    }

    /// <summary>A fault of several kinds of layers is told once.</summary>
    [Fact]
    public void A_fault_that_layers_share_is_told_once()
    {
        ModelOutline model = TestPlans.Moe with { FirstDenseLayers = 1, Heads = 9, KvHeads = 1 };
        Assert.Single(PlanValidator.Validate(TestPlans.Of(model, new PhaseStrategy { Tp = 2 })));
        Assert.Equal(2, ((ModelSpec)model).LayerKinds.Count);
    }

    [Fact]
    public void No_layers_are_one_fault()
    {
        Assert.Equal("model.layers", Assert.Single(PlanValidator.Validate(Count(0))).Path);
    }

    [Fact]
    public void Fewer_KV_heads_than_tp_and_uneven_batches_sequences_and_vocabularies_are_legal()
    {
        PlanSpec plan = TestPlans.Of(TestPlans.Dense with { KvHeads = 1, Vocab = 1003 }, new PhaseStrategy { Tp = 8, Dp = 3, Sp = 5 },
            batch: 7, prompt: 63);
        Assert.Empty(PlanValidator.Validate(plan));
    }

    [Fact]
    public void A_prompt_that_gives_every_part_one_position_is_accepted()
    {
        Assert.Empty(PlanValidator.Validate(Workload(workload => workload with { PromptLength = 2 })));
        PlanSpec split = Prefill(strategy => strategy with { AttentionOutput = AttentionOutput.ReduceScatter });
        Assert.Empty(PlanValidator.Validate(split with { Workload = split.Workload with { PromptLength = 4 } }));
    }

    /// <summary>8 sequences: a chunk of 8 tokens passes one position of each.</summary>
    [Fact]
    public void A_chunk_of_one_position_a_sequence_is_accepted() =>
        Assert.Empty(PlanValidator.Validate(TestPlans.Of(TestPlans.Dense, new PhaseStrategy { Chunk = 8 }, batch: 8)));

    /// <summary>8 sequences in chunks of 32 tokens pass 4 positions at a time, over tp 4; of 67 the last pass has 3.</summary>
    [Theory]
    [InlineData(64, true)]
    [InlineData(67, false)]
    [InlineData(68, true)]
    public void The_last_chunk_has_a_position_for_every_rank_that_splits_it(int prompt, bool accepted)
    {
        var strategy = new PhaseStrategy { Tp = 4, Chunk = 32, AttentionOutput = AttentionOutput.ReduceScatter };
        IReadOnlyList<PlanFault> faults = PlanValidator.Validate(TestPlans.Of(TestPlans.Dense, strategy, batch: 8, prompt: prompt));
        Assert.Equal(accepted, faults.Count == 0);
        Assert.All(faults, fault => Assert.Contains("splits 3 positions of a pass over tp 4", fault.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Every_rank_of_a_cache_that_is_split_by_token_holds_a_position(int prompt, bool accepted)
    {
        PlanSpec plan = TestPlans.Of(TestPlans.Dense, null, new PhaseStrategy { Tp = 8, KvParallel = 2 }, prompt: prompt);
        IReadOnlyList<PlanFault> faults = PlanValidator.Validate(plan);
        Assert.Equal(accepted, faults.Count == 0);
        Assert.All(faults, fault => Assert.Contains("the 1 positions that are cached", fault.Message, StringComparison.Ordinal));
    }
}
