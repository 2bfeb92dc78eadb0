using ParallelDag.Layers;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;
using static ParallelDag.Tests.Plans.ReferenceChanges;

namespace ParallelDag.Tests.Plans;

/// <summary>Every refusal of a plan, each by one change to a plan that is accepted.</summary>
public class PlanValidatorTests
{
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

    private static PlanSpec DataParallel(int ffn, Func<PhaseStrategy, PhaseStrategy> change) =>
        Layers(layer => layer with { FeedForward = new DenseFeedForward { Ffn = ffn } }) with
        {
            Prefill = change(new PhaseStrategy { Tp = 2, Dp = 4 }), Decode = null,
        };

    private static PlanSpec Tensor(Func<PhaseStrategy, PhaseStrategy> change) =>
        Good with { Prefill = change(new PhaseStrategy { Tp = 4, Ep = 4, ExpertParallel = ExpertParallelMode.Folded }), Decode = null };

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
