using ParallelDag.Strategies;

namespace ParallelDag.Tests.Strategies;

/// <summary>What engines do by themselves, as their sources and papers say it.</summary>
public class EngineHabitsTests
{
    private static readonly PhaseStrategy Folded = new()
    {
        Pp = 2, Tp = 2, Dp = 4, Ep = 8, ExpertParallel = ExpertParallelMode.Folded,
    };

    private static readonly PhaseStrategy Dedicated = new() { Pp = 2, Tp = 2, Ep = 4 };

    private static PhaseStrategy Fill(EngineKind engine, PhaseStrategy strategy, int layers = 61, bool experts = true,
        bool dense = true, params string[] written) =>
        EngineHabits.Fill(engine, strategy, written.Contains, layers, experts, dense);

    /// <summary>
    /// vLLM reshapes its ranks to data, pipeline, context, tensor; SGLang and TensorRT-LLM take attention's data parallelism out of the
    /// tensor group, whose ranks lie within a stage. Copies of a model are processes of their own, outside the stages.
    /// </summary>
    [Theory]
    [InlineData(EngineKind.Vllm, true, "tp sp ep pp dp")]
    [InlineData(EngineKind.Vllm, false, "tp sp ep pp dp")]
    [InlineData(EngineKind.Trtllm, true, "tp ep sp pp dp")]
    [InlineData(EngineKind.Trtllm, false, "tp ep dp sp pp")]
    [InlineData(EngineKind.Sglang, true, "tp sp ep pp dp")]
    [InlineData(EngineKind.Sglang, false, "tp sp ep dp pp")]
    [InlineData(EngineKind.Megatron, false, "tp sp ep dp pp")]
    public void Ranks_are_numbered_as_the_engine_does(EngineKind engine, bool copies, string order) =>
        Assert.Equal(order.Split(' '), EngineHabits.Order(engine, copies));

    /// <summary>DEFAULT_VOCAB_PADDING_SIZE of vLLM and SGLang is 64; Megatron makes vocabularies divisible by 128 a tensor rank.</summary>
    [Theory]
    [InlineData(EngineKind.Vllm, 64)]
    [InlineData(EngineKind.Sglang, 64)]
    [InlineData(EngineKind.Trtllm, 1)]
    [InlineData(EngineKind.Megatron, 512)]
    public void Vocabularies_are_padded_as_the_engine_does(EngineKind engine, int multiple) =>
        Assert.Equal(multiple, EngineHabits.VocabPadding(engine, 4));

    [Theory]
    [InlineData(EngineKind.Vllm, 61, 4, "15 15 16 15")]
    [InlineData(EngineKind.Sglang, 61, 4, "15 15 15 16")]
    [InlineData(EngineKind.Trtllm, 61, 4, "16 15 15 15")]
    [InlineData(EngineKind.Vllm, 62, 4, "15 16 16 15")]
    [InlineData(EngineKind.Megatron, 62, 4, "15 16 16 15")]
    [InlineData(EngineKind.Sglang, 62, 4, "15 15 16 16")]
    [InlineData(EngineKind.Trtllm, 62, 4, "16 16 15 15")]
    [InlineData(EngineKind.Sglang, 60, 4, "15 15 15 15")]
    [InlineData(EngineKind.Trtllm, 60, 4, "15 15 15 15")]
    public void The_remainder_of_layers_goes_where_the_engine_puts_it(EngineKind engine, int layers, int stages, string split) =>
        Assert.Equal(split.Split(' ').Select(int.Parse), EngineHabits.Layers(engine, layers, stages));

    /// <summary>Ranks with the same tokens need no dispatch; TensorRT-LLM alone exchanges tokens unless told otherwise.</summary>
    [Theory]
    [InlineData(EngineKind.Vllm, true, ExpertDispatch.AllGather)]
    [InlineData(EngineKind.Sglang, true, ExpertDispatch.AllGather)]
    [InlineData(EngineKind.Trtllm, true, ExpertDispatch.AllToAll)]
    [InlineData(EngineKind.Trtllm, false, ExpertDispatch.None)]
    [InlineData(EngineKind.Vllm, false, ExpertDispatch.None)]
    public void Tokens_meet_experts_as_the_engine_does(EngineKind engine, bool distinct, ExpertDispatch dispatch) =>
        Assert.Equal(dispatch, EngineHabits.Dispatch(engine, distinct));

    [Fact]
    public void Open_keys_take_the_habits() => Assert.Equal(Folded with
    {
        Order = ["tp", "sp", "ep", "dp", "pp"],
        VocabPadding = 64,
        PipelineMessage = PipelineMessage.Scattered,
        LayersPerStage = [30, 31],
        Dispatch = ExpertDispatch.AllGather,
        DenseTp = 8,
        HeadTp = 8,
    }, Fill(EngineKind.Sglang, Folded));

    [Fact]
    public void Each_written_key_stays_as_it_is()
    {
        PhaseStrategy open = Fill(EngineKind.Sglang, Folded);
        foreach ((string key, Func<PhaseStrategy, PhaseStrategy> undo) in new (string, Func<PhaseStrategy, PhaseStrategy>)[]
        {
            ("order", own => own with { Order = Folded.Order }),
            ("vocabPadding", own => own with { VocabPadding = 1 }),
            ("pipelineMessage", own => own with { PipelineMessage = PipelineMessage.Whole }),
            ("layersPerStage", own => own with { LayersPerStage = null }),
            ("balance", own => own with { LayersPerStage = null }),
            ("dispatch", own => own with { Dispatch = null }),
            ("denseTp", own => own with { DenseTp = null }),
            ("headTp", own => own with { HeadTp = null }),
        })
        {
            Assert.Equal(undo(open), Fill(EngineKind.Sglang, Folded, written: key));
        }
    }

    /// <summary>A rank that exchanges tokens takes its own share of what attention owes.</summary>
    [Fact]
    public void Attention_hands_on_parts_where_tokens_are_exchanged()
    {
        PhaseStrategy filled = Fill(EngineKind.Trtllm, Folded);
        Assert.Equal(ExpertDispatch.AllToAll, filled.Dispatch);
        Assert.Equal(AttentionOutput.ReduceScatter, filled.AttentionOutput);
        Assert.Equal(PipelineMessage.Whole, filled.PipelineMessage);
        Assert.Null(filled.DenseTp);
        Assert.Equal(AttentionOutput.AllReduce, Fill(EngineKind.Trtllm, Folded, written: "attentionOutput").AttentionOutput);
        Assert.Equal(AttentionOutput.AllReduce, Fill(EngineKind.Trtllm, Folded with { Tp = 1 }).AttentionOutput);
        Assert.Equal(AttentionOutput.AllReduce, Fill(EngineKind.Vllm, Folded).AttentionOutput);
    }

    /// <summary>Experts of one rank need no dispatch at all; of the ranks of one data-parallel replica, none that moves tokens.</summary>
    [Fact]
    public void A_dispatch_is_chosen_for_folded_experts_of_several_ranks()
    {
        Assert.Null(Fill(EngineKind.Trtllm, Folded with { Ep = 1 }).Dispatch);
        Assert.Equal(ExpertDispatch.AllToAll, Fill(EngineKind.Trtllm, Folded with { Ep = 1, Etp = 2 }).Dispatch);
        Assert.Equal(ExpertDispatch.None, Fill(EngineKind.Trtllm, Folded with { Dp = 1 }).Dispatch);
        Assert.Equal(ExpertDispatch.AllToAll, Fill(EngineKind.Trtllm, Folded with { Dp = 1, Sp = 2 }).Dispatch);
        Assert.Null(Fill(EngineKind.Trtllm, Dedicated).Dispatch);
        Assert.Null(Fill(EngineKind.Trtllm, Folded, experts: false).Dispatch);
    }

    /// <summary>SGLang splits dense layers over all ranks of a stage: tp, and attention's data parallelism, which ep is where experts have
    /// GPUs of their own.</summary>
    [Fact]
    public void Dense_layers_of_SGLang_go_over_all_ranks_of_a_stage()
    {
        Assert.Equal((8, 8), Degrees(Dedicated));
        Assert.Equal((null, null), Degrees(Dedicated with { Ep = 1, Dp = 4 }));
        Assert.Equal((null, null), Degrees(Folded with { Dp = 1 }));
        Assert.Equal((null, null), Degrees(Folded, experts: false));

        static (int?, int?) Degrees(PhaseStrategy strategy, bool experts = true)
        {
            PhaseStrategy filled = Fill(EngineKind.Sglang, strategy, experts: experts);
            return (filled.DenseTp, filled.HeadTp);
        }
    }

    /// <summary>Without a dense FFN there is nothing that <c>denseTp</c> could split, and plans refuse it; the LM head is there.</summary>
    [Fact]
    public void A_model_of_experts_alone_takes_no_width_of_dense_layers()
    {
        PhaseStrategy filled = Fill(EngineKind.Sglang, Folded, dense: false);
        Assert.Equal((null, 8), (filled.DenseTp, filled.HeadTp));
    }

    /// <summary>61 layers over two stages: 31,30 unless the engine says otherwise, as our own default is.</summary>
    [Fact]
    public void Layers_are_written_where_the_engine_divides_them_otherwise()
    {
        Assert.Null(Fill(EngineKind.Vllm, Folded).LayersPerStage);
        Assert.Null(Fill(EngineKind.Trtllm, Folded).LayersPerStage);
        Assert.Equal([30, 31], Fill(EngineKind.Sglang, Folded).LayersPerStage!);
        Assert.Null(Fill(EngineKind.Sglang, Folded, layers: 60).LayersPerStage);
        Assert.Null(Fill(EngineKind.Sglang, Folded, layers: 1).LayersPerStage);
        Assert.Equal([0, 1, 1], EngineHabits.Layers(EngineKind.Sglang, 2, 3));
        Assert.Equal([1, 1, 1, 1, 2], Fill(EngineKind.Sglang, Folded with { Pp = 5 }, layers: 6).LayersPerStage!);
        PhaseStrategy one = Fill(EngineKind.Sglang, Folded with { Pp = 1 });
        Assert.Null(one.LayersPerStage);
        Assert.Equal(PipelineMessage.Whole, one.PipelineMessage);
    }

    /// <summary>What is refused later must come through: nothing is derived from a degree below one.</summary>
    [Fact]
    public void A_strategy_with_a_degree_below_one_is_left_alone()
    {
        foreach (PhaseStrategy wrong in new[]
        {
            Folded with { Pp = 0 }, Folded with { Tp = 0 }, Folded with { Sp = 0 }, Folded with { Dp = 0 }, Folded with { Ep = 0 },
            Folded with { Etp = 0 },
        })
        {
            Assert.Equal(wrong, Fill(EngineKind.Sglang, wrong));
        }
    }

    [Fact]
    public void A_key_differs_where_its_value_is_not_the_default()
    {
        (string Key, PhaseStrategy Strategy)[] changes =
        [
            ("order", new() { Order = ["pp", "tp", "sp", "ep", "dp"] }),
            ("vocabPadding", new() { VocabPadding = 2 }),
            ("pipelineMessage", new() { PipelineMessage = PipelineMessage.Scattered }),
            ("layersPerStage", new() { LayersPerStage = [1] }),
            ("balance", new() { Balance = true }),
            ("dispatch", new() { Dispatch = ExpertDispatch.AllToAll }),
            ("attentionOutput", new() { AttentionOutput = AttentionOutput.AllGather }),
            ("denseTp", new() { DenseTp = 1 }),
            ("headTp", new() { HeadTp = 1 }),
        ];
        foreach ((string key, _) in changes)
        {
            foreach ((string changed, PhaseStrategy strategy) in changes)
                Assert.Equal(key == changed, EngineHabits.Differs(strategy, key));
        }
    }

    /// <summary>DeepEP's normal kernels, which vLLM and SGLang run for prompts, send a token once to each rank.</summary>
    [Theory]
    [InlineData(EngineKind.Vllm, ExpertDispatch.AllToAll, true, true)]
    [InlineData(EngineKind.Sglang, ExpertDispatch.AllToAll, true, true)]
    [InlineData(EngineKind.Sglang, ExpertDispatch.AllToAll, false, false)]
    [InlineData(EngineKind.Trtllm, ExpertDispatch.AllToAll, true, false)]
    [InlineData(EngineKind.Vllm, ExpertDispatch.AllGather, true, false)]
    [InlineData(EngineKind.Vllm, null, true, false)]
    public void Tokens_go_once_to_each_rank_where_the_kernels_do_so(
        EngineKind engine, ExpertDispatch? dispatch, bool servesPrompts, bool once) =>
        Assert.Equal(once, EngineHabits.Realise(engine, Folded, dispatch, servesPrompts).Dedup);

    [Fact]
    public void What_no_option_changes_has_the_value_of_the_engine()
    {
        PhaseStrategy realised = EngineHabits.Realise(
            EngineKind.Vllm, Folded with { SpMethod = SequenceMethod.Ring, AttentionOutput = AttentionOutput.AllGather },
            ExpertDispatch.AllToAll, servesPrompts: false);
        Assert.Equal(Folded with
        {
            AttentionOutput = AttentionOutput.ReduceScatter, PipelineMessage = PipelineMessage.Scattered, VocabPadding = 64,
        }, realised);
        Assert.Equal(AttentionOutput.AllReduce,
            EngineHabits.Realise(EngineKind.Vllm, Folded with { Tp = 1 }, ExpertDispatch.AllToAll, true).AttentionOutput);
        Assert.Equal(AttentionOutput.AllReduce,
            EngineHabits.Realise(EngineKind.Vllm, Folded, ExpertDispatch.AllGather, true).AttentionOutput);

        // With one tensor rank, or one stage, both ways to send are the same: what the plan says stays.
        Assert.Equal(PipelineMessage.Whole, EngineHabits.Realise(EngineKind.Vllm, Folded with { Tp = 1 }, null, true).PipelineMessage);
        Assert.Equal(PipelineMessage.Whole, EngineHabits.Realise(EngineKind.Vllm, Folded with { Pp = 1 }, null, true).PipelineMessage);
        Assert.Equal(PipelineMessage.Whole, EngineHabits.Realise(EngineKind.Trtllm,
            Folded with { PipelineMessage = PipelineMessage.Scattered }, null, true).PipelineMessage);
    }
}
