using ParallelDag.Collections;

namespace ParallelDag.Strategies;

/// <summary>
/// What engines do where no option of theirs says otherwise: how tokens meet their experts, how layers divide over stages, how ranks are
/// numbered, how vocabularies are padded. <see cref="Fill"/> takes them for the keys that a plan leaves open, <see cref="Realise"/> tells
/// what becomes of a strategy whatever it says.
/// </summary>
internal static class EngineHabits
{
    /// <summary>How the engine numbers the ranks of a strategy, inner to outer.</summary>
    public static ValueList<string> Order(EngineKind engine, bool copies) => engine switch
    {
        EngineKind.Vllm => ["tp", "sp", "ep", "pp", "dp"],
        EngineKind.Trtllm => copies ? ["tp", "ep", "sp", "pp", "dp"] : ["tp", "ep", "dp", "sp", "pp"],
        _ => copies ? ["tp", "sp", "ep", "pp", "dp"] : ["tp", "sp", "ep", "dp", "pp"],
    };

    /// <summary>The vocabulary is padded to a multiple of it.</summary>
    public static int VocabPadding(EngineKind engine, int tp) => engine switch
    {
        EngineKind.Vllm or EngineKind.Sglang => 64,
        EngineKind.Megatron => 128 * tp,
        _ => 1,
    };

    /// <summary>How hidden states go to the next stage.</summary>
    public static PipelineMessage Message(EngineKind engine) => engine == EngineKind.Trtllm ? PipelineMessage.Whole
        : PipelineMessage.Scattered;

    /// <summary>
    /// Layers of each stage. vLLM gives the remainder to the stages before the last, SGLang to the last ones, TensorRT-LLM to the first
    /// ones;
    /// Megatron-Core has no rule for one. 61 over 4: 15,15,16,15; 15,15,15,16; 16,15,15,15.
    /// </summary>
    public static int[] Layers(EngineKind engine, int layers, int stages)
    {
        if (layers % stages == 0 || engine is EngineKind.Vllm or EngineKind.Megatron)
            return LayerSplit.Even(layers, stages);
        int[] split = [.. Enumerable.Repeat(layers / stages, stages)];
        for (int extra = 0; extra < layers % stages; extra++)
            split[engine == EngineKind.Sglang ? stages - 1 - extra : extra]++;
        return split;
    }

    /// <summary>How tokens meet their experts without an option for it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="distinct">True where the ranks of a stage hold different tokens.</param>
    public static ExpertDispatch Dispatch(EngineKind engine, bool distinct) =>
        !distinct ? ExpertDispatch.None : engine == EngineKind.Trtllm ? ExpertDispatch.AllToAll : ExpertDispatch.AllGather;

    /// <summary>A strategy with the engine's habits for the keys that nobody wrote.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="strategy">The strategy, its other keys at their defaults.</param>
    /// <param name="written">True for a key that the plan writes.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="hasExperts">True for a model with experts.</param>
    /// <param name="hasDense">True for a model with a dense FFN.</param>
    public static PhaseStrategy Fill(
        EngineKind engine, PhaseStrategy strategy, Func<string, bool> written, int layers, bool hasExperts, bool hasDense)
    {
        if (strategy.Pp < 1 || strategy.Tp < 1 || strategy.Sp < 1 || strategy.Dp < 1 || strategy.Ep < 1 || strategy.Etp < 1)
            return strategy;
        bool folded = hasExperts && strategy.ExpertParallel == ExpertParallelMode.Folded;
        int attentionData = folded ? strategy.Dp : hasExperts ? strategy.Ep : 1;
        if (!written("order"))
            strategy = strategy with { Order = Order(engine, copies: !folded) };
        if (!written("vocabPadding"))
            strategy = strategy with { VocabPadding = VocabPadding(engine, strategy.Tp) };
        if (!written("pipelineMessage") && strategy.Pp > 1)
            strategy = strategy with { PipelineMessage = Message(engine) };
        if (!written("layersPerStage") && !written("balance") && strategy.Pp > 1 && layers >= strategy.Pp
            && !Layers(engine, layers, strategy.Pp).SequenceEqual(LayerSplit.Even(layers, strategy.Pp)))
            strategy = strategy with { LayersPerStage = [.. Layers(engine, layers, strategy.Pp)] };
        if (folded && !written("dispatch") && strategy.Ep * strategy.Etp > 1)
            strategy = strategy with { Dispatch = Dispatch(engine, attentionData > 1 || strategy.Sp > 1) };
        if (folded && !written("attentionOutput") && strategy.Tp > 1 && strategy.Dispatch == ExpertDispatch.AllToAll)
            strategy = strategy with { AttentionOutput = AttentionOutput.ReduceScatter };
        if (engine == EngineKind.Sglang && attentionData > 1)
        {
            int all = strategy.Tp * attentionData;
            strategy = strategy with
            {
                DenseTp = written("denseTp") || !hasDense ? strategy.DenseTp : all,
                HeadTp = written("headTp") ? strategy.HeadTp : all,
            };
        }

        return strategy;
    }

    /// <summary>True where a strategy says something else than a plan that leaves the key out.</summary>
    public static bool Differs(PhaseStrategy strategy, string key) => key switch
    {
        "order" => !strategy.Order.SequenceEqual(PhaseStrategy.DefaultOrder),
        "vocabPadding" => strategy.VocabPadding != 1,
        "pipelineMessage" => strategy.PipelineMessage != PipelineMessage.Whole,
        "layersPerStage" => strategy.LayersPerStage is not null,
        "balance" => strategy.Balance,
        "dispatch" => strategy.Dispatch is not null,
        "attentionOutput" => strategy.AttentionOutput != AttentionOutput.AllReduce,
        "denseTp" => strategy.DenseTp is not null,
        _ => strategy.HeadTp is not null,
    };

    /// <summary>
    /// A strategy as an engine runs it: what no option changes has the engine's value. Its placement is left alone, and so is what options
    /// say.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="strategy">The strategy.</param>
    /// <param name="dispatch">How its tokens meet their experts; null without experts.</param>
    /// <param name="servesPrompts">True for a process that takes prompts, whose kernels send a token once to each rank (DeepEP's normal
    /// ones).</param>
    public static PhaseStrategy Realise(EngineKind engine, PhaseStrategy strategy, ExpertDispatch? dispatch, bool servesPrompts) =>
        strategy with
    {
        AttentionOutput = dispatch == ExpertDispatch.AllToAll && strategy.Tp > 1 ? AttentionOutput.ReduceScatter
            : AttentionOutput.AllReduce,
        Dedup = dispatch == ExpertDispatch.AllToAll && servesPrompts && engine is EngineKind.Vllm or EngineKind.Sglang,
        PipelineMessage = strategy is { Pp: > 1, Tp: > 1 } ? Message(engine) : strategy.PipelineMessage,
        VocabPadding = VocabPadding(engine, strategy.Tp),
        SpMethod = SequenceMethod.AllGather,
    };
}
