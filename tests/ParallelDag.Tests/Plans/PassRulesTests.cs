using ParallelDag.Layers;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>What passes at a time, at the ends of what a strategy can split.</summary>
public class PassRulesTests
{
    private static string[] Prefill(PhaseStrategy strategy, int prompt = 64, double cached = 0, int batch = 8) =>
        Keys(PhaseKind.Prefill, strategy, prompt, cached, batch);

    private static string[] Keys(
        PhaseKind phase, PhaseStrategy strategy, int prompt = 64, double cached = 0, int batch = 8, ModelSpec? model = null)
    {
        PlanSpec spec = TestPlans.Of(model ?? TestPlans.Dense, strategy, batch: batch, prompt: prompt);
        spec = spec with { Workload = spec.Workload with { CachedPrompt = cached } };
        return [.. PassRules.Faults(spec, phase, "here", strategy).Select(fault => fault.Path)];
    }

    /// <summary>A position for every part: sp, and tp where reduce-scatter splits the sequence further.</summary>
    [Theory]
    [InlineData(AttentionOutput.AllReduce, 3, true)]
    [InlineData(AttentionOutput.AllReduce, 2, false)]
    [InlineData(AttentionOutput.AllGather, 3, true)]
    [InlineData(AttentionOutput.ReduceScatter, 6, true)]
    [InlineData(AttentionOutput.ReduceScatter, 5, false)]
    public void A_prompt_has_a_position_for_every_part(AttentionOutput output, int prompt, bool accepted) => Assert.Equal(
        accepted ? [] : ["here.sp"], Prefill(new() { Sp = 3, Tp = 2, AttentionOutput = output }, prompt));

    /// <summary>Of a prompt of 8 whose half is cached, 4 positions pass.</summary>
    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void What_is_cached_does_not_pass(int tp, bool accepted) => Assert.Equal(
        accepted ? [] : ["here.sp"], Prefill(new() { Tp = tp, AttentionOutput = AttentionOutput.ReduceScatter }, prompt: 8, cached: 0.5));

    [Fact]
    public void A_split_prompt_comes_whole()
    {
        Assert.Empty(Prefill(new() { Sp = 2 }));
        Assert.Empty(Prefill(new() { Sp = 1 }, cached: 0.5));
        Assert.Equal(["here.sp"], Prefill(new() { Sp = 2 }, cached: 0.5));
        Assert.Equal(["here.chunk"], Prefill(new() { Sp = 2, Chunk = 64 }));
        Assert.Equal(["here.chunk"], Prefill(new() { Sp = 2, Chunk = 64 }, cached: 0.5));

        // A share of a prompt that is not one position is nothing cached.
        Assert.Empty(Prefill(new() { Sp = 2 }, cached: 0.01));
    }

    [Fact]
    public void A_cache_is_split_in_decode_alone()
    {
        Assert.Empty(Prefill(new() { Tp = 8, KvParallel = 1 }));
        Assert.Equal(["here.kvParallel"], Prefill(new() { Tp = 8, KvParallel = 2 }));
    }

    /// <summary>8 sequences in a micro-batch: a chunk of 8 tokens passes a position of each, one of 7 none.</summary>
    [Theory]
    [InlineData(8, 1, true)]
    [InlineData(7, 1, false)]
    [InlineData(4, 2, true)]
    [InlineData(3, 2, false)]
    public void A_chunk_has_a_position_of_each_sequence(int chunk, int microBatches, bool accepted) => Assert.Equal(
        accepted ? [] : ["here.chunk"], Prefill(new() { Chunk = chunk, MicroBatches = microBatches }));

    /// <summary>65,536 passes are allowed: as many positions one by one, or half as many in two micro-batches.</summary>
    [Theory]
    [InlineData(65_536, 1, true)]
    [InlineData(65_537, 1, false)]
    [InlineData(32_768, 2, true)]
    [InlineData(32_769, 2, false)]
    public void Chunks_make_a_limited_number_of_passes(int prompt, int microBatches, bool accepted) => Assert.Equal(
        accepted ? [] : ["here.chunk"], Prefill(new() { Chunk = 4, MicroBatches = microBatches }, prompt, batch: 4 * microBatches));

    /// <summary>Chunks of 4 positions over tp 4; the last has what is left of the prompt.</summary>
    [Theory]
    [InlineData(64, 4, AttentionOutput.ReduceScatter, true)]
    [InlineData(67, 4, AttentionOutput.ReduceScatter, false)]
    [InlineData(67, 4, AttentionOutput.AllReduce, true)]
    [InlineData(67, 2, AttentionOutput.ReduceScatter, true)]
    [InlineData(65, 2, AttentionOutput.ReduceScatter, false)]
    [InlineData(64, 8, AttentionOutput.ReduceScatter, false)]
    public void Every_part_of_a_chunk_has_a_position(int prompt, int tp, AttentionOutput output, bool accepted) => Assert.Equal(
        accepted ? [] : ["here.chunk"], Prefill(new() { Tp = tp, Chunk = 32, AttentionOutput = output }, prompt));

    [Fact]
    public void Decode_passes_one_token()
    {
        Assert.Empty(Keys(PhaseKind.Decode, new() { Tp = 4 }));
        Assert.Equal(["here.chunk"], Keys(PhaseKind.Decode, new() { Chunk = 64 }));
        Assert.Equal(["here.sp"], Keys(PhaseKind.Decode, new() { Sp = 2 }));
        Assert.Empty(Keys(PhaseKind.Decode, new() { Tp = 4, KvParallel = 2 }));
        Assert.Equal(["here.kvParallel"], Keys(PhaseKind.Decode, new() { Tp = 4, KvParallel = 3 }));

        // A prompt that is shorter than what splits prefill alone is nothing to decode.
        Assert.Empty(Keys(PhaseKind.Decode, new() { Tp = 4, AttentionOutput = AttentionOutput.ReduceScatter }, prompt: 2));
    }

    /// <summary>
    /// A window of 2 keeps two positions for four ranks, beside layers that keep all; a state is kept once a sequence and not split.
    /// </summary>
    [Theory]
    [InlineData(2, false)]
    [InlineData(4, true)]
    public void Every_rank_that_splits_a_cache_holds_some_of_it(int window, bool accepted)
    {
        ModelSpec dense = TestPlans.Dense;
        var attention = (GroupedAttention)dense.Layer(1).Mixer!;
        Mixer[] mixers = [attention, attention with { Window = window },
            new GatedDeltaNet { KeyHeads = 8, ValueHeads = 8, KeyHeadDim = 4, ValueHeadDim = 4 }, attention];
        ModelSpec model = dense with { Layers = ModelSpec.LayersOf(4, layer => dense.Layer(1) with { Mixer = mixers[layer - 1] }) };
        Assert.Equal(accepted ? [] : ["here.kvParallel"],
            Keys(PhaseKind.Decode, new() { Tp = 8, KvParallel = 4 }, prompt: 4, model: model));
        ModelSpec states = dense with { Layers = ModelSpec.LayersOf(4, _ => dense.Layer(1) with { Mixer = mixers[2] }) };
        Assert.Empty(Keys(PhaseKind.Decode, new() { Tp = 8, KvParallel = 4 }, prompt: 1, model: states));
    }
}
