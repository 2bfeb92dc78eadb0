using ParallelDag.Collections;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>How the attention output leaves tensor parallelism.</summary>
public enum AttentionOutput
{
    /// <summary>Row-parallel output projection, then an All-Reduce (Megatron's tensor parallelism).</summary>
    AllReduce,

    /// <summary>Row-parallel output projection, then a Reduce-Scatter of the sequence (Megatron's sequence parallelism).</summary>
    ReduceScatter,

    /// <summary>An All-Gather of the heads, then a replicated output projection.</summary>
    AllGather,
}

/// <summary>Where the expert-parallel axis comes from.</summary>
public enum ExpertParallelMode
{
    /// <summary>An axis of its own, which is a data-parallel axis for attention.</summary>
    Dedicated,

    /// <summary>The ranks of a stage factored a second time as edp*ep*etp (Megatron, vLLM, SGLang, DeepSeek).</summary>
    Folded,
}

/// <summary>How attention sees the whole sequence when <c>sp</c> splits it.</summary>
public enum SequenceMethod
{
    /// <summary>K and V are gathered.</summary>
    AllGather,

    /// <summary>K and V pass around a ring in sp-1 steps.</summary>
    Ring,

    /// <summary>Heads and sequence are exchanged before and after attention.</summary>
    Ulysses,
}

/// <summary>In which order the micro-batches of a phase pass a stage.</summary>
public enum PhaseSchedule
{
    /// <summary>
    /// One after the other: a stage begins a micro-batch when it has finished the one before (GPipe without a backward pass).
    /// </summary>
    Gpipe,

    /// <summary>No order between them: two micro-batches may overlap on a stage (DeepSeek's and SGLang's two-batch overlap).</summary>
    Overlapped,
}

/// <summary>How tokens meet their routed experts.</summary>
public enum ExpertDispatch
{
    /// <summary>Each token goes to the ranks of its experts, and back (DeepEP, Megatron's default).</summary>
    AllToAll,

    /// <summary>Plain tokens are gathered, partial sums reduce-scattered (vLLM's <c>allgather_reducescatter</c>).</summary>
    AllGather,

    /// <summary>Nothing moves: the ranks hold the same tokens, and the partial sums ride with the block's All-Reduce.</summary>
    None,
}

/// <summary>How hidden states that every tp rank holds go to the next stage.</summary>
public enum PipelineMessage
{
    /// <summary>Every tp rank sends them whole.</summary>
    Whole,

    /// <summary>Every tp rank sends its part, and the receivers gather them over tp (Megatron's scatter-gather, vLLM's habit).</summary>
    Scattered,
}

/// <summary>The parallel strategy of one phase.</summary>
public sealed record PhaseStrategy
{
    /// <summary>The default rank order, inner to outer.</summary>
    public static ValueList<string> DefaultOrder { get; } = ["tp", "sp", "ep", "dp", "pp"];

    /// <summary>Pipeline-parallel degree: stages.</summary>
    public int Pp { get; init; } = 1;

    /// <summary>Tensor-parallel degree.</summary>
    public int Tp { get; init; } = 1;

    /// <summary>
    /// Sequence (context) parallel degree: an axis of its own. Megatron's "sequence parallel" is
    /// <see cref="AttentionOutput.ReduceScatter"/>.
    /// </summary>
    public int Sp { get; init; } = 1;

    /// <summary>Expert-parallel degree.</summary>
    public int Ep { get; init; } = 1;

    /// <summary>Data-parallel degree.</summary>
    public int Dp { get; init; } = 1;

    /// <summary>How the attention output leaves tensor parallelism.</summary>
    public AttentionOutput AttentionOutput { get; init; } = AttentionOutput.AllReduce;

    /// <summary>Where the expert-parallel axis comes from.</summary>
    public ExpertParallelMode ExpertParallel { get; init; } = ExpertParallelMode.Dedicated;

    /// <summary>Tensor-parallel degree within an expert; folded mode only.</summary>
    public int Etp { get; init; } = 1;

    /// <summary>How tokens meet their experts; null: by where the tokens lie.</summary>
    public ExpertDispatch? Dispatch { get; init; }

    /// <summary>Extra copies of experts that even the load (as in DeepSeek's EPLB).</summary>
    public int RedundantExperts { get; init; }

    /// <summary>
    /// True when a token travels once to each rank that has some of its experts, and once to each node over the network (DeepEP's normal
    /// kernels).
    /// </summary>
    public bool Dedup { get; init; }

    /// <summary>Ranks that split a dense FFN: 1, tp, or tp times data-parallel axes; null: tp.</summary>
    public int? DenseTp { get; init; }

    /// <summary>Ranks that split the LM head: 1, tp, or tp times data-parallel axes; null: tp.</summary>
    public int? HeadTp { get; init; }

    /// <summary>
    /// The vocabulary is padded to a multiple of it before it is split (vLLM and SGLang 64, Megatron 128*tp); 1: not at all.
    /// </summary>
    public int VocabPadding { get; init; } = 1;

    /// <summary>How attention sees the whole sequence.</summary>
    public SequenceMethod SpMethod { get; init; } = SequenceMethod.AllGather;

    /// <summary>Axes from inner to outer.</summary>
    public ValueList<string> Order { get; init; } = DefaultOrder;

    /// <summary>Layers of each stage, or null for the rule.</summary>
    public ValueList<int>? LayersPerStage { get; init; }

    /// <summary>True to choose the contiguous split with the smallest slowest stage.</summary>
    public bool Balance { get; init; }

    /// <summary>Sequences of the phase, over its data-parallel ranks and micro-batches; null: those of the workload.</summary>
    public int? Batch { get; init; }

    /// <summary>Parts of the phase's batch that follow each other through the pipeline; null: those of the workload.</summary>
    public int? MicroBatches { get; init; }

    /// <summary>Prefill: at most so many tokens of a micro-batch of an instance in one pass; null: whole prompts.</summary>
    public int? Chunk { get; init; }

    /// <summary>Instances of the phase, each on GPUs of its own with a batch of its own (the x and y of xPyD).</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>
    /// Sets of instances unlike one another, each with a strategy of its own that says everything; null where all instances are alike. The
    /// other keys of a strategy with sets say nothing.
    /// </summary>
    public ValueList<PhaseStrategy>? Instances { get; init; }

    /// <summary>
    /// The first GPU of the phase on a disaggregated pool; null: 0 for prefill, the one behind prefill's for decode. Lets instances begin
    /// with a node where those of prefill end within one.
    /// </summary>
    public int? FirstGpu { get; init; }

    /// <summary>In which order micro-batches pass a stage.</summary>
    public PhaseSchedule Schedule { get; init; } = PhaseSchedule.Gpipe;

    /// <summary>Decode: the cache is split by token over so many of the tp ranks (vLLM's decode context parallelism).</summary>
    public int KvParallel { get; init; } = 1;

    /// <summary>How hidden states go to the next stage.</summary>
    public PipelineMessage PipelineMessage { get; init; } = PipelineMessage.Whole;

    /// <summary>Ranks of an instance that take sequences of their own: those along dp and dedicated ep.</summary>
    internal int DataParts => Dp * (ExpertParallel == ExpertParallelMode.Dedicated ? Ep : 1);

    /// <summary>The sets of instances: <see cref="Instances"/>, or this strategy alone.</summary>
    internal IReadOnlyList<PhaseStrategy> Sets => Instances is null ? [this] : Instances;

    /// <summary>GPUs of the phase: PP*DP*SP*TP, times EP when dedicated, times its instances; of sets the sum.</summary>
    public long WorldSize => Instances is not null
        ? Instances.Sum(set => set.WorldSize)
        : (long)Replicas * Pp * Dp * Sp * Tp * (ExpertParallel == ExpertParallelMode.Dedicated ? Ep : 1);

    /// <summary>
    /// The strategy as people write it and as plans made of parts read it back: <c>pp4 ep4 tp2 sp2 attentionOutput=allGather</c>. What has
    /// its default is left out, <c>tp1</c> stands for nothing else. Sets of instances are added up: <c>tp8 replicas=3 + tp4 replicas=2</c>.
    /// </summary>
    public override string ToString()
    {
        if (Instances is not null)
            return string.Join(" + ", Instances);
        (string Before, object? Value)[] words =
        [
            ("pp", AboveOne(Pp)), ("dp", AboveOne(Dp)), ("ep", AboveOne(Ep)), ("tp", AboveOne(Tp)), ("sp", AboveOne(Sp)),
            ("batch=", Batch), ("microBatches=", MicroBatches), ("kvParallel=", AboveOne(KvParallel)), ("chunk=", Chunk),
            ("replicas=", AboveOne(Replicas)), ("firstGpu=", FirstGpu), ("etp", AboveOne(Etp)),
            ("redundantExperts=", RedundantExperts > 0 ? RedundantExperts : null),
            ("attentionOutput=", Unless(AttentionOutput, AttentionOutput.AllReduce)),
            ("expertParallel=", Unless(ExpertParallel, ExpertParallelMode.Dedicated)),
            ("dispatch=", Dispatch),
            ("dedup=", Unless(Dedup, false)),
            ("denseTp=", DenseTp), ("headTp=", HeadTp), ("vocabPadding=", Unless(VocabPadding, 1)),
            ("spMethod=", Unless(SpMethod, SequenceMethod.AllGather)),
            ("pipelineMessage=", Unless(PipelineMessage, PipelineMessage.Whole)),
            ("schedule=", Unless(Schedule, PhaseSchedule.Gpipe)),
            ("order=", Order.SequenceEqual(DefaultOrder) ? null : string.Join(',', Order)),
            ("layersPerStage=", LayersPerStage is null ? null : string.Join(',', LayersPerStage)),
            ("balance=", Unless(Balance, false)),
        ];
        string[] parts = [.. words.Where(word => word.Value is not null).Select(word => word.Before + Text(word.Value!))];
        return parts.Length == 0 ? "tp1" : string.Join(' ', parts);

        static int? AboveOne(int degree) => degree > 1 ? degree : null;

        static object? Unless<T>(T value, T usual)
            where T : struct => value.Equals(usual) ? null : value;

        static string Text(object value) => value is Enum or bool ? Words.CamelCase(value.ToString()!) : Words.Invariant($"{value}");
    }
}
