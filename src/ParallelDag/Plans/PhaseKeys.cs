using ParallelDag.Collections;
using ParallelDag.Documents;
using static ParallelDag.Plans.PlanDocument;

namespace ParallelDag.Plans;

/// <summary>A key of a phase section.</summary>
public sealed record PhaseKey
{
    internal PhaseKey(
        string name, string tip, Func<PlanBinder, PhaseStrategy, PhaseStrategy> read, Func<PhaseStrategy, bool, DocumentNode?> write)
    {
        (Name, Tip) = (name, tip);
        (Read, Write) = (read, write);
    }

    /// <summary>The key: <c>tp</c>, <c>attentionOutput</c>.</summary>
    public string Name { get; }

    /// <summary>What it says, in a few words.</summary>
    public string Tip { get; }

    /// <summary>True for a degree of the mesh, which a strategy in one line writes as <c>tp2</c>.</summary>
    public bool IsAxis { get; internal init; }

    /// <summary>Values worth a suggestion, each with what it means; none where only the plan's author knows one.</summary>
    public IReadOnlyList<(string Value, string Tip)> Values { get; internal init; } = [];

    /// <summary>The strategy with the key as a section has it; unchanged where the section leaves it out.</summary>
    internal Func<PlanBinder, PhaseStrategy, PhaseStrategy> Read { get; }

    /// <summary>The value to write; null for what needs no writing. The flag:
    /// write defaults too that an engine's habits would fill.</summary>
    internal Func<PhaseStrategy, bool, DocumentNode?> Write { get; }

    /// <summary>The key.</summary>
    public override string ToString() => Name;
}

/// <summary>The keys of a phase section, the one list of them: plans are read, written and completed by it.</summary>
public static class PhaseKeys
{
    private static readonly (string Name, AttentionOutput Value)[] Outputs =
    [
        ("allReduce", AttentionOutput.AllReduce), ("reduceScatter", AttentionOutput.ReduceScatter),
        ("allGather", AttentionOutput.AllGather),
    ];

    private static readonly (string Name, ExpertDispatch? Value)[] Dispatches =
    [
        ("allToAll", ExpertDispatch.AllToAll), ("allGather", ExpertDispatch.AllGather), ("none", ExpertDispatch.None),
    ];

    private static readonly (string Name, SequenceMethod Value)[] Methods =
        [("allGather", SequenceMethod.AllGather), ("ring", SequenceMethod.Ring), ("ulysses", SequenceMethod.Ulysses)];

    /// <summary>All of them, as <see cref="PlanDocument"/> writes them.</summary>
    public static IReadOnlyList<PhaseKey> All { get; } = Array.AsReadOnly<PhaseKey>(
    [
        Axis("pp", "pipeline stages", phase => phase.Pp, (phase, pp) => phase with { Pp = pp }, always: true),
        Axis("dp", "data parallel", phase => phase.Dp, (phase, dp) => phase with { Dp = dp }),
        Axis("ep", "expert parallel", phase => phase.Ep, (phase, ep) => phase with { Ep = ep }, always: true),
        Axis("tp", "tensor parallel", phase => phase.Tp, (phase, tp) => phase with { Tp = tp }, always: true),
        Axis("sp", "sequence (context) parallel", phase => phase.Sp, (phase, sp) => phase with { Sp = sp }, always: true),
        Choice("attentionOutput", "how the attention output leaves tensor parallelism", Outputs,
            phase => phase.AttentionOutput, (phase, output) => phase with { AttentionOutput = output }, filled: true) with
        {
            Values =
            [
                ("allReduce", "row-parallel output projection, then an All-Reduce (the default)"),
                ("reduceScatter", "Megatron's sequence parallelism"),
                ("allGather", "an All-Gather of the heads, then a replicated output projection"),
            ],
        },
        Choice("expertParallel", "where the ranks of experts come from",
            [("dedicated", ExpertParallelMode.Dedicated), ("folded", ExpertParallelMode.Folded)],
            phase => phase.ExpertParallel, (phase, mode) => phase with { ExpertParallel = mode }) with
        {
            Values = [("folded", "experts over the same ranks as attention (Megatron, vLLM, DeepSeek)")],
        },
        Axis("etp", "tensor parallel within an expert; folded alone", phase => phase.Etp, (phase, etp) => phase with { Etp = etp }),
        new("dispatch", "how tokens meet their experts",
            (section, phase) => phase with { Dispatch = section.Choice("dispatch", phase.Dispatch, Dispatches) },
            (phase, _) => phase.Dispatch is ExpertDispatch dispatch ? Name(dispatch) : null)
        {
            Values =
            [
                ("allToAll", "each token goes to the ranks of its experts (DeepEP, Megatron)"),
                ("allGather", "plain tokens are gathered, partial sums scattered (vLLM's default with data parallelism)"),
                ("none", "ranks hold the same tokens; the sums ride with the block's All-Reduce (vLLM's -tp 8 --enable-expert-parallel)"),
            ],
        },
        Count("redundantExperts", "extra copies of experts that even the load", 0,
            phase => phase.RedundantExperts, (phase, copies) => phase with { RedundantExperts = copies }),
        Switch("dedup", "a token once to each rank and node of its experts (DeepEP's normal kernels)",
            phase => phase.Dedup, (phase, dedup) => phase with { Dedup = dedup }),
        Optional("denseTp", "ranks that split a dense FFN", phase => phase.DenseTp, (phase, dense) => phase with { DenseTp = dense }) with
        {
            Values = [("1", "dense FFNs whole on every rank (DeepSeek, SGLang's --moe-dense-tp-size 1)")],
        },
        Optional("headTp", "ranks that split the LM head", phase => phase.HeadTp, (phase, head) => phase with { HeadTp = head }) with
        {
            Values = [("1", "the LM head whole on every rank")],
        },
        Count("vocabPadding", "the vocabulary is padded to a multiple of it", 1,
            phase => phase.VocabPadding, (phase, padding) => phase with { VocabPadding = padding }, filled: true) with
        {
            Values = [("64", "the vocabulary padded as vLLM and SGLang do")],
        },
        Choice("spMethod", "how attention sees the whole sequence under sp", Methods,
            phase => phase.SpMethod, (phase, method) => phase with { SpMethod = method }) with
        {
            Values = [("ring", "K and V pass around a ring"), ("ulysses", "heads and sequence are exchanged around attention")],
        },
        new("order", "the order of ranks, inner to outer",
            (section, phase) => section.List("order", Word) is { } order ? phase with { Order = [.. order] } : phase,
            (phase, whole) => phase.Order.SequenceEqual(PhaseStrategy.DefaultOrder) && !whole ? null
                : List(phase.Order.Select(Text)))
        {
            Values = [("tp,sp,ep,pp,dp", "stages inside data-parallel replicas, as vLLM numbers ranks")],
        },
        new("layersPerStage", "layers of each stage, such as 15,16,15,15",
            (section, phase) => section.List("layersPerStage", section.Integer) is { } layers
                ? phase with { LayersPerStage = [.. layers] } : phase,
            (phase, _) => phase.LayersPerStage is null ? null : List(phase.LayersPerStage.Select(layers => Number(layers)))),
        Switch("balance", "the layers per stage with the fastest slowest stage", phase => phase.Balance,
            (phase, balance) => phase with { Balance = balance }),
        Optional("batch", "sequences of an instance; those of the workload unless given", phase => phase.Batch,
            (phase, batch) => phase with { Batch = batch }),
        Optional("microBatches", "parts of the batch that follow each other", phase => phase.MicroBatches,
            (phase, parts) => phase with { MicroBatches = parts }) with
        {
            Values = [("2", "two micro-batches"), ("4", "four micro-batches")],
        },
        Optional("chunk", "the most tokens of a prompt's batch in one pass", phase => phase.Chunk,
            (phase, chunk) => phase with { Chunk = chunk }) with
        {
            Values = [("2048", "2,048 tokens in a pass"), ("8192", "8,192 tokens in a pass (vLLM's and SGLang's usual)")],
        },
        Count("kvParallel", "decode: tp ranks that split the cache by token", 1, phase => phase.KvParallel,
            (phase, parts) => phase with { KvParallel = parts }) with
        {
            Values = [("2", "the cache over two ranks"), ("8", "the cache over eight ranks (vLLM's -dcp 8)")],
        },
        Choice("pipelineMessage", "how hidden states go to the next stage",
            [("whole", PipelineMessage.Whole), ("scattered", PipelineMessage.Scattered)],
            phase => phase.PipelineMessage, (phase, message) => phase with { PipelineMessage = message }, filled: true) with
        {
            Values = [("scattered", "a part of the hidden states from each tp rank, gathered behind the receive")],
        },
        Count("replicas", "instances of the phase, each on GPUs of its own", 1, phase => phase.Replicas,
            (phase, replicas) => phase with { Replicas = replicas }) with
        {
            Values = [("2", "two instances"), ("4", "four instances")],
        },
        Optional("firstGpu", "the first GPU of the phase on a disaggregated pool", phase => phase.FirstGpu,
            (phase, first) => phase with { FirstGpu = first }),
        Choice("schedule", "the order of micro-batches on a stage",
            [("gpipe", PhaseSchedule.Gpipe), ("overlapped", PhaseSchedule.Overlapped)],
            phase => phase.Schedule, (phase, schedule) => phase with { Schedule = schedule }) with
        {
            Values = [("overlapped", "two micro-batches may overlap on a stage")],
        },
    ]);

    /// <summary>The strategy of a section: what it leaves out as <paramref name="basis"/> has it.</summary>
    internal static PhaseStrategy Read(PlanBinder section, PhaseStrategy basis) =>
        All.Aggregate(basis, (strategy, key) => key.Read(section, strategy));

    private static string Word(DocumentNode node, string path) =>
        node is DocumentScalar scalar ? scalar.Text.ToLowerInvariant() : node.Describe();

    private static PhaseKey Axis(
        string name, string tip, Func<PhaseStrategy, int> get, Func<PhaseStrategy, int, PhaseStrategy> set, bool always = false) =>
        Count(name, tip, always ? 0 : 1, get, set) with { IsAxis = true };

    private static PhaseKey Count(
        string name, string tip, int usual, Func<PhaseStrategy, int> get, Func<PhaseStrategy, int, PhaseStrategy> set,
        bool filled = false) => new(
        name,
        tip,
        (section, phase) => set(phase, section.Int(name, get(phase))),
        (phase, whole) => get(phase) == usual && !(filled && whole) ? null : Number(get(phase)));

    private static PhaseKey Optional(
        string name, string tip, Func<PhaseStrategy, int?> get, Func<PhaseStrategy, int?, PhaseStrategy> set) => new(
        name,
        tip,
        (section, phase) => section.OptionalInt(name) is int value ? set(phase, value) : section.Mentions(name) ? set(phase, null) : phase,
        (phase, _) => get(phase) is int value ? Number(value) : null);

    private static PhaseKey Switch(
        string name, string tip, Func<PhaseStrategy, bool> get, Func<PhaseStrategy, bool, PhaseStrategy> set) => new(
        name, tip, (section, phase) => set(phase, section.Bool(name, get(phase))), (phase, _) => get(phase) ? Flag(true) : null)
        {
            Values = [("true", tip)],
        };

    private static PhaseKey Choice<T>(
        string name, string tip, (string Name, T Value)[] values, Func<PhaseStrategy, T> get, Func<PhaseStrategy, T, PhaseStrategy> set,
        bool filled = false)
        where T : struct, Enum => new(
        name,
        tip,
        (section, phase) => set(phase, section.Choice(name, get(phase), values)),
        (phase, whole) => get(phase).Equals(values[0].Value) && !(filled && whole) ? null : Name(get(phase)));
}
